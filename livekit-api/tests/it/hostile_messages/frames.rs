//! Frames that are no requests, in both encodings.
use super::{Outcome, Row, json};
use livekit_protocol as proto;
use proto::request_response::Reason;
use sfu_core::signal::Frame;

pub fn rows() -> Vec<Row> {
    let mut rows = binary_rows();
    rows.extend(text_rows());
    rows
}

fn binary_rows() -> Vec<Row> {
    let closes: [(&str, Vec<u8>); 14] = [
        ("binary rubbish", vec![0xff; 16]),
        ("one byte of rubbish", vec![0xff]),
        ("truncated protobuf", vec![0x0a, 0x7f, 0x01]),
        ("a length that is a lie", vec![0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]),
        ("a length over 64 bits", vec![0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
        ("wrong wire type", vec![0x0d, 0, 0, 0, 0]),
        ("an offer as a number", vec![0x08, 0x01]),
        ("a group that never ends", vec![0x0b]),
        ("a group's end alone", vec![0x0c]),
        ("field number zero", vec![0x00, 0x00]),
        ("an unknown wire type", vec![0x0e, 0x00]),
        ("protobuf with bad UTF-8", vec![0x2a, 0x03, 0x0a, 0x01, 0xff]),
        ("nested rubbish", vec![0x22, 0x02, 0x0a, 0x7f]),
        ("text in a binary frame", b"{\"mute\":{}}".to_vec()),
    ];
    let mut rows: Vec<Row> =
        closes.into_iter().map(|(what, bytes)| (what.to_owned(), Frame::Binary(bytes), Outcome::Close(1007))).collect();
    rows.push(("over two megabytes".to_owned(), Frame::Binary(vec![0; (2 << 20) + 1]), Outcome::Close(1009)));
    let empty: [(&str, Vec<u8>); 4] = [
        ("empty binary", vec![]),
        ("unknown field number", vec![0xfa, 0x07, 0x00]),
        ("unknown fields in plenty", [0xfa, 0x07, 0x00].repeat(1_000)),
        ("a response instead of a request", vec![0xba, 0x06, 0x00]),
    ];
    let refused = Outcome::Refused(Reason::InvalidRequest);
    rows.extend(empty.map(|(what, bytes)| (what.to_owned(), Frame::Binary(bytes), refused.clone())));
    rows
}

fn text_rows() -> Vec<Row> {
    let deep = format!("{}{}", "{\"mute\":".repeat(5_000), "}".repeat(5_000));
    let closes = [
        ("empty text", String::new()),
        ("blanks", "   ".to_owned()),
        ("text rubbish", "hello".to_owned()),
        ("half JSON", "{\"mute\":".to_owned()),
        ("JSON with a tail", "{\"ping\":\"1\"}x".to_owned()),
        ("two JSON texts", "{\"ping\":\"1\"}{\"ping\":\"2\"}".to_owned()),
        ("JSON array", "[1,2]".to_owned()),
        ("JSON number", "7".to_owned()),
        ("JSON text", "\"mute\"".to_owned()),
        ("JSON null", "null".to_owned()),
        ("JSON true", "true".to_owned()),
        ("JSON in single quotes", "{'mute':{}}".to_owned()),
        ("NUL", "\0".to_owned()),
        ("JSON of the wrong type", r#"{"mute":{"sid":7}}"#.to_owned()),
        ("a request that is text", r#"{"mute":"TR_x"}"#.to_owned()),
        ("a request that is a list", r#"{"addTrack":[]}"#.to_owned()),
        ("a flag that is text", r#"{"mute":{"sid":"TR_x","muted":"yes"}}"#.to_owned()),
        ("JSON enum of nobody", r#"{"addTrack":{"type":"SMELL"}}"#.to_owned()),
        ("JSON negative number", r#"{"addTrack":{"width":-1}}"#.to_owned()),
        ("a number over 32 bits", r#"{"addTrack":{"width":4294967296}}"#.to_owned()),
        ("a number over 64 bits", r#"{"pingReq":{"timestamp":"99999999999999999999"}}"#.to_owned()),
        ("a number with words", r#"{"pingReq":{"timestamp":"now"}}"#.to_owned()),
        ("a broken escape", r#"{"mute":{"sid":"\u12"}}"#.to_owned()),
        ("half a pair of surrogates", r#"{"mute":{"sid":"\ud800"}}"#.to_owned()),
        ("deep JSON", deep),
        ("a deep list", "[".repeat(100_000)),
        ("two requests in one", r#"{"mute":{"sid":"TR_x"},"leave":{}}"#.to_owned()),
    ];
    let mut rows: Vec<Row> =
        closes.into_iter().map(|(what, text)| (what.to_owned(), json(text), Outcome::Close(1007))).collect();
    rows.push(("long text".to_owned(), json("x".repeat((2 << 20) + 1)), Outcome::Close(1009)));
    let empty =
        [("empty JSON object", "{}"), ("unknown request", r#"{"fromTheFuture":{}}"#), ("unset", r#"{"mute":null}"#)];
    rows.extend(empty.map(|(what, text)| (what.to_owned(), json(text), Outcome::Refused(Reason::InvalidRequest))));
    rows
}
