//! The forms of an answer: JSON, nothing, and the three ways of saying no.
use crate::wire::ErrorBody;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use std::fmt;

/// When to try again where the server is not able at present, seconds.
const RETRY_AFTER_S: u64 = 1;

/// Why a call is refused.
#[derive(Debug)]
pub(super) enum Failure {
    /// A status with nothing beside it.
    Empty(u16),
    /// A status with an error body.
    Said(Box<ErrorBody>),
    /// What the original's framework refuses before its handlers see it: an empty 403.
    Framework,
}

/// What a handler returns.
pub(super) type Reply = Result<HttpResponse, Failure>;

/// 200 with JSON.
pub(super) fn json(value: &impl Serialize) -> Reply {
    Ok(HttpResponse::Ok().json(value))
}

/// 204.
pub(super) fn no_content() -> Reply {
    Ok(HttpResponse::NoContent().finish())
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty(status) => write!(f, "{status}"),
            Self::Said(body) => write!(f, "{}: {}", body.status, body.message),
            Self::Framework => f.write_str("403"),
        }
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        let status = match self {
            Self::Empty(status) => *status,
            Self::Said(body) => body.status,
            Self::Framework => 403,
        };
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status_code());
        if self.status_code() == StatusCode::SERVICE_UNAVAILABLE {
            answer.insert_header((header::RETRY_AFTER, RETRY_AFTER_S));
        }
        match self {
            Self::Said(body) => answer.json(body),
            Self::Empty(_) | Self::Framework => answer.finish(),
        }
    }
}
