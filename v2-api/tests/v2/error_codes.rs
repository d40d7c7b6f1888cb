//! Every error code that the server can produce, a row each: what brings it about, and the form that it has. The codes
//! are read from the face's own list, so that a new one needs its row.
use crate::sdp_text;
use crate::stage::Stage;
use serde_json::{Value, json};
use sfu_core::capability::{LimitKind, NotFound, NotNow, Refusal};
use sfu_core::id::RequestId;
use sfu_core::random::Random;
use sfu_core::room::RoomEvent;
use sfu_core::signal::{Frame, PeerOutput, SignalPeer};
use sfu_core::time::Now;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;
use v2_api::{Origin, V2Config, V2Peer, V2PeerParams};

/// The face's list of codes.
const LIST: &str = include_str!("../../src/refusal.rs");

/// How an error looks beside its code: as thrown by a check, or as told by the session.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Form {
    Thrown,
    BySession,
}

type Row = (i64, Form, &'static str, fn(&Ground) -> Value);

/// A moderator that publishes, a publisher that does not, a subscriber, and somebody outside.
struct Ground {
    stage: Stage,
    stream: String,
}

fn ground() -> Ground {
    let stage = Stage::default();
    let forced = json!({"customSessionId": "s", "forcedVideoCodec": "VP8"});
    crate::door::futures_lite(crate::rest_calls::json_call(
        stage.port(),
        "POST",
        "/openvidu/api/sessions",
        Some(&forced),
    ));
    stage.join("s", "mod", "MODERATOR");
    let stream = stage.publish("mod");
    stage.join("s", "pub", "PUBLISHER");
    stage.join("s", "sub", "SUBSCRIBER");
    stage.open("out");
    Ground { stage, stream }
}

impl Ground {
    /// The whole frame that answers a request.
    fn ask(&self, who: &str, method: &str, params: Value) -> Value {
        self.stage.take(who);
        self.stage.send(who, &json!({"id": 77, "method": method, "params": params}));
        let frames = self.stage.take(who);
        frames.into_iter().find(|frame| frame["id"] == 77).unwrap_or_else(|| panic!("{method}: no answer"))
    }

    fn publish(&self, who: &str, offer: &str) -> Value {
        let params = json!({"sdpOffer": offer, "doLoopback": false, "hasAudio": true, "hasVideo": true});
        self.ask(who, "publishVideo", params)
    }
}

fn join_params(token: &str) -> Value {
    json!({"token": token, "session": "s", "platform": "p", "sdkVersion": "2.32.1", "metadata": "", "secret": ""})
}

/// What a client is told whose join the room refuses for this reason.
fn refused_join(refusal: Refusal) -> Value {
    let (mut peer, now) = lone_peer();
    peer.handle_frame(frame(77, "joinRoom", &join_params("t")), now);
    let request = command(&mut peer).unwrap();
    peer.handle_event(RoomEvent::Refused { request, refusal }, now);
    said(&mut peer).pop().unwrap()
}

fn lone_peer() -> (V2Peer, Now) {
    let params = V2PeerParams {
        config: Arc::new(V2Config::default()),
        random: Random::seeded(5),
        origin: Origin { secure: true, host: "h".into() },
        address: String::new(),
    };
    (V2Peer::new(params), Now { instant: Instant::now(), unix_ms: 0 })
}

fn frame(id: i64, method: &str, params: &Value) -> Frame {
    Frame::Text(json!({"id": id, "method": method, "params": params}).to_string())
}

fn command(peer: &mut V2Peer) -> Option<RequestId> {
    std::iter::from_fn(|| peer.poll()).find_map(|output| match output {
        PeerOutput::Command { request, .. } => Some(request),
        _ => None,
    })
}

fn said(peer: &mut V2Peer) -> Vec<Value> {
    let frames = std::iter::from_fn(|| peer.poll()).filter_map(|output| match output {
        PeerOutput::Frame(Frame::Text(text)) => Some(serde_json::from_str(&text).unwrap()),
        _ => None,
    });
    frames.collect()
}

/// The reply to one request too many while the room has not answered the first.
fn flood() -> Value {
    let (mut peer, now) = lone_peer();
    peer.handle_frame(frame(1, "joinRoom", &join_params("t")), now);
    for id in 2..600 {
        peer.handle_frame(frame(id, "echo", &json!({})), now);
    }
    said(&mut peer).into_iter().next().unwrap()
}

const ROWS: &[Row] = &[
    (803, Form::Thrown, "a call before the join", |ground| ground.ask("out", "echo", json!({}))),
    (800, Form::Thrown, "the forced codec is not in the offer", |ground| {
        ground.publish("pub", &sdp_text::offer_with(true, true, "sendonly", "AV1"))
    }),
    (997, Form::BySession, "speech to text, as without the edition", |ground| {
        ground.ask("pub", "subscribeToSpeechToText", json!({"connectionId": "x", "lang": "en-US"}))
    }),
    (996, Form::BySession, "speech to text that is switched off", |_| {
        let stage = Stage::with(|config| config.speech_to_text_disabled = true);
        stage.join("s", "pub", "PUBLISHER");
        let ground = Ground { stage, stream: String::new() };
        ground.ask("pub", "unsubscribeFromSpeechToText", json!({"connectionId": "x"}))
    }),
    (999, Form::Thrown, "too many requests at once", |_| flood()),
    (999, Form::Thrown, "another limit", |_| refused_join(Refusal::LimitReached(LimitKind::Tracks))),
    (601, Form::Thrown, "a signal to nobody", |ground| {
        ground.ask("sub", "sendMessage", json!({"message": "{\"to\":[\"con_Nobody\"]}"}))
    }),
    (600, Form::Thrown, "a signal that is no JSON", |ground| ground.ask("sub", "sendMessage", json!({"message": "x"}))),
    (500, Form::Thrown, "metadata too long", |_| refused_join(Refusal::LimitReached(LimitKind::Size))),
    (401, Form::Thrown, "a subscriber publishes", |ground| ground.publish("sub", "v=0")),
    (401, Form::Thrown, "a token that is none", |ground| ground.ask("out", "joinRoom", join_params("tok_x"))),
    (401, Form::Thrown, "a publisher forces", |ground| {
        ground.ask("pub", "forceUnpublish", json!({"streamId": ground.stream}))
    }),
    (405, Form::Thrown, "a filter is asked for", |ground| {
        ground.ask("mod", "applyFilter", json!({"streamId": ground.stream, "type": "ChromaFilter", "options": "{}"}))
    }),
    (406, Form::Thrown, "a filter is run that is not there", |ground| {
        ground.ask("mod", "execFilterMethod", json!({"streamId": ground.stream, "method": "m", "params": "{}"}))
    }),
    (406, Form::BySession, "a filter is listened to that is not there", |ground| {
        ground.ask("mod", "addFilterEventListener", json!({"streamId": ground.stream, "eventType": "e"}))
    }),
    (302, Form::BySession, "an offer that is none", |ground| {
        ground.ask("pub", "receiveVideoFrom", json!({"sender": ground.stream, "sdpOffer": "rubbish"}))
    }),
    (301, Form::Thrown, "a candidate that is none", |ground| {
        let params = json!({"endpointName": "x", "candidate": "rubbish", "sdpMid": "0", "sdpMLineIndex": 0});
        ground.ask("pub", "onIceCandidate", params)
    }),
    (204, Form::BySession, "no media worker", |_| refused_join(Refusal::NotNow(NotNow::Unavailable))),
    (203, Form::Thrown, "a session that is closing", |_| refused_join(Refusal::NotNow(NotNow::RoomClosing))),
    (202, Form::Thrown, "a session that is none", |_| refused_join(Refusal::NotFound(NotFound::Room))),
    (201, Form::Thrown, "a session that is full", |_| refused_join(Refusal::LimitReached(LimitKind::Participants))),
    (106, Form::Thrown, "a second stream", |ground| ground.publish("mod", &sdp_text::offer(true, true, "sendonly"))),
    (105, Form::BySession, "nothing to unpublish", |ground| ground.ask("pub", "unpublishVideo", json!({}))),
    (105, Form::BySession, "a stream that is none", |ground| {
        ground.ask("pub", "reconnectStream", json!({"stream": "str_CAM_A000_con_A000000000", "sdpString": "v=0"}))
    }),
    (102, Form::Thrown, "a connection that is none", |ground| {
        ground.ask("pub", "unsubscribeFromVideo", json!({"sender": "con_A000000000"}))
    }),
    (102, Form::BySession, "nobody to put out", |ground| {
        ground.ask("mod", "forceDisconnect", json!({"connectionId": "con_A000000000"}))
    }),
    (102, Form::Thrown, "a call after the end", |ground| {
        ground.ask("sub", "leaveRoom", json!({}));
        ground.ask("sub", "sendMessage", json!({"message": "{}"}))
    }),
    (40_007, Form::Thrown, "an RPC session that is none", |ground| {
        ground.ask("out", "connect", json!({"sessionId": "none", "reconnect": true}))
    }),
    (-32_601, Form::Thrown, "a method that is none", |ground| ground.ask("pub", "noSuchMethod", json!({}))),
    (-1, Form::Thrown, "a parameter that is missing", |ground| ground.ask("pub", "publishVideo", json!({}))),
    (-32_700, Form::Thrown, "no JSON", |ground| {
        ground.stage.take("pub");
        ground.stage.send_text("pub", "{");
        ground.stage.take_one("pub")
    }),
    (-32_600, Form::Thrown, "no request", |ground| {
        ground.stage.take("pub");
        ground.stage.send_text("pub", "[]");
        ground.stage.take_one("pub")
    }),
];

#[test]
fn every_error_code_has_its_cause_and_its_form() {
    for (code, form, what, bring_about) in ROWS {
        let frame = bring_about(&ground());
        let error = &frame["error"];
        assert_eq!(error["code"], *code, "{what}: {frame}");
        let message = error["message"].as_str().unwrap_or_default();
        let named = *code > 0 && *code != 40_007;
        assert_eq!(message.ends_with(&format!(" Code: {code}")), named, "{what}: {frame}");
        let got = if error.get("sessionId").is_some() { Form::BySession } else { Form::Thrown };
        assert_eq!(got, *form, "{what}: {frame}");
        assert_eq!(frame.get("data"), (got == Form::BySession).then_some(&json!({})), "{what}: {frame}");
        assert!(frame.get("result").is_none() && frame["jsonrpc"] == "2.0", "{what}: {frame}");
    }
}

#[test]
fn no_code_of_the_list_is_without_a_row() {
    let numbers = LIST.lines().filter_map(|line| {
        let (_, value) = line.trim().strip_prefix("pub(crate) const ")?.split_once(": i32 = ")?;
        value.trim_end_matches(';').replace('_', "").parse::<i64>().ok()
    });
    let listed: BTreeSet<i64> = numbers.collect();
    assert!(listed.len() > 20, "{listed:?}");
    let shown: BTreeSet<i64> = ROWS.iter().map(|row| row.0).collect();
    assert_eq!(listed.difference(&shown).collect::<Vec<_>>(), Vec::<&i64>::new());
}
