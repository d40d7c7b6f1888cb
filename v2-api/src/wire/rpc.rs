//! The envelope of JSON-RPC as OpenVidu's server understands it (openvidu-v2 section 2.1): requests in, replies out.
//!
//! Lenient where the original is: `jsonrpc` is not looked at, a fractional id is cut, a `sessionId` among the parameters
//! selects the RPC session and is no parameter. Where the original keeps silent, an error is returned.
use serde_json::{Map, Value, json};

/// A request that can be carried out.
#[derive(Debug, PartialEq)]
pub(crate) struct Request {
    pub(crate) id: i64,
    pub(crate) method: String,
    /// Without the `sessionId` that selects the RPC session.
    pub(crate) params: Map<String, Value>,
    /// The RPC session that the request names.
    pub(crate) session: Option<String>,
}

/// What a text frame holds.
#[derive(Debug, PartialEq)]
pub(crate) enum Incoming {
    Request(Request),
    /// To be answered with this text.
    Wrong(String),
    /// A reply, which is not expected: notifications ask for none.
    Ignored,
}

/// A negative reply. The message ends with ` Code: <n>` on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RpcError {
    pub(crate) code: i32,
    pub(crate) message: String,
}

impl RpcError {
    /// A reply with this code.
    pub(crate) fn new(code: i32, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// `-1`: what v2 has no code for.
    pub(crate) fn other(message: impl Into<String>) -> Self {
        Self::new(-1, message)
    }

    /// The frame's text.
    pub(crate) fn to_text(&self, id: Option<i64>) -> String {
        self.frame(id, None, None)
    }

    /// The same of an error that comes from the client's session: with the RPC session's id in it and empty `data`
    /// beside it; `data` is what a few methods say inside it.
    pub(crate) fn to_session_text(&self, id: i64, rpc_session: &str, data: Option<&str>) -> String {
        self.frame(Some(id), Some(rpc_session), data)
    }

    fn frame(&self, id: Option<i64>, rpc_session: Option<&str>, data: Option<&str>) -> String {
        let message = match self.code {
            code if code > 0 && code != crate::refusal::RECONNECTION => format!("{} Code: {code}", self.message),
            _ => self.message.clone(),
        };
        let mut error = json!({ "code": self.code, "message": message });
        let mut frame = json!({ "jsonrpc": "2.0" });
        if let Some(session) = rpc_session {
            error["sessionId"] = json!(session);
            frame["data"] = json!({});
        }
        if let Some(data) = data {
            error["data"] = json!(data);
        }
        if let Some(id) = id {
            frame["id"] = json!(id);
        }
        frame["error"] = error;
        frame.to_string()
    }
}

/// The text of a positive reply: `sessionId` is added to every result but `ping`'s.
pub(crate) fn result_text(id: i64, mut result: Map<String, Value>, rpc_session: Option<&str>) -> String {
    if let Some(session) = rpc_session {
        result.insert("sessionId".to_owned(), json!(session));
    }
    json!({ "id": id, "result": result, "jsonrpc": "2.0" }).to_string()
}

impl Incoming {
    /// Reads a text frame.
    pub(crate) fn parse(text: &str) -> Self {
        let wrong = |code, why: &str, id| Self::Wrong(RpcError::new(code, why).to_text(id));
        let Ok(value) = serde_json::from_str::<Value>(text) else {
            return wrong(-32700, "the frame is not JSON", None);
        };
        let Value::Object(mut frame) = value else {
            return wrong(-32600, "a request is an object", None);
        };
        let id = frame.get("id").and_then(whole_number);
        let Some(method) = frame.get("method").and_then(Value::as_str).map(str::to_owned) else {
            let reply = frame.contains_key("result") || frame.contains_key("error");
            return if reply { Self::Ignored } else { wrong(-32600, "the request names no method", id) };
        };
        let Some(id) = id else {
            return wrong(-1, "the request has no number as its id", None);
        };
        let mut params = match frame.remove("params") {
            None => Map::new(),
            Some(Value::Object(params)) => params,
            Some(Value::Null) if method == "ping" => Map::new(),
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
                return wrong(-1, "params is not an object", Some(id));
            }
        };
        let session = match params.remove("sessionId") {
            Some(Value::String(session)) => Some(session),
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) | None => None,
        };
        Self::Request(Request { id, method, params, session })
    }
}

