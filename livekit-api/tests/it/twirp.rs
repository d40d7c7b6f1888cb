//! The server API over HTTP: protobuf and JSON, permissions, errors, refusals.
use crate::harness::{claims, config, find, sign};
use crate::port::HallPort;
use crate::text::{Section, add, description, microphone, offer};
use actix_web::http::{Method, StatusCode};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, web};
use livekit_api::token::{Claims, SipGrant, VideoGrant};
use livekit_api::{LiveKitConfig, LiveKitPort, configure};
use livekit_protocol as proto;
use prost::Message;
use proto::signal_request::Message as Request;
use proto::signal_response::Message as Response;
use serde_json::{Value, json};
use std::sync::Arc;

/// A token with all grants for the room `hall`.
pub fn admin() -> String {
    let video = VideoGrant {
        room_create: true,
        room_list: true,
        room_admin: true,
        room_join: true,
        room_record: true,
        ingress_admin: true,
        room: "hall".to_owned(),
        destination_room: "annex".to_owned(),
        ..VideoGrant::default()
    };
    let sip = Some(SipGrant { admin: true, call: true });
    sign(&Claims { video: Some(video), sip, ..claims("hall", "admin") })
}

pub struct Answer {
    pub status: StatusCode,
    pub kind: String,
    pub body: web::Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {:?}", self.body))
    }
}

pub async fn send(port: &Arc<HallPort>, request: TestRequest) -> Answer {
    let port: Arc<dyn LiveKitPort> = port.clone();
    let app = init_service(App::new().configure(|cfg| configure(cfg, port))).await;
    let response = call_service(&app, request.to_request()).await;
    let status = response.status();
    let kind = response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
    Answer { status, kind: kind.unwrap_or_default(), body: read_body(response).await }
}

async fn call(port: &Arc<HallPort>, method: &str, token: &str, body: Value) -> Answer {
    let request = TestRequest::post()
        .uri(&format!("/twirp/livekit.{method}"))
        .insert_header(("Authorization", format!("Bearer {token}")))
        .insert_header(("Content-Type", "application/json"))
        .set_payload(body.to_string());
    send(port, request).await
}

pub async fn room_service(port: &Arc<HallPort>, method: &str, body: Value) -> Answer {
    call(port, &format!("RoomService/{method}"), &admin(), body).await
}

#[actix_web::test]
async fn rooms_are_made_listed_described_and_ended() {
    let port = HallPort::new();
    assert_eq!(room_service(&port, "ListRooms", json!({})).await.json(), json!({ "rooms": [] }));
    let made =
        room_service(&port, "CreateRoom", json!({ "name": "hall", "emptyTimeout": 60, "max_participants": "5" })).await;
    assert_eq!((made.status, made.kind.as_str()), (StatusCode::OK, "application/json"));
    let room = made.json();
    let expected = json!({
        "sid": room["sid"], "name": "hall", "empty_timeout": 60, "departure_timeout": 20, "max_participants": 5,
        "creation_time": "1800000000", "creation_time_ms": "1800000000000", "turn_password": "",
        "enabled_codecs": [
            { "mime": "video/VP8", "fmtp_line": "" }, { "mime": "video/H264", "fmtp_line": "" },
            { "mime": "audio/opus", "fmtp_line": "" }, { "mime": "audio/red", "fmtp_line": "" },
        ],
        "metadata": "", "num_participants": 0, "num_publishers": 0, "active_recording": false, "version": null,
    });
    assert_eq!(room, expected);
    let again = room_service(&port, "CreateRoom", json!({ "name": "hall", "metadata": "new" })).await.json();
    assert_eq!((&again["sid"], &again["metadata"], &again["empty_timeout"]), (&room["sid"], &json!("new"), &json!(60)));
    let wider = json!({ "name": "hall", "max_participants": 9, "emptyTimeout": 90, "departureTimeout": 30 });
    let again = room_service(&port, "CreateRoom", wider).await.json();
    let shown = |room: &Value, field: &str| room[field].clone();
    let expected = [("sid", room["sid"].clone()), ("max_participants", json!(9)), ("empty_timeout", json!(90))];
    for (field, value) in expected.into_iter().chain([("departure_timeout", json!(30)), ("metadata", json!("new"))]) {
        assert_eq!(shown(&again, field), value, "{field} of a room that exists");
    }
    let told = room_service(&port, "UpdateRoomMetadata", json!({ "room": "hall", "metadata": "newer" })).await.json();
    assert_eq!(told["metadata"], "newer");
    assert_eq!(room_service(&port, "ListRooms", json!({ "names": ["other"] })).await.json(), json!({ "rooms": [] }));
    assert_eq!(room_service(&port, "DeleteRoom", json!({ "room": "hall" })).await.json(), json!({}));
    let gone = room_service(&port, "DeleteRoom", json!({ "room": "hall" })).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert_eq!(gone.json(), json!({ "code": "not_found", "msg": "requested room does not exist" }));
}

