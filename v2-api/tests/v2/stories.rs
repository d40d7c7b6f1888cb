//! Stories of one room, all v2: what the recorded dialogues do not show.
use crate::sdp_text;
use crate::stage::Stage;
use serde_json::{Value, json};
use sfu_core::room::{LeaveReason, ParticipantUpdate, Permissions, RoomCommand};
use std::time::Duration;

fn methods(frames: &[Value]) -> Vec<&str> {
    frames.iter().map(|frame| frame["method"].as_str().unwrap_or("reply")).collect()
}

/// Alice publishes, Bob is there.
fn two(stage: &Stage) -> String {
    stage.join("s", "alice", "PUBLISHER");
    stage.join("s", "bob", "SUBSCRIBER");
    let stream = stage.publish("alice");
    stage.take("alice");
    stage.take("bob");
    stream
}

#[test]
fn the_join_names_its_client_its_role_and_a_turn_server() {
    let stage = Stage::default();
    let joined = stage.join("s", "alice", "MODERATOR");
    assert_eq!(joined["role"], "MODERATOR");
    assert_eq!(joined["mediaServer"], "mediasoup");
    assert_eq!(joined["version"], "2.32.1", "the client's own version");
    assert_eq!(joined["finalUserId"].as_str().unwrap().len(), 16);
    assert_eq!(joined["customIceServers"][0]["url"], "turn:127.0.0.1:3478");
    assert_eq!(stage.room("s").unwrap().participants[0].name, "alice", "its clientData is its name");
}

#[test]
fn without_a_turn_server_no_sdk_is_given_half_an_address() {
    let stage = Stage::with(|config| config.turn = None);
    let joined = stage.join("s", "alice", "PUBLISHER");
    for key in ["coturnIp", "coturnPort", "turnUsername", "turnCredential"] {
        assert_eq!(joined[key], Value::Null, "{key}");
    }
    assert_eq!(joined["customIceServers"], json!([]));
}

#[test]
fn a_client_that_names_no_version_is_taken_for_an_old_one() {
    let stage = Stage::default();
    let token = stage.token("s", "PUBLISHER", "");
    stage.open("native");
    let joined = stage.request(
        "native",
        "joinRoom",
        json!({
            "token": token, "session": "s", "platform": "Android", "metadata": "", "secret": "",
        }),
    );
    assert_eq!((&joined["mediaServer"], &joined["version"]), (&json!("kurento"), &json!("2.32.1")));
    assert_eq!(joined["metadata"], "");
}

#[test]
fn a_token_opens_its_own_session_once_whatever_the_host_in_it() {
    let stage = Stage::default();
    let token = stage.token("s", "PUBLISHER", "");
    stage.token("other", "PUBLISHER", "");
    let params = |token: &str, session: &str| json!({"token": token, "session": session, "platform": "p", "sdkVersion": "2.32.1", "metadata": "", "secret": ""});
    stage.open("a");
    assert_eq!(stage.request("a", "joinRoom", params(&token, "other"))["code"], 401, "another session's");
    assert_eq!(stage.request("a", "joinRoom", params(&token, "none"))["code"], 202, "no such session");
    let renamed = token.replace("127.0.0.1:5443", "proxy.example");
    assert_eq!(stage.request("a", "joinRoom", params(&renamed, "s"))["role"], "PUBLISHER");
    stage.open("b");
    let again = stage.request("b", "joinRoom", params(&token, "s"));
    assert_eq!(again["code"], 401);
    assert!(again["message"].as_str().unwrap().contains(&format!("Token {token} is not valid")), "{again}");
}

#[test]
fn the_servers_offer_has_a_section_for_each_half_and_carries_the_candidates() {
    let stage = Stage::default();
    let stream = two(&stage);
    let offer = stage.request("bob", "prepareReceiveVideoFrom", json!({"sender": stream, "reconnect": false}));
    let offer = offer["sdpOffer"].as_str().unwrap().to_owned();
    assert_eq!(sdp_text::kinds(&offer), ["audio", "video"]);
    assert!(offer.contains("a=candidate:"), "{offer}");
    assert!(offer.contains("a=ice-lite"), "{offer}");
    let params = json!({"sender": stream, "sdpAnswer": sdp_text::answer(&offer)});
    let taken = stage.request("bob", "receiveVideoFrom", params.clone());
    assert!(taken.get("sdpAnswer").is_none() && taken.get("code").is_none(), "{taken}");
    assert_eq!(stage.request("bob", "receiveVideoFrom", params)["code"], -1, "no offer is open any more");
    assert_eq!(
        stage.request("bob", "prepareReceiveVideoFrom", json!({"sender": stream, "reconnect": false}))["code"],
        -1
    );
    assert!(
        stage.request("bob", "prepareReceiveVideoFrom", json!({"sender": stream, "reconnect": true}))["sdpOffer"]
            .is_string()
    );
}

