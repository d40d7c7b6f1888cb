//! Which options a call or a request uses, as words of the protocol: for whoever counts what apps need of v2.
//!
//! Only the table's own words leave this file, never a value that a client wrote. Counting is the server's affair.
use crate::rpc::name_of;
use crate::wire::Request;
use serde_json::{Map, Value};
use sfu_core::usage::{Used, UsedLog, version_core};

/// The options that a REST call used; lies in its request's extensions when it is answered.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UsedOptions(pub Vec<&'static str>);

/// A method that does not exist.
const UNKNOWN: &str = "other";
/// The SDK whose methods these are; it says its version from 2.21 on.
const SDK: &str = "openvidu-browser";

/// What is looked for in a value.
enum Wanted {
    /// This text.
    Word(&'static str),
    /// This truth value.
    Flag(bool),
    /// Anything but nothing: an empty text, list or object is nothing.
    Set,
    /// Nothing.
    Unset,
}
use Wanted::{Flag, Set, Unset, Word};

/// An option: where it stands, what it must be, its name.
type Row = (&'static str, Wanted, &'static str);

const SESSION: &[Row] = &[
    ("customSessionId", Set, "customSessionId: set"),
    ("customSessionId", Unset, "customSessionId: unset"),
    ("mediaMode", Word("ROUTED"), "mediaMode: ROUTED"),
    ("mediaMode", Word("RELAYED"), "mediaMode: RELAYED"),
    ("recordingMode", Word("MANUAL"), "recordingMode: MANUAL"),
    ("recordingMode", Word("ALWAYS"), "recordingMode: ALWAYS"),
    ("forcedVideoCodec", Word("MEDIA_SERVER_PREFERRED"), "forcedVideoCodec: MEDIA_SERVER_PREFERRED"),
    ("forcedVideoCodec", Word("NONE"), "forcedVideoCodec: NONE"),
    ("forcedVideoCodec", Word("VP8"), "forcedVideoCodec: VP8"),
    ("forcedVideoCodec", Word("VP9"), "forcedVideoCodec: VP9"),
    ("forcedVideoCodec", Word("H264"), "forcedVideoCodec: H264"),
    ("allowTranscoding", Flag(true), "allowTranscoding: true"),
    ("allowTranscoding", Flag(false), "allowTranscoding: false"),
    ("defaultRecordingProperties", Set, "defaultRecordingProperties: set"),
    ("mediaNode", Set, "mediaNode: set"),
];

const CONNECTION: &[Row] = &[
    ("type", Word("WEBRTC"), "type: WEBRTC"),
    ("type", Word("IPCAM"), "type: IPCAM"),
    ("role", Word("SUBSCRIBER"), "role: SUBSCRIBER"),
    ("role", Word("PUBLISHER"), "role: PUBLISHER"),
    ("role", Word("MODERATOR"), "role: MODERATOR"),
    ("data", Set, "data: set"),
    ("record", Flag(true), "record: true"),
    ("record", Flag(false), "record: false"),
    ("kurentoOptions", Set, "kurentoOptions: set"),
    ("customIceServers", Set, "customIceServers: set"),
    ("rtspUri", Set, "rtspUri: set"),
    ("adaptativeBitrate", Set, "adaptativeBitrate: set"),
    ("onlyPlayWithSubscribers", Set, "onlyPlayWithSubscribers: set"),
    ("networkCache", Set, "networkCache: set"),
];

/// Within `kurentoOptions`.
const KURENTO: &[Row] = &[("allowedFilters", Set, "kurentoOptions.allowedFilters: set")];

const RECORDING: &[Row] = &[
    ("outputMode", Word("COMPOSED"), "outputMode: COMPOSED"),
    ("outputMode", Word("COMPOSED_QUICK_START"), "outputMode: COMPOSED_QUICK_START"),
    ("outputMode", Word("INDIVIDUAL"), "outputMode: INDIVIDUAL"),
    ("recordingLayout", Word("BEST_FIT"), "recordingLayout: BEST_FIT"),
    ("recordingLayout", Word("PICTURE_IN_PICTURE"), "recordingLayout: PICTURE_IN_PICTURE"),
    ("recordingLayout", Word("VERTICAL_PRESENTATION"), "recordingLayout: VERTICAL_PRESENTATION"),
    ("recordingLayout", Word("HORIZONTAL_PRESENTATION"), "recordingLayout: HORIZONTAL_PRESENTATION"),
    ("recordingLayout", Word("CUSTOM"), "recordingLayout: CUSTOM"),
];

const SIGNAL: &[Row] = &[("to", Unset, "signal.to: all"), ("to", Set, "signal.to: some")];

const JOIN: &[Row] =
    &[("secret", Set, "secret: set"), ("recorder", Flag(true), "recorder: true"), ("stt", Flag(true), "stt: true")];

const PUBLISH: &[Row] = &[
    ("typeOfVideo", Word("CAMERA"), "typeOfVideo: CAMERA"),
    ("typeOfVideo", Word("SCREEN"), "typeOfVideo: SCREEN"),
    ("typeOfVideo", Word("CUSTOM"), "typeOfVideo: CUSTOM"),
    ("doLoopback", Flag(true), "doLoopback: true"),
    ("filter", Set, "filter: set"),
];

const ALL: &[&[Row]] = &[SESSION, CONNECTION, KURENTO, RECORDING, SIGNAL, JOIN, PUBLISH];

/// The names of all options that are told.
pub fn options() -> impl Iterator<Item = &'static str> {
    ALL.iter().flat_map(|rows| rows.iter().map(|(_, _, name)| *name))
}

