//! Idempotency keys: a POST that is sent again with its key is not done again, but answered as the first time.
//!
//! Answers are kept in memory, a bounded number for a bounded time: a client that never heard an answer asks within
//! minutes. After a restart of the server a key is new.
use super::Problem;
use super::problem_kind::ProblemKind;
use crate::clock;
use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, ETAG, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, ResponseError};
use aws_lc_rs::digest;
use bytes::Bytes;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The header with the key.
pub(super) const KEY: &str = "idempotency-key";
/// The header of an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// Characters of a key.
const KEY_CHARS_MAX: usize = 255;
/// Answers that are kept.
const KEPT_MAX: usize = 1_024;
/// How long they are.
const KEPT_FOR: Duration = Duration::from_secs(24 * 3_600);
/// Headers that are kept of an answer.
const HEADERS: [HeaderName; 2] = [CONTENT_TYPE, ETAG];

/// The answers to requests with keys; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Ledger(Arc<Mutex<Pages>>);

#[derive(Debug, Default)]
struct Pages {
    entries: HashMap<String, Entry>,
    /// Keys with the time of their first use, oldest first.
    order: VecDeque<(String, Instant)>,
}

#[derive(Debug)]
struct Entry {
    /// What was asked: method, path, body.
    request: [u8; 32],
    /// What was answered; `None`: it is being done.
    answer: Option<Kept>,
}

/// An answer that is kept.
#[derive(Clone, Debug)]
struct Kept {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

/// What a key means.
enum Meaning {
    /// It is new: do it.
    New,
    /// It was answered so.
    Answered(Kept),
}

impl Ledger {
    fn lock(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens an entry, or says what is known.
    fn open(&self, key: &str, request: [u8; 32], now: Instant) -> Result<Meaning, Problem> {
        let mut pages = self.lock();
        pages.forget(now);
        if let Some(entry) = pages.entries.get(key) {
            if entry.request != request {
                let detail = "it came with another method, path or body".to_owned();
                return Err(Problem::new(ProblemKind::KeyReused, detail));
            }
            let detail = || Problem::new(ProblemKind::KeyInUse, "it is still being done".to_owned());
            return entry.answer.clone().map(Meaning::Answered).ok_or_else(detail);
        }
        pages.entries.insert(key.to_owned(), Entry { request, answer: None });
        pages.order.push_back((key.to_owned(), now));
        Ok(Meaning::New)
    }

    /// Notes the answer; `None` where it is to be tried anew (a fault of the server's).
    fn close(&self, key: &str, answer: Option<Kept>) {
        let mut pages = self.lock();
        match answer {
            Some(answer) => {
                if let Some(entry) = pages.entries.get_mut(key) {
                    entry.answer = Some(answer);
                }
            }
            None => {
                pages.entries.remove(key);
                pages.order.retain(|(known, _)| known != key);
            }
        }
    }
}

impl Pages {
    fn forget(&mut self, now: Instant) {
        let too_old = |at: Instant| now.saturating_duration_since(at) > KEPT_FOR;
        while self.order.len() >= KEPT_MAX || self.order.front().is_some_and(|(_, at)| too_old(*at)) {
            let Some((key, _)) = self.order.pop_front() else { return };
            self.entries.remove(&key);
        }
    }
}

/// Does a POST with a key once.
pub(super) async fn pass<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let key = request.headers().get(KEY).filter(|_| request.method() == Method::POST).cloned();
    let (Some(key), Some(ledger)) = (key, request.app_data::<Ledger>().cloned()) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let key = match key.to_str() {
        Ok(key) if !key.is_empty() && key.len() <= KEY_CHARS_MAX => key.to_owned(),
        Ok(_) | Err(_) => {
            let detail = format!("Idempotency-Key: write 1 to {KEY_CHARS_MAX} printable characters");
            return Ok(request.into_response(Problem::invalid(detail).error_response()));
        }
    };
    let body = request.extract::<Bytes>().await?;
    let asked = fingerprint(request.method(), request.path(), &body);
    request.set_payload(Payload::from(body));
    match ledger.open(&key, asked, clock::now().instant) {
        Err(problem) => Ok(request.into_response(problem.error_response())),
        Ok(Meaning::Answered(kept)) => Ok(request.into_response(kept.answer())),
        Ok(Meaning::New) => {
            let mut doing = Doing { ledger: &ledger, key: &key, answer: None };
            let response = next.call(request).await?;
            let (request, response) = response.into_parts();
            let kept = Kept::of(response.map_into_boxed_body()).await?;
            doing.answer = (!kept.status.is_server_error()).then(|| kept.clone());
            drop(doing);
            let mut response = kept.answer();
            response.headers_mut().remove(REPLAYED);
            Ok(ServiceResponse::new(request, response))
        }
    }
}

/// A request that is being done: its entry is closed however it ends, struck out where there is no answer to keep (a client
/// that hung up, an error, a fault of the server's).
struct Doing<'a> {
    ledger: &'a Ledger,
    key: &'a str,
    answer: Option<Kept>,
}

