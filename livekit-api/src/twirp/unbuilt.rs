//! Services that are refused by the profile (Ingress) or not built yet: who may not ask is told that first, everybody
//! else is answered 501 with a code (livekit-errors.md §3).
use super::call::{Call, require, require_admin};
use crate::port::LiveKitPort;
use crate::refusal::{self, TwirpCode, TwirpError};
use crate::token::VideoGrant;
use actix_web::HttpResponse;
use livekit_protocol as proto;
use sfu_core::capability::{self, ApiOperation};

/// What is not built, beside what a profile refuses: its key and its stable code, as `meta.capability` and the message of
/// a refusal carry them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unbuilt {
    /// Recording and streaming out.
    Egress,
    /// Bringing media in, where the profile would have it.
    Ingress,
    /// Telephony.
    Sip,
    /// Dispatching agents to rooms.
    AgentDispatch,
    /// Calls of other services.
    Connector,
    /// Telephone numbers.
    PhoneNumbers,
    /// A participant's tracks in a further room.
    Forwarding,
    /// Replay of a room.
    Replay,
    /// A playout delay.
    PlayoutDelay,
}

impl Unbuilt {
    /// All with a code of their own.
    pub const ALL: [Self; 8] = [
        Self::Egress,
        Self::Sip,
        Self::AgentDispatch,
        Self::Connector,
        Self::PhoneNumbers,
        Self::Forwarding,
        Self::Replay,
        Self::PlayoutDelay,
    ];

    /// Its name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Egress => "Egress",
            Self::Ingress => "Ingress",
            Self::Sip => "SIP",
            Self::AgentDispatch => "Agent dispatch",
            Self::Connector => "Connectors",
            Self::PhoneNumbers => "Telephone numbers",
            Self::Forwarding => "Forwarding a participant",
            Self::Replay => "Replay",
            Self::PlayoutDelay => "Playout delay",
        }
    }

    /// What asks for it.
    pub const fn asked_by(self) -> &'static str {
        match self {
            Self::Egress => "every method of `livekit.Egress`, and `egress` in `CreateRoom` or a token's `roomConfig`",
            Self::Ingress => "every method of `livekit.Ingress`, and WHIP",
            Self::Sip => "every method of `livekit.SIP`",
            Self::AgentDispatch => {
                "every method of `livekit.AgentDispatchService`, and `agents` in `CreateRoom` or a token's `roomConfig`"
            }
            Self::Connector => "every method of `livekit.Connector`",
            Self::PhoneNumbers => "every method of `livekit.PhoneNumberService`",
            Self::Forwarding => "`RoomService.ForwardParticipant`",
            Self::Replay => "`replayEnabled` in `CreateRoom` or a token's `roomConfig`",
            Self::PlayoutDelay => "`minPlayoutDelay` and `maxPlayoutDelay` in `CreateRoom` or a token's `roomConfig`",
        }
    }

    /// What to do in its stead.
    pub const fn instead(self) -> &'static str {
        match self {
            Self::Egress => {
                "record in a client that joins as a hidden participant; nothing is recorded by the server yet"
            }
            Self::Ingress => "publish from a WebRTC client",
            Self::Sip => "let a gateway of your own join as a participant",
            Self::AgentDispatch => "let the agent join with a token that your backend signs, as any other participant",
            Self::Connector | Self::PhoneNumbers => "there is no substitute: LiveKit has it in its cloud alone",
            Self::Forwarding => {
                "move the participant (`RoomService.MoveParticipant`), or let its client join the second room too"
            }
            Self::Replay => "there is no substitute",
            Self::PlayoutDelay => "let the receiving app delay its playback",
        }
    }

    /// Its key.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Egress => "egress",
            Self::Ingress => "ingress",
            Self::Sip => "sip",
            Self::AgentDispatch => "agentDispatch",
            Self::Connector => "connector",
            Self::PhoneNumbers => "phoneNumbers",
            Self::Forwarding => "participantForwarding",
            Self::Replay => "roomReplay",
            Self::PlayoutDelay => "playoutDelay",
        }
    }

    /// Its code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Egress => "VIA-0201",
            Self::Sip => "VIA-0202",
            Self::AgentDispatch => "VIA-0203",
            Self::Connector => "VIA-0204",
            Self::PhoneNumbers => "VIA-0205",
            Self::Forwarding => "VIA-0206",
            Self::Replay => "VIA-0207",
            Self::PlayoutDelay => "VIA-0208",
            // Those of the registry, whatever the profile.
            Self::Ingress => "VIA-0102",
        }
    }
}

/// Methods of `livekit.Ingress`.
pub(super) const INGRESS: &[&str] = &["CreateIngress", "UpdateIngress", "ListIngress", "DeleteIngress"];

/// Methods of `livekit.Egress`.
pub(super) const EGRESS: &[&str] = &[
    "StartEgress",
    "UpdateLayout",
    "UpdateStream",
    "ListEgress",
    "StopEgress",
    "StartRoomCompositeEgress",
    "StartWebEgress",
    "StartParticipantEgress",
    "StartTrackCompositeEgress",
    "StartTrackEgress",
];