/// A number as an id: 1.5 is 1.
fn whole_number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_f64().filter(|number| number.abs() < 9e15).map(|number| number as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(text: &str) -> Request {
        let incoming = Incoming::parse(text);
        let Incoming::Request(request) = incoming else { panic!("{text}: {incoming:?}") };
        request
    }

    #[test]
    fn requests_are_read_as_leniently_as_by_the_original() {
        assert_eq!(request(r#"{"id":1.5,"method":"echo"}"#).id, 1, "a fractional id is cut");
        assert_eq!(request(r#"{"id":0,"method":"ping","params":null}"#).params.len(), 0);
        let named =
            request(r#"{"jsonrpc":"1.0","id":2,"method":"connect","params":{"sessionId":"s","reconnect":true}}"#);
        assert_eq!(named.session.as_deref(), Some("s"));
        assert!(!named.params.contains_key("sessionId") && named.params.contains_key("reconnect"));
    }

    #[test]
    fn what_is_no_request_is_answered_with_an_error() {
        let cases = [
            ("{not json", -32700, None),
            ("", -32700, None),
            ("[]", -32600, None),
            ("7", -32600, None),
            ("null", -32600, None),
            ("{}", -32600, None),
            (r#"{"id":4}"#, -32600, Some(4)),
            (r#"{"id":4,"method":7}"#, -32600, Some(4)),
            (r#"{"method":"echo","params":{}}"#, -1, None),
            (r#"{"id":"abc","method":"echo","params":{}}"#, -1, None),
            (r#"{"id":null,"method":"echo"}"#, -1, None),
            (r#"{"id":1e300,"method":"echo"}"#, -1, None),
            (r#"{"id":900,"method":"echo","params":[]}"#, -1, Some(900)),
            (r#"{"id":900,"method":"echo","params":"x"}"#, -1, Some(900)),
            (r#"{"id":900,"method":"echo","params":null}"#, -1, Some(900)),
        ];
        for (text, code, id) in cases {
            let Incoming::Wrong(reply) = Incoming::parse(text) else { panic!("{text} was taken") };
            let reply: Value = serde_json::from_str(&reply).unwrap();
            assert_eq!(reply["error"]["code"], code, "{text}");
            assert_eq!(reply.get("id").and_then(Value::as_i64), id, "{text}");
        }
    }

    #[test]
    fn a_reply_is_not_answered() {
        assert_eq!(Incoming::parse(r#"{"id":1,"result":{}}"#), Incoming::Ignored);
        assert_eq!(Incoming::parse(r#"{"id":1,"error":{"code":1}}"#), Incoming::Ignored);
    }

    #[test]
    fn an_error_names_its_code_in_the_message_as_the_original_does() {
        let text = RpcError::new(105, "not streaming").to_text(Some(3));
        assert!(text.contains("not streaming Code: 105"), "{text}");
        let of_session = RpcError::new(105, "not streaming").to_session_text(3, "rpc", Some("{}"));
        let expected = json!({
            "id": 3, "jsonrpc": "2.0", "data": {},
            "error": { "code": 105, "message": "not streaming Code: 105", "sessionId": "rpc", "data": "{}" },
        });
        assert_eq!(serde_json::from_str::<Value>(&of_session).unwrap(), expected);
        assert!(!RpcError::other("x").to_text(Some(3)).contains("Code"));
        assert!(!RpcError::new(40007, "reconnection error").to_text(Some(3)).contains("Code"));
    }
}
