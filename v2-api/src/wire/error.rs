//! The body of a REST error that has one (openvidu-v2 section 1.1).
use serde::Serialize;
use utoipa::ToSchema;

/// What a refused REST call is told, where v2 gives it a body at all.
#[derive(Serialize, ToSchema, Debug)]
pub(crate) struct ErrorBody {
    /// ms since 1970.
    pub(crate) timestamp: u64,
    /// The HTTP status.
    pub(crate) status: u16,
    /// Its reason phrase.
    pub(crate) error: &'static str,
    /// What was wrong.
    pub(crate) message: String,
    /// The path that was called, or that the call stands for.
    pub(crate) path: String,
}
