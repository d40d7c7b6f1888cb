//! How the admin API says no: problem+json (RFC 9457), for every refusal in one place.
use super::problem_kind::{ProblemKind, ProblemRow};
use crate::telemetry::Caller;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use sfu_core::capability::Refusal;
use std::fmt;
use utoipa::ToSchema;

/// The media type.
pub(super) const PROBLEM_JSON: &str = "application/problem+json";
/// After how many seconds to try again.
const RETRY_AFTER_S: &str = "2";

/// A no.
#[derive(Debug)]
pub struct Problem {
    kind: ProblemKind,
    detail: String,
    code: Option<&'static str>,
    allow: Option<&'static str>,
}

/// A problem as it is answered (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem, example = json!({ "type": "/docs/problems#not-found", "title": "It does not exist", "status": 404,
    "detail": "no such room", "hint": "It may have ended in the meantime: list the resources once more." }))]
pub(super) struct ProblemBody {
    /// Where this kind of problem is explained.
    #[serde(rename = "type")]
    kind: String,
    /// The same for each problem of the kind.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What was wrong this time.
    detail: String,
    /// What to do about it.
    hint: &'static str,
    /// The code of the feature that is refused, as in `/capabilities`.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    /// Under which the server's log and traces have this request.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
}

impl Problem {
    /// A problem of this kind.
    pub fn new(kind: ProblemKind, detail: String) -> Self {
        Self { kind, detail, code: None, allow: None }
    }

    /// What is named does not exist.
    pub(super) fn not_found(what: &str) -> Self {
        Self::new(ProblemKind::NotFound, format!("no such {what}"))
    }

    /// The request says what cannot be.
    pub(super) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::Invalid, detail.into())
    }

    /// With the methods that are allowed.
    pub(super) fn allowing(self, methods: &'static str) -> Self {
        Self { allow: Some(methods), ..self }
    }

    fn body(&self) -> ProblemBody {
        let ProblemRow { slug, status, title, hint, .. } = *self.kind.row();
        ProblemBody {
            kind: format!("/docs/problems#{slug}"),
            title,
            status,
            detail: self.detail.clone(),
            hint,
            code: self.code,
            trace_id: trace_id(),
        }
    }
}

/// The trace that this request belongs to, where it is traced.
fn trace_id() -> Option<String> {
    Caller::current().trace.map(|trace| trace.trace_id().to_string())
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.kind.row().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status_code());
        answer.content_type(PROBLEM_JSON);
        match self.kind {
            ProblemKind::Unauthorized => {
                // Not Basic, though it is taken: browsers would ask for a password over any page that calls.
                answer.insert_header((WWW_AUTHENTICATE, "Bearer realm=\"admin\""));
            }
            ProblemKind::Unavailable | ProblemKind::KeyInUse => {
                answer.insert_header((RETRY_AFTER, RETRY_AFTER_S));
            }
            ProblemKind::Off
            | ProblemKind::CrossOrigin
            | ProblemKind::Invalid
            | ProblemKind::NoSuchPath
            | ProblemKind::Method
            | ProblemKind::NotFound
            | ProblemKind::NotNow
            | ProblemKind::Changed
            | ProblemKind::Limit
            | ProblemKind::KeyReused
            | ProblemKind::KeyInterrupted
            | ProblemKind::AnswerNotKept
            | ProblemKind::NotSupported
            | ProblemKind::NotAllowed
            | ProblemKind::Internal => {}
        }
        if let Some(methods) = self.allow {
            answer.insert_header((ALLOW, methods));
        }
        answer.body(serde_json::to_string(&self.body()).unwrap_or_default())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        use sfu_core::capability::NotNow;
        let (kind, code) = match &refusal {
            Refusal::NotSupported(feature) => (ProblemKind::NotSupported, Some(feature.row().code)),
            Refusal::NotAllowed(_) => (ProblemKind::NotAllowed, None),
            Refusal::NotNow(NotNow::Unavailable) => (ProblemKind::Unavailable, None),
            Refusal::NotNow(
                NotNow::AlreadyPublishing
                | NotNow::NotPublishing
                | NotNow::AlreadySubscribed
                | NotNow::NoOfferOpen
                | NotNow::RoomClosing
                | NotNow::RoomEmpty
                | NotNow::RoomExists
                | NotNow::ForcedCodecMissing,
            ) => (ProblemKind::NotNow, None),
            Refusal::LimitReached(_) => (ProblemKind::Limit, None),
            Refusal::NotFound(_) => (ProblemKind::NotFound, None),
            Refusal::Invalid { .. } => (ProblemKind::Invalid, None),
        };
        Self { kind, detail: refusal.to_string(), code, allow: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::to_bytes;
    use serde_json::{Value, json};
    use sfu_core::capability::{Feature, LimitKind, NotFound, NotNow};

    async fn answered(problem: Problem) -> (u16, Value) {
        let answer = problem.error_response();
        assert_eq!(answer.headers().get("content-type").unwrap(), PROBLEM_JSON);
        let status = answer.status().as_u16();
        let body = to_bytes(answer.into_body()).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[actix_web::test]
    async fn each_refusal_has_its_status_and_says_what_to_do() {
        let cases = [
            (Refusal::NotSupported(Feature::Ingress), 501),
            (Refusal::NotAllowed("no"), 403),
            (Refusal::NotNow(NotNow::Unavailable), 503),
            (Refusal::NotNow(NotNow::RoomExists), 409),
            (Refusal::LimitReached(LimitKind::Size), 422),
            (Refusal::NotFound(NotFound::Room), 404),
            (Refusal::Invalid { what: "name", why: "empty".to_owned() }, 400),
        ];
        for (refusal, expected) in cases {
            let text = refusal.to_string();
            let (status, body) = answered(refusal.into()).await;
            assert_eq!((status, &body["status"], &body["detail"]), (expected, &json!(expected), &json!(text)));
            assert!(body["type"].as_str().unwrap().starts_with("/docs/problems#"), "{body}");
            assert!(body["hint"].as_str().unwrap().ends_with('.'), "{body}");
            assert_eq!(body["code"].is_string(), expected == 501, "{body}");
        }
    }
}
