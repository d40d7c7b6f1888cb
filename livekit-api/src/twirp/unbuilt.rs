//! Services that are refused by the profile (Ingress) or not built yet (Egress, SIP, agent dispatch): who may not ask is
//! told that first, everybody else is answered 501 (livekit-errors.md §3).
use super::call::{Call, require, require_admin};
use crate::port::LiveKitPort;
use crate::refusal::{self, TwirpCode, TwirpError};
use actix_web::HttpResponse;
use livekit_protocol as proto;
use sfu_core::capability::{self, ApiOperation};

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

pub(super) fn serve(
    call: &Call,
    port: &dyn LiveKitPort,
    service: &str,
    method: &str,
) -> Result<HttpResponse, TwirpError> {
    let grant = call.grant();
    match service {
        "livekit.Ingress" => {
            require(grant.ingress_admin)?;
            Err(gate(port, ApiOperation::Ingress, service))
        }
        "livekit.Egress" => {
            require(grant.room_record)?;
            Err(not_built(service))
        }
        "livekit.SIP" => {
            let sip = call.claims().sip.clone().unwrap_or_default();
            let calls = matches!(method, "CreateSIPParticipant" | "TransferSIPParticipant");
            require(if calls { sip.call } else { sip.admin })?;
            Err(not_built(service))
        }
        _ => {
            let room = match method {
                "CreateDispatch" => call.decode::<proto::CreateAgentDispatchRequest>()?.room,
                "DeleteDispatch" => call.decode::<proto::DeleteAgentDispatchRequest>()?.room,
                _ => call.decode::<proto::ListAgentDispatchRequest>()?.room,
            };
            require_admin(&grant, &room)?;
            Err(not_built(service))
        }
    }
}

/// The gate for operations that need a feature: the refusal, or that nothing is behind the gate yet.
pub(super) fn gate(port: &dyn LiveKitPort, operation: ApiOperation, what: &str) -> TwirpError {
    match capability::require(port.config().profile, operation.feature()) {
        Ok(()) => not_built(what),
        Err(no) => {
            port.refused(operation);
            refusal::twirp(&no)
        }
    }
}

/// Not built yet.
pub(super) fn not_built(what: &str) -> TwirpError {
    TwirpError::new(TwirpCode::Unimplemented, format!("{what} is not implemented by this server yet"))
}
