//! `GET /openvidu/cdr`: the names of the CDR files; `GET /openvidu/cdr/<name>.log`: one of them, with ranges (openvidu-v2
//! section 1.7). What lies in the folder is the gateway's affair.
use super::call::Call;
use super::reply::{Failure, Reply, json};
use super::unmapped::only;
use crate::port::CdrPart;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, Resource, web};
use std::ops::RangeInclusive;

/// The list, at one of its paths.
pub(super) fn list(path: &str) -> Resource {
    web::resource(path).route(web::get().to(names)).route(web::head().to(names)).default_service(only!("GET"))
}

/// A file, below one of those paths.
pub(super) fn file(path: &str) -> Resource {
    web::resource(path).route(web::get().to(one)).route(web::head().to(one)).default_service(only!("GET"))
}

/// Lists the files of call detail records.
#[utoipa::path(get, path = "/openvidu/cdr", tag = "openvidu-v2", operation_id = "listCdrFiles",
    responses((status = 200, description = "Their names, also where no records are written any more",
               body = Vec<String>, example = json!(["CDR.2026-11-25_14-54-50.log"])),
              (status = 401, description = "No valid credentials; no body")))]
pub(crate) async fn names(call: Call) -> Reply {
    json(&call.port.cdr_files().await)
}

/// Gives a file of call detail records, or the part of it that a Range header asks for.
#[utoipa::path(get, path = "/openvidu/cdr/{name}", tag = "openvidu-v2", operation_id = "getCdrFile",
    params(("name" = String, Path, description = "The file's name", example = "CDR.2026-11-25_14-54-50.log")),
    responses((status = 200, description = "The file: a JSON object a line", content_type = "text/plain"),
              (status = 206, description = "The part of it", content_type = "text/plain"),
              (status = 401, description = "No valid credentials; no body"),
              (status = 403, description = "There is no such file; no body"),
              (status = 416, description = "It has no such part; no body")))]
pub(crate) async fn one(call: Call, name: web::Path<String>, request: HttpRequest) -> Reply {
    let wanted = request.headers().get(header::RANGE).and_then(|range| range.to_str().ok()).and_then(range_of);
    let part = call.port.cdr_file(&name, wanted).await.ok_or(Failure::Framework)?;
    let CdrPart { bytes, first, total } = part;
    let mut answer = match wanted {
        None => HttpResponse::Ok(),
        Some(_) if bytes.is_empty() => {
            let none = format!("bytes */{total}");
            return Ok(HttpResponse::RangeNotSatisfiable().insert_header((header::CONTENT_RANGE, none)).finish());
        }
        Some(_) => {
            let last = first + (bytes.len() as u64).saturating_sub(1);
            let mut answer = HttpResponse::PartialContent();
            answer.insert_header((header::CONTENT_RANGE, format!("bytes {first}-{last}/{total}")));
            answer
        }
    };
    Ok(answer.insert_header((header::ACCEPT_RANGES, "bytes")).content_type("text/plain").body(bytes))
}

/// What is asked of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wanted {
    /// From this byte to this one.
    Between(u64, u64),
    /// The last so many bytes.
    Last(u64),
}

/// `bytes=0-99`, `bytes=100-`, `bytes=-100`. Several at once are answered with the whole file (RFC 9110 section 14.2).
fn range_of(text: &str) -> Option<Wanted> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    match (first.trim(), last.trim()) {
        ("", length) => Some(Wanted::Last(length.parse().ok()?)),
        (first, "") => Some(Wanted::Between(first.parse().ok()?, u64::MAX)),
        (first, last) => {
            let (first, last) = (first.parse().ok()?, last.parse().ok()?);
            (first <= last).then_some(Wanted::Between(first, last))
        }
    }
}

impl Wanted {
    /// The bytes that this is of a file of `total` bytes; `None` where it has none of them.
    pub fn of(self, total: u64) -> Option<RangeInclusive<u64>> {
        let (first, last) = match self {
            Self::Between(first, last) => (first, last.min(total.checked_sub(1)?)),
            Self::Last(length) => (total.saturating_sub(length), total.checked_sub(1)?),
        };
        (first <= last).then_some(first..=last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_and_cut_to_the_file() {
        let cases = [
            ("bytes=0-3", Some(0..=3)),
            ("bytes=4-", Some(4..=9)),
            ("bytes=4-100", Some(4..=9)),
            ("bytes=-3", Some(7..=9)),
            ("bytes=-30", Some(0..=9)),
            ("bytes=10-", None),
            ("bytes=5-4", None),
            ("bytes=0-1,3-4", None),
            ("lines=0-1", None),
        ];
        for (text, expected) in cases {
            assert_eq!(range_of(text).and_then(|wanted| wanted.of(10)), expected, "{text}");
        }
        assert_eq!(Wanted::Last(5).of(0), None);
    }
}