/// The options in the body of a call of this route.
pub(crate) fn of_body(route: &str, body: &Map<String, Value>) -> UsedOptions {
    let object = |key: &str| body.get(key).and_then(Value::as_object);
    let mut used = Vec::new();
    if route.ends_with("/sessions") {
        used.extend(found(SESSION, body));
        used.extend(object("defaultRecordingProperties").into_iter().flat_map(|own| found(RECORDING, own)));
    } else if route.contains("/connection") || route.ends_with("/tokens") {
        used.extend(found(CONNECTION, body));
        used.extend(object("kurentoOptions").into_iter().flat_map(|own| found(KURENTO, own)));
    } else if route.ends_with("/recordings/start") || route.ends_with("/broadcast/start") {
        used.extend(found(RECORDING, body));
    } else if route.ends_with("/signal") {
        used.extend(found(SIGNAL, body));
    }
    UsedOptions(used)
}

/// Notes a request with its options, and at a join the SDK.
pub(crate) fn note(request: &Request, log: &mut UsedLog) {
    let method = name_of(&request.method).unwrap_or(UNKNOWN);
    log.note(Used::Request(method));
    let mut options = |rows: &'static [Row], params: &Map<String, Value>| {
        found(rows, params).for_each(|name| log.note(Used::Option(name)));
    };
    match method {
        "joinRoom" => {
            options(JOIN, &request.params);
            let version = request.params.get("sdkVersion").and_then(Value::as_str).map(version_core);
            log.note(Used::Sdk { name: SDK, version: version.unwrap_or_default() });
        }
        "publishVideo" => options(PUBLISH, &request.params),
        "sendMessage" => {
            let message = request.params.get("message").and_then(Value::as_str);
            let message = message.and_then(|text| serde_json::from_str::<Map<String, Value>>(text).ok());
            message.iter().for_each(|message| options(SIGNAL, message));
        }
        _ => {}
    }
}

fn found(rows: &'static [Row], fields: &Map<String, Value>) -> impl Iterator<Item = &'static str> {
    rows.iter().filter(move |(key, wanted, _)| is(wanted, fields.get(*key))).map(|(_, _, name)| *name)
}

fn is(wanted: &Wanted, value: Option<&Value>) -> bool {
    match wanted {
        Word(word) => value.and_then(Value::as_str) == Some(word),
        Flag(flag) => value.and_then(Value::as_bool) == Some(*flag),
        Set => !is_nothing(value),
        Unset => is_nothing(value),
    }
}

fn is_nothing(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(list)) => list.is_empty(),
        Some(Value::Object(fields)) => fields.is_empty(),
        Some(Value::Bool(_) | Value::Number(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_call_uses_the_options_that_its_body_holds() {
        let cases = [
            ("/openvidu/api/sessions", json!({}), vec!["customSessionId: unset"]),
            (
                "/api/sessions",
                json!({"customSessionId": "daily", "mediaMode": "RELAYED", "allowTranscoding": null,
                    "defaultRecordingProperties": {"outputMode": "INDIVIDUAL"}}),
                vec![
                    "customSessionId: set",
                    "mediaMode: RELAYED",
                    "defaultRecordingProperties: set",
                    "outputMode: INDIVIDUAL",
                ],
            ),
            (
                "/openvidu/api/sessions/{session}/connection",
                json!({"role": "MODERATOR", "data": "", "kurentoOptions": {"allowedFilters": ["x"]}}),
                vec!["role: MODERATOR", "kurentoOptions: set", "kurentoOptions.allowedFilters: set"],
            ),
            ("/openvidu/api/tokens", json!({"role": "nonsense", "type": "IPCAM"}), vec!["type: IPCAM"]),
            ("/openvidu/api/signal", json!({"type": "IPCAM", "to": ["a"]}), vec!["signal.to: some"]),
            ("/openvidu/api/restart", json!({"role": "MODERATOR"}), vec![]),
        ];
        for (route, body, names) in cases {
            assert_eq!(of_body(route, body.as_object().unwrap()).0, names, "{route} {body}");
        }
    }

    #[test]
    fn a_request_is_noted_with_its_options_and_nothing_that_the_client_wrote() {
        let request = |method: &str, params: Value| Request {
            id: 1,
            method: method.to_owned(),
            params: params.as_object().cloned().unwrap_or_default(),
            session: None,
        };
        let mut log = UsedLog::default();
        let join = json!({"secret": "", "recorder": true, "sdkVersion": "2.32.1-x", "metadata": "alice"});
        for request in [
            request("joinRoom", join),
            request("publishVideo", json!({"typeOfVideo": "alice", "doLoopback": true})),
            request("sendMessage", json!({"message": "{\"to\":[],\"data\":\"alice\"}"})),
            request("alice", json!({})),
        ] {
            note(&request, &mut log);
        }
        let all: Vec<_> = std::iter::from_fn(|| log.pop()).map(|(used, _)| used).collect();
        for expected in [
            Used::Request("joinRoom"),
            Used::Option("recorder: true"),
            Used::Sdk { name: SDK, version: "2.32.1".to_owned() },
            Used::Option("doLoopback: true"),
            Used::Option("signal.to: all"),
            Used::Request(UNKNOWN),
        ] {
            assert!(all.contains(&expected), "{expected:?} {all:?}");
        }
        assert!(!format!("{all:?}").contains("alice"));
        assert_eq!(all.len(), 8, "{all:?}");
    }
}