#[actix_web::test]
async fn participants_are_shown_changed_muted_and_put_out() {
    let port = HallPort::new();
    let (anna, sid) = {
        let mut hall = port.hall.lock().unwrap();
        let anna = hall.join_v0("anna", "");
        hall.request(anna, add(microphone("mic")));
        hall.request(anna, Request::Offer(description("offer", offer(&[Section::Data, Section::Audio("mic")]), 1)));
        let sid = find(&hall.take(anna), |response| match response {
            Response::TrackPublished(published) => published.track.as_ref().map(|track| track.sid.clone()),
            _ => None,
        });
        (anna, sid)
    };
    let listed = room_service(&port, "ListParticipants", json!({ "room": "hall" })).await.json();
    let shown = &listed["participants"][0];
    assert_eq!(
        (&shown["identity"], &shown["state"], &shown["kind"]),
        (&json!("anna"), &json!("JOINED"), &json!("STANDARD"))
    );
    assert_eq!((&shown["joined_at"], &shown["is_publisher"]), (&json!("1800000000"), &json!(true)));
    assert_eq!(shown["permission"]["can_publish_data"], json!(false));
    let track = &shown["tracks"][0];
    assert_eq!((&track["sid"], &track["type"], &track["source"]), (&json!(sid), &json!("AUDIO"), &json!("MICROPHONE")));
    assert_eq!((&track["version"], &track["encryption"], &track["layers"]), (&Value::Null, &json!("NONE"), &json!([])));
    let one = room_service(&port, "GetParticipant", json!({ "room": "hall", "identity": "anna" })).await.json();
    assert_eq!(&one, shown);

    let muted = room_service(
        &port,
        "MutePublishedTrack",
        json!({ "room": "hall", "identity": "anna", "trackSid": sid, "muted": true }),
    )
    .await;
    assert_eq!(muted.json()["track"]["muted"], json!(true));
    let unmute =
        room_service(&port, "MutePublishedTrack", json!({ "room": "hall", "identity": "anna", "track_sid": sid }))
            .await;
    assert_eq!(unmute.status, StatusCode::PRECONDITION_FAILED);
    let unknown = json!({ "room": "hall", "identity": "anna", "track_sid": "TR_AMAAAAAAAAAB", "muted": true });
    assert_eq!(room_service(&port, "MutePublishedTrack", unknown).await.json()["code"], "not_found");

    let change = json!({
        "room": "hall", "identity": "anna", "name": "Anna", "attributes": { "a": "b" },
        "permission": { "can_subscribe": true },
    });
    let changed = room_service(&port, "UpdateParticipant", change).await.json();
    assert_eq!((&changed["name"], &changed["attributes"]["a"]), (&json!("Anna"), &json!("b")));
    let permission = &changed["permission"];
    assert_eq!((&permission["can_subscribe"], &permission["can_publish"]), (&json!(true), &json!(false)));

    let subscribe = json!({ "room": "hall", "identity": "anna", "trackSids": ["TR_x"], "subscribe": true });
    assert_eq!(room_service(&port, "UpdateSubscriptions", subscribe).await.json(), json!({}));

    assert_eq!(
        room_service(&port, "RemoveParticipant", json!({ "room": "hall", "identity": "anna" })).await.json(),
        json!({})
    );
    assert!(port.hall.lock().unwrap().seen(anna).finished);
    for method in
        ["GetParticipant", "RemoveParticipant", "MutePublishedTrack", "UpdateParticipant", "UpdateSubscriptions"]
    {
        let missing = room_service(&port, method, json!({ "room": "hall", "identity": "anna" })).await;
        let expected = json!({ "code": "not_found", "msg": "participant does not exist" });
        assert_eq!((missing.status, missing.json()), (StatusCode::NOT_FOUND, expected), "{method}");
    }
}

