//! `subscribeToSpeechToText`, `unsubscribeFromSpeechToText`: refused as by a server whose edition has no transcription, or
//! where the configuration names the service as switched off, as by one that has it and does not run it.
use super::{Params, Step};
use crate::config::V2Config;
use crate::refusal::code;
use crate::wire::RpcError;

pub(super) fn start(params: &Params<'_>, config: &V2Config) -> Result<Step, RpcError> {
    params.text("connectionId")?;
    let number = if config.speech_to_text_disabled { code::SERVICE_DISABLED } else { code::EDITION };
    Err(RpcError::new(number, "Speech To Text is not part of this server."))
}