impl Drop for Doing<'_> {
    fn drop(&mut self) {
        self.ledger.close(self.key, self.answer.take());
    }
}

impl Kept {
    async fn of(response: HttpResponse) -> Result<Self, Error> {
        let status = response.status();
        let header = |name: &HeaderName| response.headers().get(name).map(|value| (name.clone(), value.clone()));
        let headers = HEADERS.iter().filter_map(header).collect();
        let unread = |_| Error::from(Problem::new(ProblemKind::Internal, "the answer could not be read".to_owned()));
        let body = to_bytes(response.into_body()).await.map_err(unread)?;
        Ok(Self { status, headers, body })
    }

    fn answer(self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status);
        for header in self.headers {
            answer.insert_header(header);
        }
        answer.insert_header((REPLAYED, "true"));
        answer.body(self.body)
    }
}

fn fingerprint(method: &Method, path: &str, body: &[u8]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in [method.as_str().as_bytes(), path.as_bytes(), body] {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use actix_web::{App, web};
    use std::sync::atomic::{AtomicU32, Ordering};

    #[actix_web::test]
    async fn a_post_with_a_key_is_done_once_and_another_body_is_refused() {
        let count = web::Data::new(AtomicU32::new(0));
        let handler = |count: web::Data<AtomicU32>, body: Bytes| async move {
            let number = count.fetch_add(1, Ordering::Relaxed);
            HttpResponse::Created().insert_header((ETAG, "\"t\"")).body(format!("{number} {}", body.len()))
        };
        let app = init_service(
            App::new()
                .app_data(count)
                .app_data(Ledger::default())
                .service(web::resource("/do").wrap(from_fn(pass)).route(web::post().to(handler))),
        )
        .await;
        let cases = [
            (Some("a"), "body", 201, "0 4", false),
            (Some("a"), "body", 201, "0 4", true),
            (Some("a"), "other", 422, "", false),
            (Some("b"), "other", 201, "1 5", false),
            (None, "other", 201, "2 5", false),
            (None, "other", 201, "3 5", false),
            (Some(""), "body", 400, "", false),
        ];
        for (key, body, status, expected, replayed) in cases {
            let mut request = TestRequest::post().uri("/do").set_payload(body);
            if let Some(key) = key {
                request = request.insert_header((KEY, key));
            }
            let answer = call_service(&app, request.to_request()).await;
            assert_eq!(answer.status(), status, "{key:?} {body}");
            assert_eq!(answer.headers().contains_key(REPLAYED), replayed, "{key:?} {body}");
            assert_eq!(answer.headers().contains_key(ETAG), status == 201, "{key:?} {body}");
            let text = read_body(answer).await;
            assert!(expected.is_empty() || text == expected, "{key:?} {text:?}");
        }
    }

    #[test]
    fn the_ledger_is_bounded_in_number_and_time_and_a_fault_is_tried_anew() {
        let (ledger, start) = (Ledger::default(), Instant::now());
        for number in 0..2 * KEPT_MAX {
            assert!(matches!(ledger.open(&number.to_string(), [0; 32], start), Ok(Meaning::New)));
        }
        assert!(ledger.lock().entries.len() <= KEPT_MAX);
        let last = (2 * KEPT_MAX - 1).to_string();
        assert!(ledger.open(&last, [0; 32], start).is_err(), "it is still being done");
        assert!(matches!(ledger.open(&last, [0; 32], start + KEPT_FOR * 2), Ok(Meaning::New)), "it is forgotten");
        ledger.close(&last, None);
        assert!(matches!(ledger.open(&last, [0; 32], start + KEPT_FOR * 2), Ok(Meaning::New)));
    }
}
