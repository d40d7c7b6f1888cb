//! What clients are told of the paths that media takes: how good they are, and that one broke.
use crate::sdp_text;
use crate::stage::Stage;
use serde_json::{Value, json};
use sfu_core::id::TransportId;
use sfu_core::media::{FailureCause, MediaCommand, MediaEvent, TransportStats};
use std::time::Duration;

/// Alice publishes, Bob is there, perhaps with an SDK that names no version.
fn two(stage: &Stage, bobs_version: Option<&str>) -> String {
    stage.join("s", "alice", "PUBLISHER");
    let mut params = json!({
        "token": stage.token("s", "SUBSCRIBER", ""), "session": "s", "platform": "p", "metadata": "", "secret": "",
    });
    if let Some(version) = bobs_version {
        params["sdkVersion"] = json!(version);
    }
    stage.open("bob");
    stage.request("bob", "joinRoom", params);
    let stream = stage.publish("alice");
    stage.take("alice");
    stage.take("bob");
    stream
}

fn opened(stage: &Stage) -> Vec<TransportId> {
    let commands = stage.world().media.clone();
    let opened = commands.iter().filter_map(|command| match command {
        MediaCommand::OpenTransport(params) => Some(params.transport),
        _ => None,
    });
    opened.collect()
}

#[test]
fn a_receiver_whose_connection_broke_is_offered_a_new_one() {
    let stage = Stage::default();
    let stream = two(&stage, Some("2.32.1"));
    let offer = stage.request("bob", "prepareReceiveVideoFrom", json!({"sender": stream, "reconnect": false}));
    let answer = sdp_text::answer(offer["sdpOffer"].as_str().unwrap());
    stage.request("bob", "receiveVideoFrom", json!({"sender": stream, "sdpAnswer": answer}));
    let transport = *opened(&stage).last().unwrap();
    stage.media_event("s", MediaEvent::TransportClosed { transport, cause: FailureCause::Internal });
    let told = stage.take_one("bob");
    assert_eq!(told["method"], "forciblyReconnectSubscriber");
    let params = told["params"].as_object().unwrap();
    assert_eq!(params.keys().collect::<Vec<_>>(), ["connectionId", "sdpOffer", "streamId"]);
    assert_eq!(
        (&params["streamId"], stream.ends_with(params["connectionId"].as_str().unwrap())),
        (&json!(stream), true)
    );
    let offer = params["sdpOffer"].as_str().unwrap();
    assert_eq!(sdp_text::kinds(offer), ["audio", "video"]);
    let answer = json!({"stream": stream, "sdpString": sdp_text::answer(offer), "forciblyReconnect": true});
    let taken = stage.request("bob", "reconnectStream", answer);
    assert!(taken.get("code").is_none() && taken.get("sdpAnswer").is_none(), "{taken}");
    assert!(stage.take("alice").is_empty() && stage.take("bob").is_empty(), "nobody else is told");
    let transport = *opened(&stage).last().unwrap();
    stage.media_event("s", MediaEvent::TransportClosed { transport, cause: FailureCause::ClosedByPeer });
    assert!(stage.take("bob").is_empty(), "what the client closed itself is not offered again");
}

#[test]
fn a_receiver_that_offers_itself_is_left_to_its_own_checks() {
    let stage = Stage::default();
    let stream = two(&stage, None);
    let offer = json!({"sender": stream, "sdpOffer": sdp_text::offer(true, true, "recvonly")});
    assert!(stage.request("bob", "receiveVideoFrom", offer)["sdpAnswer"].is_string());
    let transport = *opened(&stage).last().unwrap();
    stage.media_event("s", MediaEvent::TransportClosed { transport, cause: FailureCause::Internal });
    assert!(stage.take("bob").is_empty());
    let again = json!({"stream": stream, "sdpOffer": sdp_text::offer(true, true, "recvonly")});
    assert!(stage.request("bob", "reconnectStream", again)["sdpAnswer"].is_string(), "and may start over");
}

/// The counters of the publisher's Transport, after an interval.
fn measure(stage: &Stage, transport: TransportId, received: u64, lost: u64) {
    stage.world().media.clear();
    stage.pass(Duration::from_secs(5));
    let asked =
        stage.world().media.iter().any(|command| matches!(command, MediaCommand::ReportStats(of) if *of == transport));
    assert!(asked, "the worker is asked");
    let stats = TransportStats {
        packets_received: received,
        bytes_received: received * 1_000,
        packets_lost_in: lost,
        ..TransportStats::new(transport)
    };
    stage.media_event("s", MediaEvent::Stats(Box::new(stats)));
}

