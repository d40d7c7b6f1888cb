//! ETags: what a resource's present state is called, so that a change is made to what its author has seen.
use super::Problem;
use super::problem_kind::ProblemKind;
use actix_web::HttpRequest;
use actix_web::http::header::IF_MATCH;
use aws_lc_rs::digest;
use serde::Serialize;

/// Hexadecimal digits of a tag.
const DIGITS: usize = 24;

/// The strong tag of a state.
pub(super) fn tag(state: &impl Serialize) -> String {
    let text = serde_json::to_vec(state).unwrap_or_default();
    let hash = digest::digest(&digest::SHA256, &text);
    let hex: String = hash.as_ref().iter().take(DIGITS / 2).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

/// Goes on where the request has no `If-Match`, or one that holds for `tag`.
pub(super) fn require_match(request: &HttpRequest, tag: &str) -> Result<(), Problem> {
    let Some(given) = request.headers().get(IF_MATCH) else { return Ok(()) };
    let holds = given.to_str().unwrap_or_default().split(',').map(str::trim).any(|one| one == "*" || one == tag);
    if holds { Ok(()) } else { Err(Problem::new(ProblemKind::Changed, format!("the present ETag is {tag}"))) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn a_change_needs_the_tag_of_the_present_state_where_it_names_one() {
        let (now, before) = (tag(&("a", true)), tag(&("a", false)));
        assert_ne!(now, before);
        assert_eq!(now, tag(&("a", true)));
        let cases = [
            (None, true),
            (Some(now.clone()), true),
            (Some(format!("{before}, {now}")), true),
            (Some("*".to_owned()), true),
            (Some(before), false),
            (Some(format!("W/{now}")), false),
            (Some(String::new()), false),
        ];
        for (header, goes_on) in cases {
            let mut request = TestRequest::default();
            if let Some(header) = &header {
                request = request.insert_header((IF_MATCH, header.as_str()));
            }
            assert_eq!(require_match(&request.to_http_request(), &now).is_ok(), goes_on, "{header:?}");
        }
    }
}