/// Methods of `livekit.SIP`.
pub(super) const SIP: &[&str] = &[
    "CreateSIPTrunk",
    "ListSIPTrunk",
    "CreateSIPInboundTrunk",
    "CreateSIPOutboundTrunk",
    "UpdateSIPInboundTrunk",
    "UpdateSIPOutboundTrunk",
    "GetSIPInboundTrunk",
    "GetSIPOutboundTrunk",
    "ListSIPInboundTrunk",
    "ListSIPOutboundTrunk",
    "DeleteSIPTrunk",
    "CreateSIPDispatchRule",
    "UpdateSIPDispatchRule",
    "ListSIPDispatchRule",
    "DeleteSIPDispatchRule",
    "CreateSIPParticipant",
    "TransferSIPParticipant",
];

/// Methods of `livekit.AgentDispatchService`.
pub(super) const AGENT_DISPATCH: &[&str] = &["CreateDispatch", "DeleteDispatch", "ListDispatch"];

/// Methods of `livekit.Connector`.
pub(super) const CONNECTOR: &[&str] =
    &["DialWhatsAppCall", "DisconnectWhatsAppCall", "ConnectWhatsAppCall", "AcceptWhatsAppCall", "ConnectTwilioCall"];

/// Methods of `livekit.PhoneNumberService`.
pub(super) const PHONE_NUMBERS: &[&str] = &[
    "SearchPhoneNumbers",
    "PurchasePhoneNumber",
    "ListPhoneNumbers",
    "GetPhoneNumber",
    "UpdatePhoneNumber",
    "ReleasePhoneNumbers",
];

pub(super) fn serve(
    call: &Call,
    port: &dyn LiveKitPort,
    service: &str,
    method: &str,
) -> Result<HttpResponse, TwirpError> {
    let grant = call.grant();
    let sip = call.claims().sip.clone().unwrap_or_default();
    match service {
        "livekit.Ingress" => {
            require(grant.ingress_admin)?;
            Err(gate(port, ApiOperation::Ingress, "the Ingress service", Unbuilt::Ingress))
        }
        "livekit.Egress" => {
            require(grant.room_record)?;
            Err(not_built("the Egress service", Unbuilt::Egress))
        }
        "livekit.SIP" => {
            may_use_sip(call, method, &grant)?;
            Err(not_built("the SIP service", Unbuilt::Sip))
        }
        "livekit.Connector" => {
            require(grant.room_create)?;
            Err(not_built("the Connector service", Unbuilt::Connector))
        }
        "livekit.PhoneNumberService" => {
            require(sip.admin)?;
            Err(not_built("the service of phone numbers", Unbuilt::PhoneNumbers))
        }
        _ => {
            let room = match method {
                "CreateDispatch" => call.decode::<proto::CreateAgentDispatchRequest>()?.room,
                "DeleteDispatch" => call.decode::<proto::DeleteAgentDispatchRequest>()?.room,
                _ => call.decode::<proto::ListAgentDispatchRequest>()?.room,
            };
            require_admin(&grant, &room)?;
            Err(not_built("agent dispatch", Unbuilt::AgentDispatch))
        }
    }
}

/// Trunks and rules are `sip.admin`'s, calls `sip.call`'s, and a transfer is a matter of its room too (livekit.md §1.3).
fn may_use_sip(call: &Call, method: &str, grant: &VideoGrant) -> Result<(), TwirpError> {
    let sip = call.claims().sip.clone().unwrap_or_default();
    match method {
        "CreateSIPParticipant" => require(sip.call),
        "TransferSIPParticipant" => {
            require(sip.call)?;
            require_admin(grant, &call.decode::<proto::TransferSipParticipantRequest>()?.room_name)
        }
        _ => require(sip.admin),
    }
}

/// The gate for operations that need a feature: the refusal, or that nothing is behind the gate yet.
pub(super) fn gate(port: &dyn LiveKitPort, operation: ApiOperation, what: &str, unbuilt: Unbuilt) -> TwirpError {
    match require_feature(port, operation) {
        Ok(()) => not_built(what, unbuilt),
        Err(no) => no,
    }
}

/// The gate for operations that need a feature; who comes to it is authorised already.
pub(super) fn require_feature(port: &dyn LiveKitPort, operation: ApiOperation) -> Result<(), TwirpError> {
    capability::require(port.config().profile, operation.feature()).map_err(|no| {
        port.refused(operation);
        refusal::twirp(&no)
    })
}

/// Not built yet.
pub(super) fn not_built(what: &str, unbuilt: Unbuilt) -> TwirpError {
    TwirpError {
        code: TwirpCode::Unimplemented,
        message: format!("{what} is not implemented by this server yet ({})", unbuilt.code()),
        meta: vec![("capability", unbuilt.key().to_owned()), ("code", unbuilt.code().to_owned())],
    }
}