#[actix_web::test]
async fn protobuf_is_answered_by_protobuf_and_errors_always_by_json() {
    let port = HallPort::new();
    let post = |method: &str, kind: &str, body: Vec<u8>| {
        TestRequest::post()
            .uri(&format!("/twirp/livekit.RoomService/{method}"))
            .insert_header(("Authorization", format!("Bearer {}", admin())))
            .insert_header(("Content-Type", kind.to_owned()))
            .set_payload(body)
    };
    let request = proto::CreateRoomRequest { name: "hall".to_owned(), ..Default::default() }.encode_to_vec();
    let made = send(&port, post("CreateRoom", "application/protobuf", request)).await;
    assert_eq!((made.status, made.kind.as_str()), (StatusCode::OK, "application/protobuf"));
    assert_eq!(proto::Room::decode(made.body).unwrap().name, "hall");
    let json = send(&port, post("ListRooms", "application/json; charset=utf-8", b"{}".to_vec())).await;
    assert_eq!((json.status, json.kind.as_str()), (StatusCode::OK, "application/json"));
    for (kind, body) in [
        ("application/json", "{"),
        ("application/json", ""),
        ("application/json", "[]"),
        ("application/protobuf", "\u{ff}rubbish"),
    ] {
        let bad = send(&port, post("ListRooms", kind, body.as_bytes().to_vec())).await;
        assert_eq!((bad.status, bad.kind.as_str()), (StatusCode::BAD_REQUEST, "application/json"), "{kind} {body}");
        assert_eq!(bad.json()["code"], "malformed");
    }
    let text = send(&port, post("ListRooms", "text/plain", b"{}".to_vec())).await;
    assert_eq!((text.status, text.json()["code"].clone()), (StatusCode::NOT_FOUND, json!("bad_route")));
    assert!(text.json()["msg"].as_str().unwrap().contains("text/plain"));
    let unknown = send(&port, post("NoSuchMethod", "application/json", b"{}".to_vec())).await;
    assert_eq!((unknown.status, unknown.json()["code"].clone()), (StatusCode::NOT_FOUND, json!("bad_route")));
    assert!(unknown.json()["meta"]["twirp_invalid_route"].is_string());
    let big = send(&port, post("ListRooms", "application/json", vec![b' '; (10 << 20) + 1])).await;
    assert_eq!(big.status, StatusCode::PAYLOAD_TOO_LARGE);
    let get = send(&port, TestRequest::get().uri("/twirp/livekit.RoomService/ListRooms")).await;
    assert_eq!((get.status, get.json()["code"].clone()), (StatusCode::NOT_FOUND, json!("bad_route")));
    for path in ["/twirp/livekit.Replay/ListReplays", "/twirp/x", "/twirp/a/b/c"] {
        let stranger = send(&port, TestRequest::post().uri(path)).await;
        assert_eq!(
            (stranger.status, &stranger.body[..]),
            (StatusCode::NOT_FOUND, &b"404 page not found\n"[..]),
            "{path}"
        );
    }
}

#[actix_web::test]
async fn nobody_does_what_the_token_does_not_grant() {
    let port = HallPort::new();
    let denied = json!({ "code": "unauthenticated", "msg": "permissions denied" });
    let joiner = sign(&claims("hall", "anna"));
    let other = sign(&Claims {
        video: Some(VideoGrant { room_admin: true, room: "other".to_owned(), ..VideoGrant::default() }),
        ..claims("hall", "anna")
    });
    let methods = [
        "RoomService/CreateRoom",
        "RoomService/ListRooms",
        "RoomService/DeleteRoom",
        "RoomService/ListParticipants",
        "RoomService/GetParticipant",
        "RoomService/RemoveParticipant",
        "RoomService/MutePublishedTrack",
        "RoomService/UpdateParticipant",
        "RoomService/UpdateSubscriptions",
        "RoomService/SendData",
        "RoomService/UpdateRoomMetadata",
        "RoomService/PerformRpc",
        "RoomService/ForwardParticipant",
        "RoomService/MoveParticipant",
        "Ingress/CreateIngress",
        "Ingress/ListIngress",
        "Egress/ListEgress",
        "SIP/ListSIPTrunk",
        "SIP/CreateSIPParticipant",
        "AgentDispatchService/ListDispatch",
    ];
    for method in methods {
        for token in [&joiner, &other] {
            let answer = call(&port, method, token, json!({ "room": "hall", "name": "hall" })).await;
            assert_eq!((answer.status, answer.json()), (StatusCode::UNAUTHORIZED, denied.clone()), "{method}");
        }
        let request = TestRequest::post()
            .uri(&format!("/twirp/livekit.{method}"))
            .insert_header(("Content-Type", "application/json"))
            .set_payload("{}");
        assert_eq!(send(&port, request).await.json(), denied, "{method} without a token");
    }
    let broken = call(&port, "RoomService/ListRooms", "x.y.z", json!({})).await;
    assert_eq!(broken.status, StatusCode::UNAUTHORIZED);
    assert!(broken.body.starts_with(b"invalid authorization token"));
}

