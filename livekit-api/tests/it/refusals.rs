//! What is refused, on each surface: always an explicit answer, at once.
use crate::harness::{Hall, find, names};
use crate::text::{add, camera};
use livekit_protocol as proto;
use prost::Message;
use proto::data_packet::Value;
use proto::request_response::{Reason, Request as Echo};
use proto::signal_request::Message as Request;
use proto::signal_response::Message as Response;
use sfu_core::capability::Feature;
use sfu_core::media::MediaCommand;
use std::time::Duration;

fn response_to(request: Request) -> proto::RequestResponse {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    hall.take(anna);
    let what = format!("{request:?}");
    hall.request(anna, request);
    let told = hall.take(anna);
    let [Response::RequestResponse(response)] = told.as_slice() else { panic!("{what}: {:?}", names(&told)) };
    response.clone()
}

#[test]
fn every_refused_request_has_its_answer() {
    let data_track = proto::PublishDataTrackRequest { pub_handle: 1, name: "d".to_owned(), ..Default::default() };
    let unpublish = proto::UnpublishDataTrackRequest { pub_handle: 1 };
    let mute = proto::MuteTrackRequest { sid: "TR_AMAAAAAAAAAB".to_owned(), muted: true };
    let backup = proto::AddTrackRequest { sid: "TR_VCAAAAAAAAAB".to_owned(), ..camera("c") };
    let data_type = proto::AddTrackRequest { r#type: proto::TrackType::Data.into(), ..camera("c") };
    let metadata = proto::UpdateParticipantMetadata { name: "n".to_owned(), request_id: 3, ..Default::default() };
    let audio = proto::UpdateLocalAudioTrack { track_sid: "TR_x".to_owned(), ..Default::default() };
    let video = proto::UpdateLocalVideoTrack { track_sid: "TR_x".to_owned(), ..Default::default() };
    let speaker = proto::SimulateScenario { scenario: Some(proto::simulate_scenario::Scenario::SpeakerUpdate(3)) };
    let bad_trickle = proto::TrickleRequest { candidate_init: "{".to_owned(), ..Default::default() };
    let bad_candidate =
        proto::TrickleRequest { candidate_init: r#"{"candidate":"candidate:1 x"}"#.to_owned(), ..Default::default() };
    let bad_target = proto::TrickleRequest { target: 9, ..Default::default() };
    let settings = proto::UpdateTrackSettings { track_sids: vec!["nonsense".to_owned()], ..Default::default() };
    let sdp = |text: &str| proto::SessionDescription { sdp: text.to_owned(), ..Default::default() };
    let cases = [
        (
            Request::PublishDataTrackRequest(data_track.clone()),
            0,
            Reason::NotAllowed,
            "VIA-0101",
            Some(Echo::PublishDataTrack(data_track)),
        ),
        (
            Request::UnpublishDataTrackRequest(unpublish),
            0,
            Reason::NotAllowed,
            "VIA-0101",
            Some(Echo::UnpublishDataTrack(unpublish)),
        ),
        (
            Request::UpdateDataSubscription(proto::UpdateDataSubscription::default()),
            0,
            Reason::NotAllowed,
            "VIA-0101",
            None,
        ),
        (
            Request::StoreDataBlobRequest(proto::StoreDataBlobRequest { request_id: 8, blob: None }),
            8,
            Reason::NotAllowed,
            "data blobs",
            None,
        ),
        (
            Request::GetDataBlobRequest(proto::GetDataBlobRequest { request_id: 9, ..Default::default() }),
            9,
            Reason::NotAllowed,
            "data blobs",
            None,
        ),
        (Request::Simulate(speaker), 0, Reason::UnsupportedType, "VIA-0104", None),
        (Request::Simulate(proto::SimulateScenario::default()), 0, Reason::InvalidRequest, "needs a scenario", None),
        (Request::AddTrack(backup.clone()), 0, Reason::UnsupportedType, "VIA-0103", Some(Echo::AddTrack(backup))),
        (
            Request::AddTrack(data_type.clone()),
            0,
            Reason::UnsupportedType,
            "invalid track type",
            Some(Echo::AddTrack(data_type)),
        ),
        (Request::Mute(mute.clone()), 0, Reason::NotFound, "no such track", Some(Echo::Mute(mute))),
        (
            Request::UpdateMetadata(metadata.clone()),
            3,
            Reason::NotAllowed,
            "not allowed",
            Some(Echo::UpdateMetadata(metadata)),
        ),
        (
            Request::UpdateAudioTrack(audio.clone()),
            0,
            Reason::NotFound,
            "no such track",
            Some(Echo::UpdateAudioTrack(audio)),
        ),
        (
            Request::UpdateVideoTrack(video.clone()),
            0,
            Reason::NotFound,
            "no such track",
            Some(Echo::UpdateVideoTrack(video)),
        ),
        (
            Request::Trickle(bad_trickle.clone()),
            0,
            Reason::InvalidRequest,
            "invalid candidate",
            Some(Echo::Trickle(bad_trickle)),
        ),
        (
            Request::Trickle(bad_candidate.clone()),
            0,
            Reason::InvalidRequest,
            "invalid candidate",
            Some(Echo::Trickle(bad_candidate)),
        ),
        (
            Request::Trickle(bad_target.clone()),
            0,
            Reason::InvalidRequest,
            "invalid candidate",
            Some(Echo::Trickle(bad_target)),
        ),
        (Request::TrackSetting(settings), 0, Reason::NotFound, "no such track", None),
        (Request::Offer(sdp("")), 0, Reason::InvalidRequest, "invalid offer", None),
        (Request::Answer(sdp("hello")), 0, Reason::InvalidRequest, "invalid answer", None),
    ];
    for (request, request_id, reason, message, echo) in cases {
        let what = format!("{request:?}");
        let response = response_to(request);
        assert_eq!((response.request_id, response.reason()), (request_id, reason), "{what}: {}", response.message);
        assert!(response.message.contains(message), "{what}: {}", response.message);
        assert_eq!(response.request, echo, "{what}");
    }
}

#[test]
fn publishing_without_the_permission_is_refused_with_the_request_echoed() {
    let mut hall = Hall::new();
    for (identity, publish, sources) in [("anna", Some(false), vec![]), ("ben", None, vec!["microphone".to_owned()])] {
        let mut claims = crate::harness::claims("hall", identity);
        let video = claims.video.as_mut().unwrap();
        (video.can_publish, video.can_publish_sources) = (publish, sources);
        let client = hall.join_with(&claims, "/rtc", "protocol=15");
        hall.take(client);
        hall.request(client, add(camera("cam")));
        let response = find(&hall.take(client), |response| match response {
            Response::RequestResponse(response) => Some(response.clone()),
            _ => None,
        });
        assert_eq!((response.request_id, response.reason()), (0, Reason::NotAllowed), "{identity}");
        assert_eq!(response.request, Some(Echo::AddTrack(camera("cam"))));
    }
}

#[test]
fn rust_of_old_gets_no_request_responses_and_old_protocols_no_success() {
    let mut hall = Hall::new();
    let rust = hall.join_with(&crate::harness::claims("hall", "r"), "/rtc", "protocol=9&sdk=rust&version=0.1.0");
    hall.take(rust);
    hall.request(rust, Request::Mute(proto::MuteTrackRequest::default()));
    assert!(hall.take(rust).is_empty());
    let mut claims = crate::harness::claims("hall", "js");
    claims.video.as_mut().unwrap().can_update_own_metadata = Some(true);
    let js = hall.join_with(&claims, "/rtc", "protocol=14&sdk=js&version=2.4.0");
    hall.take(js);
    let update = proto::UpdateParticipantMetadata { name: "n".to_owned(), request_id: 2, ..Default::default() };
    hall.request(js, Request::UpdateMetadata(update));
    assert!(!names(&hall.take(js)).contains(&"request_response"));
}

/// The packets that the server sent on the client's channels since the last look.
fn packets(hall: &mut Hall) -> Vec<Value> {
    let sent = std::mem::take(&mut hall.media).into_iter().filter_map(|command| match command {
        MediaCommand::SendChannel { label, payload, .. } => {
            assert_eq!(label, "_reliable");
            let packet = proto::DataPacket::decode(payload.as_slice()).unwrap();
            assert!(packet.participant_identity.is_empty(), "from the server");
            packet.value
        }
        _ => None,
    });
    sent.collect()
}

fn packet(value: Value) -> Vec<u8> {
    proto::DataPacket { value: Some(value), ..Default::default() }.encode_to_vec()
}

#[test]
fn a_data_message_goes_nowhere_and_its_sender_is_told_once_a_second() {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    hall.join_v0("ben", "");
    packets(&mut hall);
    let user = Value::User(proto::UserPacket { payload: b"hi".to_vec(), ..Default::default() });
    for _ in 0..3 {
        hall.channel(anna, packet(user.clone()));
    }
    let sent = packets(&mut hall);
    let [Value::User(notice)] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!(notice.topic(), "viaduct.error");
    let body: serde_json::Value = serde_json::from_slice(&notice.payload).unwrap();
    assert_eq!((&body["code"], &body["feature"]), (&"VIA-0101".into(), &"dataMessages".into()));
    hall.pass(Duration::from_secs(1));
    hall.channel(anna, packet(user));
    assert_eq!(packets(&mut hall).len(), 1);
}

#[test]
fn an_rpc_call_is_acknowledged_and_answered_by_an_error() {
    let request = proto::RpcRequest { id: "rpc-1".to_owned(), method: "m".to_owned(), ..Default::default() };
    let header = proto::data_stream::Header {
        topic: "lk.rpc_request".to_owned(),
        attributes: [("lk.rpc_request_id".to_owned(), "rpc-1".to_owned())].into(),
        ..Default::default()
    };
    for value in [Value::RpcRequest(request), Value::StreamHeader(header)] {
        let mut hall = Hall::new();
        let anna = hall.join_v0("anna", "");
        packets(&mut hall);
        hall.channel(anna, packet(value));
        let sent = packets(&mut hall);
        let [Value::RpcAck(ack), Value::RpcResponse(response)] = sent.as_slice() else { panic!("{sent:?}") };
        assert_eq!((ack.request_id.as_str(), response.request_id.as_str()), ("rpc-1", "rpc-1"));
        let Some(proto::rpc_response::Value::Error(error)) = &response.value else { panic!("no error") };
        assert!(error.code == 1403 && error.message.contains("VIA-0101"), "{error:?}");
    }
}

#[test]
fn what_sdks_send_by_themselves_is_swallowed_and_rubbish_is_answered() {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    packets(&mut hall);
    for value in [Value::Metrics(proto::MetricsBatch::default()), Value::RpcAck(proto::RpcAck::default())] {
        hall.channel(anna, packet(value));
        assert!(packets(&mut hall).is_empty());
    }
    hall.channel(anna, vec![0xff; 40]);
    assert_eq!(packets(&mut hall).len(), 1);
}

#[test]
fn every_refusal_for_want_of_a_feature_is_counted_once() {
    let data_track = proto::PublishDataTrackRequest { pub_handle: 1, name: "d".to_owned(), ..Default::default() };
    let speaker = proto::SimulateScenario { scenario: Some(proto::simulate_scenario::Scenario::SpeakerUpdate(3)) };
    let packet = |value| proto::DataPacket { value: Some(value), ..Default::default() }.encode_to_vec();
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    hall.request(anna, Request::PublishDataTrackRequest(data_track));
    hall.request(anna, Request::Simulate(speaker));
    for _ in 0..2 {
        hall.channel(anna, packet(Value::User(proto::UserPacket::default())));
    }
    hall.channel(anna, packet(Value::RpcRequest(proto::RpcRequest::default())));
    hall.channel(anna, packet(Value::Metrics(proto::MetricsBatch::default())));
    let data = Feature::DataMessages;
    assert_eq!(hall.seen(anna).refused, [data, Feature::SpeakerDetection, data, data, data]);
}
