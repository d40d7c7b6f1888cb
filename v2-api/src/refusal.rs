//! v2's words for the core's refusals: one exhaustive function for REST, one for JSON-RPC (openvidu-v2 section 2.5).
//! Every method and resource that has a narrower word for some refusal says so at its own place, before it asks here.
use crate::wire::RpcError;
use sfu_core::capability::{NotFound, NotNow, Refusal};

/// JSON-RPC error codes of OpenVidu.
pub(crate) mod code {
    /// A parameter of the transport: a call before `joinRoom`.
    pub(crate) const TRANSPORT: i32 = 803;
    /// The forced codec is not in the offer.
    pub(crate) const FORCED_CODEC: i32 = 800;
    /// Needs another edition.
    pub(crate) const EDITION: i32 = 997;
    /// A service that is switched off.
    pub(crate) const SERVICE_DISABLED: i32 = 996;
    /// Generic.
    pub(crate) const GENERIC: i32 = 999;
    /// A signal's receivers.
    pub(crate) const SIGNAL_TO: i32 = 601;
    /// A signal's form.
    pub(crate) const SIGNAL_FORMAT: i32 = 600;
    /// Metadata.
    pub(crate) const METADATA: i32 = 500;
    /// Role or token does not allow it.
    pub(crate) const UNAUTHORIZED: i32 = 401;
    /// A filter cannot be applied.
    pub(crate) const FILTER_EXISTS: i32 = 405;
    /// No filter is applied.
    pub(crate) const FILTER_NOT_APPLIED: i32 = 406;
    /// A session description is not usable.
    pub(crate) const SDP: i32 = 302;
    /// Media in general.
    pub(crate) const MEDIA: i32 = 301;
    /// The session is closed.
    pub(crate) const ROOM_CLOSED: i32 = 203;
    /// No such session.
    pub(crate) const ROOM_NOT_FOUND: i32 = 202;
    /// A session in general.
    pub(crate) const ROOM: i32 = 201;
    /// The session cannot be made here and now.
    pub(crate) const ROOM_CANNOT_BE_CREATED: i32 = 204;
    /// Publishing already.
    pub(crate) const ALREADY_STREAMING: i32 = 106;
    /// Not publishing.
    pub(crate) const NOT_STREAMING: i32 = 105;
    /// No such connection.
    pub(crate) const USER_NOT_FOUND: i32 = 102;
    /// Not a method of this protocol (JSON-RPC's own).
    pub(crate) const UNKNOWN_METHOD: i32 = -32601;
}

/// The RPC session that a client wants to go on with is unknown.
pub(crate) const RECONNECTION: i32 = 40_007;

/// A refusal as a JSON-RPC error.
pub(crate) fn to_rpc(refusal: &Refusal) -> RpcError {
    let number = match refusal {
        Refusal::NotSupported(_) => code::EDITION,
        Refusal::NotAllowed(_) => code::UNAUTHORIZED,
        Refusal::NotNow(state) => match state {
            NotNow::AlreadyPublishing => code::ALREADY_STREAMING,
            NotNow::NotPublishing => code::NOT_STREAMING,
            NotNow::AlreadySubscribed | NotNow::NoOfferOpen => -1,
            NotNow::RoomClosing => code::ROOM_CLOSED,
            NotNow::RoomEmpty | NotNow::RoomExists => code::ROOM,
            NotNow::ForcedCodecMissing => code::FORCED_CODEC,
            NotNow::Unavailable => code::ROOM_CANNOT_BE_CREATED,
        },
        Refusal::LimitReached(_) => code::GENERIC,
        Refusal::NotFound(what) => match what {
            NotFound::Room => code::ROOM_NOT_FOUND,
            NotFound::Participant => code::USER_NOT_FOUND,
            NotFound::Track | NotFound::Stream | NotFound::Transport => code::NOT_STREAMING,
            NotFound::Token => code::UNAUTHORIZED,
        },
        Refusal::Invalid { .. } => -1,
    };
    RpcError::new(number, refusal.to_string())
}

/// A refusal as an HTTP status; where the second value is set, with an error body that says it.
pub(crate) fn to_rest(refusal: &Refusal) -> (u16, Option<String>) {
    let said = |status| (status, Some(refusal.to_string()));
    match refusal {
        Refusal::NotSupported(_) => said(501),
        Refusal::NotAllowed(_) => said(405),
        Refusal::NotNow(state) => match state {
            NotNow::AlreadyPublishing | NotNow::NotPublishing | NotNow::AlreadySubscribed => said(409),
            NotNow::NoOfferOpen | NotNow::ForcedCodecMissing => said(400),
            NotNow::RoomClosing => (404, None),
            NotNow::RoomEmpty => (406, None),
            NotNow::RoomExists => (409, None),
            NotNow::Unavailable => said(503),
        },
        Refusal::LimitReached(_) | Refusal::Invalid { .. } => said(400),
        Refusal::NotFound(what) => match what {
            NotFound::Room | NotFound::Participant | NotFound::Track | NotFound::Stream => (404, None),
            NotFound::Transport | NotFound::Token => (404, None),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sfu_core::capability::{Feature, LimitKind};

    #[test]
    fn every_refusal_has_its_code_on_both_surfaces() {
        let cases = [
            (Refusal::NotSupported(Feature::DataMessages), 997, 501, true),
            (Refusal::NotAllowed("x"), 401, 405, true),
            (Refusal::NotNow(NotNow::AlreadyPublishing), 106, 409, true),
            (Refusal::NotNow(NotNow::NotPublishing), 105, 409, true),
            (Refusal::NotNow(NotNow::AlreadySubscribed), -1, 409, true),
            (Refusal::NotNow(NotNow::NoOfferOpen), -1, 400, true),
            (Refusal::NotNow(NotNow::RoomClosing), 203, 404, false),
            (Refusal::NotNow(NotNow::RoomEmpty), 201, 406, false),
            (Refusal::NotNow(NotNow::RoomExists), 201, 409, false),
            (Refusal::NotNow(NotNow::ForcedCodecMissing), 800, 400, true),
            (Refusal::NotNow(NotNow::Unavailable), 204, 503, true),
            (Refusal::LimitReached(LimitKind::Participants), 999, 400, true),
            (Refusal::NotFound(NotFound::Room), 202, 404, false),
            (Refusal::NotFound(NotFound::Participant), 102, 404, false),
            (Refusal::NotFound(NotFound::Track), 105, 404, false),
            (Refusal::NotFound(NotFound::Stream), 105, 404, false),
            (Refusal::NotFound(NotFound::Transport), 105, 404, false),
            (Refusal::NotFound(NotFound::Token), 401, 404, false),
            (Refusal::Invalid { what: "sdp", why: "x".into() }, -1, 400, true),
        ];
        for (refusal, rpc, status, said) in cases {
            assert_eq!(to_rpc(&refusal).code, rpc, "{refusal}");
            let (got, message) = to_rest(&refusal);
            assert_eq!((got, message.is_some()), (status, said), "{refusal}");
        }
        let text = to_rpc(&Refusal::NotSupported(Feature::DataMessages)).message;
        assert!(text.contains("VIA-0101"), "the stable code is in the message: {text}");
    }
}