#[test]
fn everybody_is_told_how_good_a_publishers_path_is_when_that_changes() {
    let stage = Stage::with(|config| config.network_quality = Some(Duration::from_secs(5)));
    let stream = two(&stage, Some("2.32.1"));
    let owner = format!("con_{}", stream.rsplit("con_").next().unwrap());
    let transport = opened(&stage)[0];
    let level = |new: u8, old: Option<u8>| {
        let mut params = json!({"connectionId": owner, "newValue": new});
        if let Some(old) = old {
            params["oldValue"] = json!(old);
        }
        json!({"method": "networkQualityLevelChanged", "params": params, "jsonrpc": "2.0"})
    };
    let both = |stage: &Stage, expected: &[Value]| {
        assert_eq!(stage.take("alice"), expected, "the publisher itself");
        assert_eq!(stage.take("bob"), expected);
    };
    measure(&stage, transport, 0, 0);
    both(&stage, &[]);
    measure(&stage, transport, 1_000, 0);
    both(&stage, &[level(5, None)]);
    measure(&stage, transport, 2_000, 0);
    both(&stage, &[]);
    measure(&stage, transport, 3_000, 333);
    both(&stage, &[level(1, Some(5))]);
    stage.join("s", "carol", "SUBSCRIBER");
    stage.take("alice");
    stage.take("bob");
    stage.take("carol");
    measure(&stage, transport, 4_000, 666);
    both(&stage, &[]);
    assert_eq!(stage.take("carol"), [level(1, None)], "a newcomer hears of the present level once");
    stage.media_event("s", MediaEvent::TransportDisconnected(transport));
    both(&stage, &[level(0, Some(1))]);
}

#[test]
fn without_the_setting_nothing_is_measured() {
    let stage = Stage::default();
    two(&stage, Some("2.32.1"));
    stage.world().media.clear();
    stage.pass(Duration::from_secs(600));
    assert!(stage.world().media.iter().all(|command| !matches!(command, MediaCommand::ReportStats(_))));
    assert!(stage.take("bob").is_empty());
}

#[test]
fn a_native_app_that_leaves_out_what_sdks_say_is_served() {
    let stage = Stage::default();
    let stream = two(&stage, None);
    let offer = stage.request("bob", "prepareReceiveVideoFrom", json!({"sender": stream}));
    assert!(offer["sdpOffer"].is_string(), "{offer}");
    let session = offer["sessionId"].as_str().unwrap().to_owned();
    stage.lose("bob");
    stage.open("bob");
    stage.send("bob", &json!({"id": 900, "method": "connect", "params": {"sessionId": session}}));
    assert_eq!(stage.take_one("bob")["result"]["value"], "reconnection successful", "without `reconnect`, too");
}

#[test]
fn a_virtual_background_is_the_clients_own_work_and_other_filters_are_refused() {
    let stage = Stage::default();
    let body = json!({"kurentoOptions": {"allowedFilters": ["GStreamerFilter"]}});
    crate::door::futures_lite(crate::rest_calls::json_call(
        stage.port(),
        "POST",
        "/openvidu/api/sessions",
        Some(&json!({"customSessionId": "s"})),
    ));
    let token = crate::door::futures_lite(crate::rest_calls::token(stage.port(), "s", &body));
    stage.open("alice");
    stage.request(
        "alice",
        "joinRoom",
        json!({
            "token": token, "session": "s", "platform": "p", "sdkVersion": "2.32.1", "metadata": "", "secret": "",
        }),
    );
    let publish = |filter: Value| {
        json!({"sdpOffer": sdp_text::offer(true, true, "sendonly"), "doLoopback": false, "hasAudio": true,
               "hasVideo": true, "filter": filter})
    };
    assert_eq!(stage.request("alice", "publishVideo", publish(json!({"type": "GStreamerFilter"})))["code"], 406);
    let published = stage.request("alice", "publishVideo", publish(json!({"type": "VB:blur", "options": {}})));
    let stream = published["id"].as_str().unwrap().to_owned();
    for (kind, code) in [("GStreamerFilter", Some(405)), ("ChromaFilter", Some(401)), ("VB:image", None)] {
        let answer = stage.request("alice", "applyFilter", json!({"streamId": stream, "type": kind, "options": "{}"}));
        assert_eq!(answer.get("code").and_then(Value::as_i64), code, "{kind}: {answer}");
    }
}
