//! `SendData`: an application's message from the server to some or all participants, of either protocol.
use super::super::call::require_admin;
use super::super::unbuilt::require_feature;
use crate::peer::data;
use crate::port::LiveKitPort;
use crate::refusal::{TwirpCode, TwirpError};
use crate::token::VideoGrant;
use livekit_protocol as proto;
use proto::data_packet::{Kind, Value};
use sfu_core::capability::ApiOperation;
use sfu_core::room::RoomCommand;

/// Length of a nonce, where there is one: a UUID's.
const NONCE_BYTES: usize = 16;

#[expect(deprecated, reason = "older SDKs read the deprecated fields")]
pub(super) async fn send_data(
    port: &dyn LiveKitPort,
    grant: &VideoGrant,
    request: proto::SendDataRequest,
) -> Result<proto::SendDataResponse, TwirpError> {
    require_admin(grant, &request.room)?;
    require_feature(port, ApiOperation::SendData)?;
    if !request.nonce.is_empty() && request.nonce.len() != NONCE_BYTES {
        let text = format!("nonce should be 16-bytes or not present, got: {} bytes", request.nonce.len());
        return Err(TwirpError::new(TwirpCode::InvalidArgument, text));
    }
    if request.data.len() > port.config().data_message_bytes_max {
        return Err(TwirpError::new(TwirpCode::InvalidArgument, "the data is too long"));
    }
    let kind = Kind::try_from(request.kind).unwrap_or(Kind::Reliable);
    let user = proto::UserPacket {
        payload: request.data,
        destination_sids: request.destination_sids,
        destination_identities: request.destination_identities.clone(),
        topic: request.topic,
        nonce: request.nonce,
        ..proto::UserPacket::default()
    };
    let packet = proto::DataPacket {
        kind: kind.into(),
        destination_identities: request.destination_identities,
        value: Some(Value::User(user)),
        ..proto::DataPacket::default()
    };
    let message = data::message(&packet, kind == Kind::Reliable);
    super::order(port, &request.room, RoomCommand::SendData(Box::new(message))).await?;
    Ok(proto::SendDataResponse {})
}
