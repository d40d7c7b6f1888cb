//! Features that the profile refuses: every one of them, on every surface that this harness reaches, gets an explicit
//! answer to the very message that asked for it.
//!
//! Guards against: a message dropped in silence; a refusal without its stable code; a new row of the table that no
//! surface was taught; a join that breaks because something is refused.
use crate::harness::cast::{Client, ROOM};
use crate::harness::livekit::Generation;
use crate::harness::{Kind, Source, World};
use livekit_protocol as proto;
use prost::Message;
use proto::data_packet::Value;
use proto::request_response::{Reason, Request as Echo};
use proto::signal_request::Message as Request;
use proto::signal_response::Message as Response;
use serde_json::json;
use sfu_core::capability::{ApiOperation, FEATURES, Feature, Profile, Refusal, Support, require};
use sfu_core::room::{DataMessage, RoomCommand};
use std::time::Duration;

/// Shows that a feature is refused on its surfaces in this room.
fn ask_for(feature: Feature, world: &mut World, alice: Client, bob: Client) {
    match feature {
        Feature::DataMessages => {
            packets_are_answered_by_a_notice(world, alice);
            rpc_is_answered_by_its_error(world, alice);
            data_tracks_are_not_allowed(world, alice);
            the_api_is_refused(world);
            signals_to_others_are_refused(world, alice, bob);
        }
        Feature::Ingress => {
            for operation in [ApiOperation::Ingress, ApiOperation::Whip] {
                assert_eq!(operation.feature(), Feature::Ingress);
            }
        }
        Feature::Dynacast => a_backup_codec_is_refused(world, alice),
        Feature::SpeakerDetection => speakers_are_refused_and_never_told(world, alice),
    }
}

fn packet(value: Value) -> proto::DataPacket {
    proto::DataPacket { value: Some(value), ..proto::DataPacket::default() }
}

fn packets_are_answered_by_a_notice(world: &mut World, alice: Client) {
    let code = Feature::DataMessages.row().code;
    let user = Value::User(proto::UserPacket { payload: b"hello".to_vec(), ..proto::UserPacket::default() });
    let header = proto::data_stream::Header { topic: "lk.chat".to_owned(), ..Default::default() };
    for value in [user, Value::StreamHeader(header), Value::ChatMessage(proto::ChatMessage::default())] {
        for label in ["_reliable", "_lossy"] {
            world.wait(Duration::from_secs(2));
            world.livekit(alice).packets.clear();
            world.send_packet(alice, label, &packet(value.clone()));
            let packets = std::mem::take(&mut world.livekit(alice).packets);
            assert_eq!(packets.len(), 1, "one notice for {value:?} on {label}");
            let (channel, notice) = &packets[0];
            assert_eq!(channel, "_reliable");
            let Some(Value::User(notice)) = &notice.value else { panic!("a user packet: {notice:?}") };
            let text: serde_json::Value = serde_json::from_slice(&notice.payload).expect("JSON");
            assert_eq!((&text["code"], &text["feature"]), (&json!(code), &json!("dataMessages")));
        }
    }
}

fn rpc_is_answered_by_its_error(world: &mut World, alice: Client) {
    let old = Value::RpcRequest(proto::RpcRequest { id: "rpc-1".to_owned(), ..proto::RpcRequest::default() });
    let attributes = [("lk.rpc_request_id".to_owned(), "rpc-1".to_owned())].into();
    let header = proto::data_stream::Header { topic: "lk.rpc_request".to_owned(), attributes, ..Default::default() };
    for value in [old, Value::StreamHeader(header)] {
        world.livekit(alice).packets.clear();
        world.send_packet(alice, "_reliable", &packet(value));
        let packets = std::mem::take(&mut world.livekit(alice).packets);
        let answer = packets.iter().find_map(|(_, packet)| match &packet.value {
            Some(Value::RpcResponse(response)) => Some(response.clone()),
            _ => None,
        });
        let answer = answer.unwrap_or_else(|| panic!("an answer among {packets:?}"));
        assert_eq!(answer.request_id, "rpc-1");
        let Some(proto::rpc_response::Value::Error(error)) = answer.value else { panic!("an error") };
        assert_eq!(error.code, 1403);
        assert!(error.message.contains(Feature::DataMessages.row().code), "{}", error.message);
    }
}

fn data_tracks_are_not_allowed(world: &mut World, alice: Client) {
    let request = proto::PublishDataTrackRequest { pub_handle: 3, ..Default::default() };
    let response = answer_to(world, alice, Request::PublishDataTrackRequest(request.clone()));
    assert_eq!(response.reason(), Reason::NotAllowed);
    assert!(response.message.contains(Feature::DataMessages.row().code), "{}", response.message);
    assert_eq!(response.request, Some(Echo::PublishDataTrack(request)));
    let response = answer_to(world, alice, Request::UpdateDataSubscription(Default::default()));
    assert_eq!(response.reason(), Reason::NotAllowed);
}

