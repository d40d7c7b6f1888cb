//! The operations of the Twirp API: what each does, which grant it needs, how it is refused.
use super::super::unbuilt::Unbuilt;
use super::examples::{ANY, answer, request};
use serde_json::{Value, json};

/// One operation.
pub(super) struct Row {
    pub(super) summary: String,
    pub(super) grant: &'static str,
    pub(super) request: Request,
    /// The message of the answer with an example; `None`: it is never answered well.
    pub(super) answer: Option<(&'static str, Value)>,
    /// Status, Twirp code, text; 401 and 413 beside them.
    pub(super) errors: Vec<(u16, &'static str, String)>,
}

/// What an operation takes.
pub(super) struct Request {
    pub(super) message: String,
    pub(super) schema: &'static str,
    pub(super) example: Value,
}

/// The row of an operation.
pub(super) fn row(service: &str, method: &str) -> Row {
    if service == "RoomService" { room_service(method) } else { unbuilt(service, method) }
}

const ADMIN: &str = "`roomAdmin` for the room";
const DESTINATION: &str = "`roomAdmin` for the room, and `destinationRoom`";

/// Summary, grant, request, answer, statuses of refusals.
type Entry = (&'static str, &'static str, &'static str, &'static str, &'static [u16]);

fn room_service(method: &str) -> Row {
    let entry: Entry = match method {
        "CreateRoom" => (
            "Makes a room, or changes the one of this name",
            "`roomCreate`",
            "CreateRoomRequest",
            "Room",
            &[400, 501, 503],
        ),
        "ListRooms" => ("Lists rooms, all or by name", "`roomList`", "ListRoomsRequest", "ListRoomsResponse", &[400]),
        "DeleteRoom" => {
            ("Ends a room for everybody", "`roomCreate`", "DeleteRoomRequest", "DeleteRoomResponse", &[400, 404, 503])
        }
        "ListParticipants" => {
            ("Lists who is in a room", ADMIN, "ListParticipantsRequest", "ListParticipantsResponse", &[400])
        }
        "GetParticipant" => ("Shows a participant", ADMIN, "RoomParticipantIdentity", "ParticipantInfo", &[400, 404]),
        "RemoveParticipant" => {
            ("Puts a participant out", ADMIN, "RoomParticipantIdentity", "RemoveParticipantResponse", &[400, 404])
        }
        "MutePublishedTrack" => (
            "Mutes a track; unmutes it where the configuration lets it",
            ADMIN,
            "MuteRoomTrackRequest",
            "MuteRoomTrackResponse",
            &[400, 404, 412],
        ),
        "UpdateParticipant" => (
            "Changes a participant's name, metadata, attributes and, as a whole, permission",
            ADMIN,
            "UpdateParticipantRequest",
            "ParticipantInfo",
            &[400, 404],
        ),
        "UpdateRoomMetadata" => {
            ("Changes a room's metadata", ADMIN, "UpdateRoomMetadataRequest", "Room", &[400, 404, 503])
        }
        "UpdateSubscriptions" => (
            "Subscribes a participant to tracks, or ends that",
            ADMIN,
            "UpdateSubscriptionsRequest",
            "UpdateSubscriptionsResponse",
            &[400, 404],
        ),
        "SendData" => ("Sends a data message", ADMIN, "SendDataRequest", "SendDataResponse", &[400, 404, 501]),
        "PerformRpc" => {
            ("Calls a participant's procedure", ADMIN, "PerformRpcRequest", "PerformRpcResponse", &[400, 404, 501])
        }
        "MoveParticipant" => (
            "Sends a participant to another room, where its client joins by itself",
            DESTINATION,
            "MoveParticipantRequest",
            "MoveParticipantResponse",
            &[400, 404, 429],
        ),
        _ => (
            "Forwards a participant's tracks to another room; not built",
            DESTINATION,
            "ForwardParticipantRequest",
            "",
            &[400, 501],
        ),
    };
    let (summary, grant, message, answered, statuses) = entry;
    Row {
        summary: summary.to_owned(),
        grant,
        request: Request { message: message.to_owned(), schema: message, example: request(message) },
        answer: (!answered.is_empty()).then(|| (answered, answer(answered))),
        errors: statuses.iter().map(|status| refusal(*status)).collect(),
    }
}

fn refusal(status: u16) -> (u16, &'static str, String) {
    let (code, text) = match status {
        400 => ("malformed", "the json request could not be decoded; `invalid_argument` where a value makes no sense"),
        404 => ("not_found", "participant does not exist"),
        412 => ("failed_precondition", "remote unmute not enabled"),
        429 => ("resource_exhausted", "limit reached: the room is full"),
        501 => ("unimplemented", "not supported or not built; `meta` names the capability and its code"),
        _ => ("unavailable", "the change could not be stored"),
    };
    (status, code, text.to_owned())
}

/// A service that the profile refuses or that is not built: authorised first, then answered 501.
fn unbuilt(service: &str, method: &str) -> Row {
    let (grant, unbuilt) = match (service, method) {
        ("Egress", _) => ("`roomRecord`", Unbuilt::Egress),
        ("Ingress", _) => ("`ingressAdmin`", Unbuilt::Ingress),
        ("SIP", "CreateSIPParticipant") => ("`sip.call`", Unbuilt::Sip),
        ("SIP", "TransferSIPParticipant") => ("`sip.call`, and `roomAdmin` for the room", Unbuilt::Sip),
        ("SIP", _) => ("`sip.admin`", Unbuilt::Sip),
        ("Connector", _) => ("`roomCreate`", Unbuilt::Connector),
        ("PhoneNumberService", _) => ("`sip.admin`", Unbuilt::PhoneNumbers),
        _ => (ADMIN, Unbuilt::AgentDispatch),
    };
    let text = format!("{} is not to be had ({})", unbuilt.key(), unbuilt.code());
    Row {
        summary: format!("Answered 501: {} is refused or not built", unbuilt.key()),
        grant,
        request: Request { message: format!("{method}Request"), schema: ANY, example: json!({ "room": "daily" }) },
        answer: None,
        errors: vec![refusal(400), (501, "unimplemented", text)],
    }
}