#[actix_web::test]
async fn refused_and_unbuilt_calls_are_answered_501_with_the_reason() {
    let port = HallPort::new();
    let cases = [
        ("RoomService/SendData", ("dataMessages", "VIA-0101")),
        ("RoomService/PerformRpc", ("dataMessages", "VIA-0101")),
        ("Ingress/CreateIngress", ("ingress", "VIA-0102")),
        ("Ingress/UpdateIngress", ("ingress", "VIA-0102")),
        ("Ingress/ListIngress", ("ingress", "VIA-0102")),
        ("Ingress/DeleteIngress", ("ingress", "VIA-0102")),
        ("RoomService/ForwardParticipant", ("participantForwarding", "VIA-0206")),
        ("Egress/StartRoomCompositeEgress", ("egress", "VIA-0201")),
        ("SIP/CreateSIPParticipant", ("sip", "VIA-0202")),
        ("AgentDispatchService/CreateDispatch", ("agentDispatch", "VIA-0203")),
        ("Connector/ConnectTwilioCall", ("connector", "VIA-0204")),
        ("PhoneNumberService/ListPhoneNumbers", ("phoneNumbers", "VIA-0205")),
    ];
    for (method, (key, code)) in cases {
        let body = json!({ "room": "hall", "destination_room": "annex" });
        let answer = call(&port, method, &admin(), body).await;
        let body = answer.json();
        assert_eq!(
            (answer.status, answer.kind.as_str()),
            (StatusCode::NOT_IMPLEMENTED, "application/json"),
            "{method}"
        );
        assert_eq!(body["code"], "unimplemented", "{method}");
        assert_eq!((&body["meta"]["capability"], &body["meta"]["code"]), (&json!(key), &json!(code)), "{method}");
        assert!(body["msg"].as_str().unwrap().contains(code), "{method}");
    }
    let wishes = [
        ("egress", json!({}), StatusCode::NOT_IMPLEMENTED),
        ("agents", json!([{ "agentName": "a" }]), StatusCode::NOT_IMPLEMENTED),
        ("min_playout_delay", json!(100), StatusCode::NOT_IMPLEMENTED),
        ("maxPlayoutDelay", json!(100), StatusCode::NOT_IMPLEMENTED),
        ("replay_enabled", json!(true), StatusCode::NOT_IMPLEMENTED),
        ("roomPreset", json!("p"), StatusCode::BAD_REQUEST),
        ("nodeId", json!("ND_elsewhere"), StatusCode::BAD_REQUEST),
        ("metadata", json!("m".repeat(512 * 1024 + 1)), StatusCode::BAD_REQUEST),
        ("tags", json!({ "a": "b" }), StatusCode::OK),
    ];
    for (field, value, status) in wishes {
        let answer = room_service(&port, "CreateRoom", json!({ "name": "hall", field: value })).await;
        assert_eq!(answer.status, status, "{field}");
    }
}

