//! PATCH of a connection: role and record, pending and active, and who is told of what.
use crate::rest_calls::json_call;
use crate::sdp_text;
use crate::stage::Stage;
use serde_json::{Value, json};

async fn patch(stage: &Stage, session: &str, connection: &str, body: Value) -> Value {
    let path = format!("/openvidu/api/sessions/{session}/connection/{connection}");
    let answer = json_call(stage.port(), "PATCH", &path, Some(&body)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let shown = json_call(stage.port(), "GET", &path, None).await.json();
    assert_eq!(answer.json(), shown, "the answer is the connection as it is now");
    shown
}

fn publish(stage: &Stage, name: &str) -> Value {
    let offer = sdp_text::offer(true, true, "sendonly");
    let params = json!({"sdpOffer": offer, "doLoopback": false, "hasAudio": true, "hasVideo": true});
    stage.request(name, "publishVideo", params)
}

#[actix_web::test]
async fn a_pending_connection_joins_with_the_role_that_it_was_changed_to() {
    let stage = Stage::default();
    let url = stage.token("s", "PUBLISHER", "of the server");
    let listed = json_call(stage.port(), "GET", "/openvidu/api/sessions/s/connection", None).await.json();
    let before = listed["content"][0].clone();
    let id = before["connectionId"].as_str().unwrap();
    let after = patch(&stage, "s", id, json!({"role": "SUBSCRIBER", "record": false, "data": "ignored"})).await;
    assert_eq!(
        (&after["role"], &after["record"], &after["status"]),
        (&json!("SUBSCRIBER"), &json!(false), &json!("pending"))
    );
    for key in before.as_object().unwrap().keys().filter(|key| !["role", "record"].contains(&key.as_str())) {
        assert_eq!(before[key], after[key], "{key} stays");
    }
    stage.open("alice");
    let params =
        json!({"token": url, "session": "s", "platform": "", "metadata": "", "secret": "", "sdkVersion": "2.32.1"});
    let joined = stage.request("alice", "joinRoom", params);
    assert_eq!((&joined["role"], &joined["record"], &joined["id"]), (&json!("SUBSCRIBER"), &json!(false), &json!(id)));
    assert_eq!(publish(&stage, "alice")["code"], 401);
}

#[actix_web::test]
async fn an_active_connection_is_told_of_each_property_that_really_changes() {
    let stage = Stage::default();
    let alice = stage.join("s", "alice", "PUBLISHER")["id"].as_str().unwrap().to_owned();
    stage.join("s", "bob", "PUBLISHER");
    let stream = stage.publish("alice");
    stage.take("alice");
    stage.take("bob");
    let cases = [
        (json!({}), vec![]),
        (json!({"role": null, "record": null}), vec![]),
        (json!({"role": "PUBLISHER", "record": true}), vec![]),
        (json!({"role": "MODERATOR"}), vec![("role", "MODERATOR")]),
        (json!({"record": false}), vec![("record", "false")]),
        (json!({"role": "SUBSCRIBER", "record": true}), vec![("record", "true"), ("role", "SUBSCRIBER")]),
    ];
    for (body, told) in cases {
        patch(&stage, "s", &alice, body.clone()).await;
        let frames = stage.take("alice");
        let got: Vec<_> = frames.iter().map(|frame| (frame["method"].as_str().unwrap(), &frame["params"])).collect();
        let told: Vec<_> = told
            .into_iter()
            .map(|(property, value)| ("connectionPropertyChanged", json!({"property": property, "newValue": value})))
            .collect();
        assert_eq!(got, told.iter().map(|(method, params)| (*method, params)).collect::<Vec<_>>(), "{body}");
        assert!(stage.take("bob").is_empty(), "nobody else is told: {body}");
    }
    let shown =
        json_call(stage.port(), "GET", &format!("/openvidu/api/sessions/s/connection/{alice}"), None).await.json();
    assert_eq!(shown["publishers"][0]["streamId"], stream.as_str(), "what was published goes on");
    stage.request("alice", "unpublishVideo", json!({}));
    assert_eq!(publish(&stage, "alice")["code"], 401, "and cannot be published again");
    patch(&stage, "s", &alice, json!({"role": "PUBLISHER"})).await;
    assert!(publish(&stage, "alice")["id"].is_string());
}

#[actix_web::test]
async fn a_moderator_by_change_may_force_others_at_once() {
    let stage = Stage::default();
    let alice = stage.join("s", "alice", "SUBSCRIBER")["id"].as_str().unwrap().to_owned();
    let bob = stage.join("s", "bob", "PUBLISHER")["id"].as_str().unwrap().to_owned();
    let force = json!({"connectionId": bob});
    assert_eq!(stage.request("alice", "forceDisconnect", force.clone())["code"], 401);
    patch(&stage, "s", &alice, json!({"role": "MODERATOR"})).await;
    assert!(stage.request("alice", "forceDisconnect", force).get("code").is_none());
}

#[actix_web::test]
async fn a_participant_of_the_other_protocol_changes_its_role_and_not_whether_it_is_recorded() {
    let stage = Stage::default();
    stage.token("s", "PUBLISHER", "");
    stage.foreign_join("s", "Lin", "");
    let listed = json_call(stage.port(), "GET", "/openvidu/api/sessions/s", None).await.json();
    let id = listed["connections"]["content"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(patch(&stage, "s", &id, json!({"role": "SUBSCRIBER"})).await["role"], "SUBSCRIBER");
    assert!(!stage.room("s").unwrap().participants[0].permissions.publish);
    let path = format!("/openvidu/api/sessions/s/connection/{id}");
    let answer = json_call(stage.port(), "PATCH", &path, Some(&json!({"record": false}))).await;
    assert_eq!(answer.status, 400, "{answer:?}");
}

#[actix_web::test]
async fn who_came_with_the_secret_has_no_role_to_change() {
    let stage = Stage::default();
    stage.token("s", "PUBLISHER", "");
    stage.open("admin");
    let params = json!({"token": "", "session": "s", "platform": "", "metadata": "", "secret": crate::stage::SECRET});
    let id = stage.request("admin", "joinRoom", params)["id"].as_str().unwrap().to_owned();
    let path = format!("/openvidu/api/sessions/s/connection/{id}");
    let answer = json_call(stage.port(), "PATCH", &path, Some(&json!({"role": "MODERATOR"}))).await;
    assert_eq!(answer.status, 400, "{answer:?}");
}

#[actix_web::test]
async fn details_of_endpoints_are_shown_where_they_are_asked_for() {
    let stage = Stage::default();
    let alice = stage.join("s", "alice", "PUBLISHER")["id"].as_str().unwrap().to_owned();
    let bob = stage.join("s", "bob", "PUBLISHER")["id"].as_str().unwrap().to_owned();
    let stream = stage.publish("alice");
    stage.request(
        "bob",
        "receiveVideoFrom",
        json!({"sender": stream, "sdpOffer": sdp_text::offer(true, true, "recvonly")}),
    );
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    for (query, more) in [("", 0), ("?webRtcStats=false", 0), ("?webRtcStats=true", 8)] {
        let get = async |path: String| json_call(stage.port(), "GET", &path, None).await.json();
        let session = get(format!("/openvidu/api/sessions/s{query}")).await;
        let one = get(format!("/openvidu/api/sessions/s/connection/{alice}{query}")).await;
        let publisher = &one["publishers"][0];
        assert_eq!(keys(publisher).len(), 3 + more, "{publisher}");
        let found = session["connections"]["content"].as_array().unwrap();
        let subscriber = &found.iter().find(|one| one["id"] == bob.as_str()).unwrap()["subscribers"][0];
        assert_eq!(keys(subscriber).len(), 2 + more, "{subscriber}");
        if more > 0 {
            assert_eq!(publisher["webrtcEndpointName"], stream.as_str());
            assert_eq!(subscriber["webrtcEndpointName"], format!("{bob}_{stream}"));
        }
    }
}
