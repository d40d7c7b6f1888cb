//! A signalling message on the socket: binary frames are protobuf, text frames protobuf's JSON (livekit.md §2.3).
use livekit_protocol as proto;
use prost::Message;
use proto::signal_response::Message as Response;
use sfu_core::signal::Frame;

/// Most bytes of a frame; LiveKit's `limit.signal_message_size_limit`.
pub const FRAME_BYTES_MAX: usize = 2 * 1024 * 1024;

/// How messages are spelled to a client: as its own last frame was.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Encoding {
    /// Protobuf in binary frames.
    #[default]
    Binary,
    /// JSON in text frames.
    Json,
}

/// Why a frame cannot be read. The texts go into the close frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum WireError {
    /// Over [`FRAME_BYTES_MAX`].
    #[error("message longer than 2 MiB")]
    TooLong,
    /// Not protobuf.
    #[error("binary frame is not a SignalRequest")]
    Binary,
    /// Not JSON of a request.
    #[error("text frame is not a SignalRequest in JSON")]
    Json,
}

impl Encoding {
    /// The encoding of a frame.
    pub fn of(frame: &Frame) -> Self {
        match frame {
            Frame::Binary(_) => Self::Binary,
            Frame::Text(_) => Self::Json,
        }
    }

    /// Spells a response. JSON has no word for an enum's number without a name (in a request that is echoed, say):
    /// such a response goes out as protobuf, which its client speaks as well, having sent that number.
    pub fn encode(self, message: Response) -> Frame {
        let response = proto::SignalResponse { message: Some(message) };
        let json = match self {
            Self::Binary => None,
            Self::Json => serde_json::to_string(&response).ok(),
        };
        json.map_or_else(|| Frame::Binary(response.encode_to_vec()), Frame::Text)
    }
}

/// Reads a request.
pub fn decode(frame: &Frame) -> Result<proto::SignalRequest, WireError> {
    match frame {
        Frame::Binary(bytes) if bytes.len() > FRAME_BYTES_MAX => Err(WireError::TooLong),
        Frame::Binary(bytes) => proto::SignalRequest::decode(bytes.as_slice()).map_err(|_| WireError::Binary),
        Frame::Text(text) if text.len() > FRAME_BYTES_MAX => Err(WireError::TooLong),
        Frame::Text(text) => from_json(text.as_bytes()).ok_or(WireError::Json),
    }
}

/// Reads protobuf's JSON: either style of names, 64-bit numbers as text or number, unknown fields left aside, `null`
/// as unset.
pub fn from_json<T: serde::de::DeserializeOwned>(json: &[u8]) -> Option<T> {
    let mut value: serde_json::Value = serde_json::from_slice(json).ok()?;
    if !value.is_object() {
        return None;
    }
    strip_nulls(&mut value);
    serde_json::from_value(value).ok()
}

fn strip_nulls(value: &mut serde_json::Value) {
    if let Some(object) = value.as_object_mut() {
        object.retain(|_, field| !field.is_null());
        object.values_mut().for_each(strip_nulls);
    } else if let Some(list) = value.as_array_mut() {
        list.iter_mut().for_each(strip_nulls);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proto::signal_request::Message as Request;

    #[test]
    fn both_encodings_carry_the_same_request() {
        let request = proto::SignalRequest {
            message: Some(Request::Mute(proto::MuteTrackRequest { sid: "TR_x".to_owned(), muted: true })),
        };
        assert_eq!(decode(&Frame::Binary(request.encode_to_vec())).unwrap(), request);
        for text in [
            r#"{"mute":{"sid":"TR_x","muted":true}}"#,
            r#"{"mute":{"sid":"TR_x","muted":true,"later":[1]},"other":null}"#,
        ] {
            assert_eq!(decode(&Frame::Text(text.to_owned())).unwrap(), request, "{text}");
        }
    }

    #[test]
    fn sixty_four_bit_numbers_may_be_text_or_number_and_leave_as_text() {
        for text in [r#"{"pingReq":{"timestamp":"17","rtt":3}}"#, r#"{"ping_req":{"timestamp":17,"rtt":"3"}}"#] {
            let request = decode(&Frame::Text(text.to_owned())).unwrap();
            assert_eq!(request.message, Some(Request::PingReq(proto::Ping { timestamp: 17, rtt: 3 })), "{text}");
        }
        let pong = Encoding::Json.encode(Response::PongResp(proto::Pong { last_ping_timestamp: 17, timestamp: 18 }));
        assert_eq!(pong, Frame::Text(r#"{"pongResp":{"lastPingTimestamp":"17","timestamp":"18"}}"#.to_owned()));
    }

    #[test]
    fn what_json_cannot_say_goes_out_as_protobuf() {
        let echo =
            proto::request_response::Request::AddTrack(proto::AddTrackRequest { source: 99, ..Default::default() });
        let response = proto::RequestResponse { request: Some(echo), ..Default::default() };
        let frame = Encoding::Json.encode(Response::RequestResponse(response));
        assert!(matches!(frame, Frame::Binary(_)), "{frame:?}");
    }

    #[test]
    fn frames_that_are_no_requests_are_told_apart() {
        let cases = [
            (Frame::Binary(vec![0xff; 7]), WireError::Binary),
            (Frame::Binary(vec![0; FRAME_BYTES_MAX + 1]), WireError::TooLong),
            (Frame::Text("{".to_owned()), WireError::Json),
            (Frame::Text("[]".to_owned()), WireError::Json),
            (Frame::Text("null".to_owned()), WireError::Json),
            (Frame::Text(r#"{"mute":{"sid":4}}"#.to_owned()), WireError::Json),
            (Frame::Text(r#"{"mute":"TR_x"}"#.to_owned()), WireError::Json),
            (Frame::Text("[".repeat(200_000)), WireError::Json),
            (Frame::Text(" ".repeat(FRAME_BYTES_MAX + 1)), WireError::TooLong),
        ];
        for (frame, expected) in cases {
            assert_eq!(decode(&frame), Err(expected));
        }
    }
}
