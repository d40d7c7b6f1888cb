//! `onIceCandidate`: a candidate of the client's. The server is ICE-lite and takes the client's address from its
//! connectivity checks, so candidates are checked for form and needed for nothing; they may come before the offer.
use super::{Params, Reply, Step};
use crate::refusal::code;
use crate::wire::RpcError;

/// Characters of a candidate line that are looked at; browsers' own stay below 300.
const CANDIDATE_CHARS_MAX: usize = 2_048;

pub(super) fn start(params: &Params<'_>) -> Result<Step, RpcError> {
    params.text("endpointName")?;
    let candidate = params.text("candidate")?;
    params.text("sdpMid")?;
    let index = params.value("sdpMLineIndex").ok_or_else(|| params.missing("sdpMLineIndex"))?;
    let is_index = index.as_u64().is_some() || index.as_str().is_some_and(|text| text.parse::<u16>().is_ok());
    if !is_index {
        return Err(params.wrong("sdpMLineIndex", "a number"));
    }
    let is_candidate = candidate.is_empty() || candidate.trim_start_matches("a=").starts_with("candidate:");
    if !is_candidate || candidate.len() > CANDIDATE_CHARS_MAX {
        return Err(RpcError::new(code::MEDIA, "Element 'candidate' is not an ICE candidate."));
    }
    Ok(Step::Reply(Reply::new()))
}
