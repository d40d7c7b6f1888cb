//! `subscribeToSpeechToText`, `unsubscribeFromSpeechToText`: refused as by a server whose edition has no transcription.
use super::{Params, Step};
use crate::refusal::code;
use crate::wire::RpcError;

pub(super) fn start(params: &Params<'_>) -> Result<Step, RpcError> {
    params.text("connectionId")?;
    Err(RpcError::new(code::EDITION, "Speech To Text is not part of this server."))
}