/// The answer that comes to a request within the same poll.
fn answer_to(world: &mut World, alice: Client, request: Request) -> proto::RequestResponse {
    let before = world.livekit(alice).responses().count();
    world.livekit(alice).request(request);
    world.settle();
    let answers: Vec<_> = world.livekit(alice).responses().skip(before).cloned().collect();
    assert_eq!(answers.len(), 1, "one answer: {answers:?}");
    answers[0].clone()
}

fn the_api_is_refused(world: &mut World) {
    let message = DataMessage { to_all: true, wire: b"hi".to_vec(), ..DataMessage::default() };
    let refused = world.call(ROOM, RoomCommand::SendData(Box::new(message))).err();
    assert_eq!(refused, Some(Refusal::NotSupported(Feature::DataMessages)));
    for operation in [ApiOperation::SendData, ApiOperation::PerformRpc] {
        let refused = require(world.profile(), operation.feature());
        assert_eq!(refused, Err(Refusal::NotSupported(Feature::DataMessages)));
    }
}

fn signals_to_others_are_refused(world: &mut World, alice: Client, bob: Client) {
    let name = world.livekit(alice).name.clone();
    let target = world.v2(bob).connections_of(&name);
    world.v2(bob).signal(&target[..1], "chat", "hello");
    world.settle();
    let (_, code, message) = world.v2(bob).errors.pop().expect("an error");
    assert_eq!(code, 601);
    assert!(message.contains(Feature::DataMessages.row().code), "{message}");
}

fn a_backup_codec_is_refused(world: &mut World, alice: Client) {
    let sid = world.livekit(alice).published[&Source::Camera].clone();
    let request = proto::AddTrackRequest { sid, cid: "backup".to_owned(), r#type: 1, ..Default::default() };
    let response = answer_to(world, alice, Request::AddTrack(request));
    assert_eq!(response.reason(), Reason::UnsupportedType);
    assert!(response.message.contains(Feature::Dynacast.row().code), "{}", response.message);
    let told = world.livekit(alice).came.iter().any(|message| matches!(message, Response::SubscribedQualityUpdate(_)));
    assert!(!told, "no publisher is told to stop layers");
}

fn speakers_are_refused_and_never_told(world: &mut World, alice: Client) {
    let scenario = proto::simulate_scenario::Scenario::SpeakerUpdate(3);
    let request = Request::Simulate(proto::SimulateScenario { scenario: Some(scenario) });
    let response = answer_to(world, alice, request);
    assert_eq!(response.reason(), Reason::UnsupportedType);
    assert!(response.message.contains(Feature::SpeakerDetection.row().code), "{}", response.message);
    let told = world.livekit(alice).came.iter().any(|message| matches!(message, Response::SpeakersChanged(_)));
    assert!(!told);
}

#[test]
fn every_refused_feature_is_answered_on_every_surface() {
    for generation in [Generation::Two, Generation::One] {
        for profile in Profile::ALL {
            for row in FEATURES {
                let title = format!("{} is asked for under {profile} over {generation:?}", row.key);
                let mut world = World::with_profile(&title, 45, profile);
                let alice = world.enter_livekit(generation, "alice", json!({}));
                let bob = world.enter(Kind::V2, "bob");
                world.publish(alice, &[Source::Microphone, Source::Camera]);
                if row.support(profile) == Support::Refused {
                    ask_for(row.feature, &mut world, alice, bob);
                }
                assert_eq!(world.playing(bob), ["alice camera", "alice microphone"], "the call goes on");
                assert!(world.livekit(alice).leave.is_none() && world.is_online(alice));
            }
        }
    }
}

#[test]
fn a_client_is_told_at_once_what_is_refused() {
    let mut world = World::new("refused features are flagged", 46);
    let alice = world.enter(Kind::LiveKitTwo, "alice");
    let keys: Vec<_> = FEATURES.iter().filter(|row| row.mediasoup == Support::Refused).map(|row| row.key).collect();
    assert_eq!(world.livekit(alice).me().attributes["viaduct.unsupported"], keys.join(","));
    let join = world.livekit(alice).join.clone().expect("joined");
    let info = join.server_info.expect("server info").debug_info;
    assert!(keys.iter().all(|key| info.contains(key)), "{info}");
}

#[test]
fn garbage_on_a_data_channel_is_answered_too() {
    let mut world = World::new("garbage on a data channel", 47);
    let alice = world.enter(Kind::LiveKitTwo, "alice");
    world.publish(alice, &[Source::Microphone]);
    world.send_raw(alice, "_reliable", vec![0xff; 40]);
    assert_eq!(world.livekit(alice).packets.len(), 1, "a notice");
    for _ in 0..50 {
        world.send_raw(alice, "_reliable", proto::DataPacket::default().encode_to_vec());
    }
    assert_eq!(world.livekit(alice).packets.len(), 1, "notices are limited to one a second");
    assert!(world.is_online(alice));
}