#[actix_web::test]
async fn whip_is_refused_after_the_token_is_checked() {
    let port = HallPort::new();
    let post = |token: Option<String>| {
        let request = TestRequest::post().uri("/whip/v1").insert_header(("Content-Type", "application/sdp"));
        match token {
            Some(token) => request.insert_header(("Authorization", format!("Bearer {token}"))),
            None => request,
        }
    };
    assert_eq!(send(&port, post(None)).await.status, StatusCode::UNAUTHORIZED);
    let refused = send(&port, post(Some(sign(&claims("hall", "anna"))))).await;
    assert_eq!((refused.status, refused.kind.as_str()), (StatusCode::NOT_IMPLEMENTED, "application/json"));
    assert!(refused.json()["error"].as_str().unwrap().contains("VIA-0102"));
    assert_eq!(send(&port, TestRequest::get().uri("/whip/v1")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(
        send(&port, TestRequest::default().method(Method::OPTIONS).uri("/whip/v1")).await.status,
        StatusCode::OK
    );
}

#[actix_web::test]
async fn validate_says_success_or_why_not() {
    let port = HallPort::new();
    let get = |path: &str, token: &str| TestRequest::get().uri(&format!("{path}?access_token={token}"));
    let good = sign(&claims("hall", "anna"));
    let answer = send(&port, get("/rtc/validate", &good)).await;
    assert_eq!((answer.status, &answer.body[..]), (StatusCode::OK, &b"success"[..]));
    let missing = send(&port, get("/rtc/v1/validate", &good)).await;
    assert_eq!((missing.status, &missing.body[..]), (StatusCode::BAD_REQUEST, &b"join_request is required"[..]));
    let none = send(&port, TestRequest::get().uri("/rtc/validate")).await;
    assert_eq!((none.status, &none.body[..]), (StatusCode::UNAUTHORIZED, &b"no permissions to access the room"[..]));
    let wishes = [
        (json!({ "agents": [{ "agentName": "a" }] }), 200),
        (json!({ "egress": {} }), 200),
        (json!({ "maxPlayoutDelay": 100 }), 200),
        (json!({ "emptyTimeout": "soon" }), 400),
        (json!({ "emptyTimeout": 7, "tags": { "a": "b" } }), 200),
    ];
    for (room_config, status) in wishes {
        let wishing = sign(&Claims { room_config: Some(room_config.clone()), ..claims("hall", "anna") });
        assert_eq!(send(&port, get("/rtc/validate", &wishing)).await.status.as_u16(), status, "{room_config}");
    }
    let preset = sign(&Claims { room_preset: "p".to_owned(), ..claims("hall", "anna") });
    assert_eq!(send(&port, get("/rtc/validate", &preset)).await.status, StatusCode::BAD_REQUEST);
    let mut strict = config();
    strict.room.auto_create = false;
    let port = HallPort::with(LiveKitConfig { ..strict });
    let absent = send(&port, get("/rtc/validate", &good)).await;
    assert_eq!((absent.status, &absent.body[..]), (StatusCode::NOT_FOUND, &b"requested room does not exist"[..]));
}

#[actix_web::test]
async fn a_full_room_is_told_before_the_socket_opens() {
    let mut small = config();
    small.room.max_participants = 1;
    let port = HallPort::with(small);
    port.hall.lock().unwrap().join_v0("anna", "");
    let agent = Claims { kind: "agent".to_owned(), ..claims("hall", "helper") };
    let wishing = Claims { room_config: Some(json!({ "egress": {} })), ..claims("hall", "anna") };
    let cases = [
        (claims("hall", "ben"), StatusCode::TOO_MANY_REQUESTS, "limit reached: the room is full"),
        (claims("hall", "anna"), StatusCode::OK, "success"),
        (agent, StatusCode::OK, "success"),
        (wishing, StatusCode::OK, "success"),
    ];
    for (claims, status, text) in cases {
        let path = format!("/rtc/validate?access_token={}", sign(&claims));
        let answer = send(&port, TestRequest::get().uri(&path)).await;
        assert_eq!((answer.status, &answer.body[..]), (status, text.as_bytes()), "{}", claims.sub);
    }
}

#[actix_web::test]
async fn a_preflight_is_answered() {
    let port = HallPort::new();
    let request = TestRequest::default()
        .method(Method::OPTIONS)
        .uri("/twirp/livekit.RoomService/ListRooms")
        .insert_header(("Origin", "https://app.example"))
        .insert_header(("Access-Control-Request-Method", "POST"));
    assert_eq!(send(&port, request).await.status, StatusCode::NO_CONTENT);
}