#[test]
fn a_stream_of_one_half_is_offered_with_one_section() {
    let stage = Stage::default();
    stage.join("s", "alice", "PUBLISHER");
    stage.join("s", "bob", "PUBLISHER");
    let result = stage.request("alice", "publishVideo", json!({
        "sdpOffer": sdp_text::offer(true, false, "sendonly"), "doLoopback": false, "hasAudio": true, "hasVideo": false,
    }));
    let stream = result["id"].as_str().unwrap().to_owned();
    assert!(stream.starts_with("str_MIC_"), "{stream}");
    let told = stage.take("bob");
    let shown = &told.last().unwrap()["params"]["streams"][0];
    assert_eq!((&shown["hasVideo"], &shown["audioActive"]), (&json!(false), &json!(true)));
    assert!(shown.get("typeOfVideo").is_none(), "what the publisher did not say is not said");
    let offer = stage.request("bob", "prepareReceiveVideoFrom", json!({"sender": stream, "reconnect": false}));
    assert_eq!(sdp_text::kinds(offer["sdpOffer"].as_str().unwrap()), ["audio"]);
}

#[test]
fn a_client_offer_is_answered_and_may_be_renewed_only_by_reconnecting() {
    let stage = Stage::default();
    let stream = two(&stage);
    let params = json!({"sender": stream, "sdpOffer": sdp_text::offer(true, true, "recvonly")});
    assert!(
        stage.request("bob", "receiveVideoFrom", params.clone())["sdpAnswer"].as_str().unwrap().contains("a=sendonly")
    );
    assert_eq!(stage.request("bob", "receiveVideoFrom", params.clone())["code"], -1);
    let again = json!({"stream": stream, "sdpOffer": params["sdpOffer"]});
    assert!(stage.request("bob", "reconnectStream", again)["sdpAnswer"].is_string());
    let owner = stream.rsplit("con_").next().unwrap();
    let owner = format!("con_{owner}");
    assert_eq!(stage.request("bob", "unsubscribeFromVideo", json!({"sender": owner})).get("code"), None);
    assert!(stage.request("bob", "receiveVideoFrom", params)["sdpAnswer"].is_string());
}

#[test]
fn requests_are_answered_in_order_and_pings_overtake_them() {
    let stage = Stage::default();
    stage.join("s", "alice", "PUBLISHER");
    stage.take("alice");
    for id in 50..80 {
        stage.send("alice", &json!({"id": id, "method": "echo", "params": {}}));
    }
    let ids: Vec<_> = stage.take("alice").iter().map(|frame| frame["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, (50..80).collect::<Vec<_>>());
}

#[test]
fn the_answer_to_a_ping_has_no_rpc_session_and_every_other_result_has() {
    let stage = Stage::default();
    stage.open("a");
    stage.send("a", &json!({"id": 0, "method": "ping", "params": {"interval": 5000}}));
    assert_eq!(stage.take_one("a"), json!({"id": 0, "result": {"value": "pong"}, "jsonrpc": "2.0"}));
    let joined = stage.join("s", "b", "PUBLISHER");
    let session = joined["sessionId"].as_str().unwrap().to_owned();
    assert_eq!(stage.request("b", "echo", json!({})), json!({"sessionId": session}));
    assert_eq!(stage.request("b", "videoData", json!({"height": 1, "width": 1})), json!({"sessionId": session}));
}

#[test]
fn a_client_that_stops_pinging_is_closed_and_ten_seconds_later_gone() {
    let stage = Stage::default();
    two(&stage);
    stage.send("alice", &json!({"id": 90, "method": "ping", "params": {"interval": 5000}}));
    stage.take("alice");
    stage.pass(Duration::from_millis(14_900));
    assert_eq!(stage.closed("alice"), None);
    stage.pass(Duration::from_millis(200));
    assert_eq!(stage.closed("alice"), Some((1000, "Close for not receive ping from client".into())));
    stage.lose("alice");
    assert_eq!(stage.take("bob"), Vec::<Value>::new());
    stage.pass(Duration::from_secs(10));
    let told = stage.take("bob");
    assert_eq!(methods(&told), ["participantLeft", "participantEvicted"]);
    assert_eq!(told[0]["params"]["reason"], "networkDisconnect");
    assert!(stage.finished("alice"));
}

#[test]
fn what_happens_while_a_client_is_away_is_told_when_it_is_back() {
    let stage = Stage::default();
    let stream = two(&stage);
    let session = stage.request("bob", "echo", json!({}))["sessionId"].as_str().unwrap().to_owned();
    stage.lose("bob");
    stage.pass(Duration::from_secs(9));
    stage.request(
        "alice",
        "sendMessage",
        json!({"message": json!({"to": [], "data": "hi", "type": "signal:x"}).to_string()}),
    );
    stage.open("bob");
    stage.send("bob", &json!({"id": 7, "method": "connect", "params": {"sessionId": session, "reconnect": true}}));
    let told = stage.take("bob");
    assert_eq!(methods(&told), ["reply", "sendMessage"]);
    assert_eq!(told[0]["result"], json!({"value": "reconnection successful", "sessionId": session}));
    stage.pass(Duration::from_secs(9));
    assert_eq!(stage.room("s").unwrap().participants.len(), 2, "it is not missed any more");
    assert!(
        stage.request("bob", "prepareReceiveVideoFrom", json!({"sender": stream, "reconnect": true}))["sdpOffer"]
            .is_string()
    );
}

#[test]
fn an_rpc_session_that_is_nobodys_or_is_over_is_refused() {
    let stage = Stage::default();
    let session = stage.join("s", "alice", "PUBLISHER")["sessionId"].as_str().unwrap().to_owned();
    stage.lose("alice");
    stage.pass(Duration::from_secs(11));
    for session in [session.as_str(), "unknown", ""] {
        stage.open("late");
        stage.send("late", &json!({"id": 3, "method": "connect", "params": {"sessionId": session, "reconnect": true}}));
        let frame = stage.take_one("late");
        assert_eq!((&frame["id"], &frame["error"]["code"]), (&json!(3), &json!(40007)), "{frame}");
        assert_eq!(frame["error"]["message"], "reconnection error", "SDKs compare nothing, but this is what was sent");
    }
}

#[test]
fn a_client_does_not_take_over_anothers_session_once_it_has_its_own() {
    let stage = Stage::default();
    let session = stage.join("s", "alice", "PUBLISHER")["sessionId"].clone();
    stage.join("s", "mallory", "PUBLISHER");
    stage.take("mallory");
    let answer = stage.request("mallory", "connect", json!({"sessionId": session}));
    assert_eq!(answer["code"], 40007);
    assert!(stage.request("alice", "echo", json!({})).get("code").is_none());
}

#[test]
fn close_session_ends_at_once_without_the_wait() {
    let stage = Stage::default();
    two(&stage);
    assert_eq!(stage.request("alice", "closeSession", json!({}))["value"], "bye");
    assert_eq!(stage.closed("alice"), Some((1000, String::new())));
    assert!(stage.finished("alice"));
    assert_eq!(methods(&stage.take("bob")), ["participantLeft"]);
}

#[test]
fn after_leaving_only_echo_and_a_new_join_are_answered_and_the_socket_closes() {
    let stage = Stage::default();
    two(&stage);
    assert!(stage.request("alice", "leaveRoom", json!({}))["sessionId"].is_string());
    assert!(stage.request("alice", "echo", json!({})).get("code").is_none());
    assert_eq!(stage.request("alice", "unpublishVideo", json!({}))["code"], 102);
    assert_eq!(stage.request("alice", "leaveRoom", json!({}))["code"], 102);
    stage.pass(Duration::from_secs(10));
    assert_eq!(stage.closed("alice"), Some((1000, String::new())));
    assert!(stage.finished("alice"));
}

#[test]
fn a_second_join_on_one_socket_takes_the_first_participants_place() {
    let stage = Stage::default();
    two(&stage);
    let token = stage.token("s", "PUBLISHER", "");
    let joined = stage.request(
        "alice",
        "joinRoom",
        json!({
            "token": token, "session": "s", "platform": "p", "sdkVersion": "2.32.1", "metadata": "", "secret": "",
        }),
    );
    assert_eq!(joined["value"].as_array().unwrap().len(), 1, "bob alone: {joined}");
    assert_eq!(stage.room("s").unwrap().participants.len(), 2);
}

#[test]
fn a_forced_codec_that_the_offer_lacks_is_error_800_and_one_may_try_again() {
    let stage = Stage::default();
    let port = stage.port();
    let body = json!({"customSessionId": "vp8", "forcedVideoCodec": "VP8"});
    crate::door::futures_lite(crate::rest_calls::json_call(port, "POST", "/openvidu/api/sessions", Some(&body)));
    stage.join("vp8", "alice", "PUBLISHER");
    let publish = |codec: &str| json!({"sdpOffer": sdp_text::offer_with(true, true, "sendonly", codec), "doLoopback": false, "hasAudio": true, "hasVideo": true});
    assert_eq!(stage.request("alice", "publishVideo", publish("AV1"))["code"], 800);
    assert!(stage.request("alice", "publishVideo", publish("VP8"))["id"].is_string());
}

#[test]
fn the_end_of_the_server_is_told_in_v2s_words() {
    let stage = Stage::default();
    stage.join("s", "alice", "PUBLISHER");
    stage.take("alice");
    stage.shut_down("alice");
    let told = stage.take_one("alice");
    assert_eq!(told["method"], "participantEvicted");
    assert_eq!(told["params"]["reason"], "openviduServerStopped");
    assert!(stage.finished("alice"));
}

#[test]
fn a_rooms_end_is_told_with_each_reasons_word() {
    let cases = [
        (LeaveReason::RoomClosedByApi, "sessionClosedByServer"),
        (LeaveReason::ServerFailure, "nodeCrashed"),
        (LeaveReason::ServerShutdown, "openviduServerStopped"),
    ];
    for (reason, word) in cases {
        let stage = Stage::default();
        stage.join("s", "alice", "PUBLISHER");
        stage.take("alice");
        stage.ask("s", RoomCommand::Close { reason }).unwrap();
        let told = stage.take_one("alice");
        assert_eq!((&told["method"], &told["params"]["reason"]), (&json!("participantEvicted"), &json!(word)));
    }
}

#[test]
fn a_changed_role_is_told_to_the_client_itself_and_counts_at_once() {
    let stage = Stage::default();
    stage.join("s", "alice", "PUBLISHER");
    stage.join("s", "bob", "PUBLISHER");
    stage.take("alice");
    let room = stage.room("s").unwrap();
    let alice = room.participants[0].id;
    let permissions = Some(Permissions { publish: false, ..Permissions::publisher() });
    let update = Box::new(ParticipantUpdate { permissions, ..ParticipantUpdate::default() });
    stage.ask("s", RoomCommand::UpdateParticipant { participant: Some(alice), update }).unwrap();
    let told = stage.take_one("alice");
    assert_eq!(told["method"], "connectionPropertyChanged");
    assert_eq!(told["params"], json!({"property": "role", "newValue": "SUBSCRIBER"}));
    let refused = stage.request("alice", "publishVideo", json!({"sdpOffer": "x"}));
    assert_eq!(refused["code"], 401);
}

#[test]
fn a_signals_type_always_has_its_prefix() {
    let stage = Stage::default();
    stage.join("s", "alice", "PUBLISHER");
    stage.take("alice");
    for (sent, told) in [
        (json!("chat"), json!("signal:chat")),
        (json!("signal:chat"), json!("signal:chat")),
        (json!("signal"), json!("signal")),
    ] {
        stage.request("alice", "sendMessage", json!({"message": json!({"type": sent, "data": 5}).to_string()}));
        let frame = stage.take_one("alice");
        assert_eq!(frame["params"]["type"], told);
        assert_eq!(frame["params"]["data"], "5", "what is no text becomes text");
    }
    stage.request("alice", "sendMessage", json!({"message": "{}"}));
    assert_eq!(stage.take_one("alice")["params"].as_object().unwrap().len(), 1, "only from whom");
}

#[test]
fn a_publisher_that_renews_its_connection_keeps_its_stream_and_nobody_is_told() {
    let stage = Stage::default();
    let stream = two(&stage);
    let offer = sdp_text::offer(true, true, "sendonly");
    for key in ["sdpString", "sdpOffer"] {
        let renewed = stage.request("alice", "reconnectStream", json!({"stream": stream, key: offer}));
        assert_eq!(renewed["id"], stream, "{renewed}");
        assert!(renewed["sdpAnswer"].is_string() && renewed["createdAt"].is_number());
    }
    assert!(stage.take("bob").is_empty());
}
