//! Data messages under the profile that has them: between LiveKit clients, and to and from v2's signals.
//!
//! Guards against: a message that reaches the wrong people or its own sender; a sender that says it is somebody else; a
//! message that only one of the two worlds sees; one that is dropped in silence; one that a returning client never gets.
use crate::harness::cast::{Client, ROOM};
use crate::harness::{Kind, World};
use livekit_protocol as proto;
use prost::Message;
use proto::data_packet::Value;
use serde_json::json;
use sfu_core::capability::Profile;
use sfu_core::room::{RoomCommand, Signal};

fn world(title: &str, seed: u64) -> World {
    World::with_profile(title, seed, Profile::Full)
}

fn user(topic: &str, text: &str) -> proto::DataPacket {
    let topic = (!topic.is_empty()).then(|| topic.to_owned());
    let user = proto::UserPacket { topic, payload: text.as_bytes().to_vec(), ..Default::default() };
    proto::DataPacket { value: Some(Value::User(user)), ..Default::default() }
}

/// What came to a LiveKit client: `channel sender topic text`, and `viaduct.error …` for notices.
fn heard(world: &mut World, who: Client) -> Vec<String> {
    let packets = std::mem::take(&mut world.livekit(who).packets);
    let line = |(channel, packet): (String, proto::DataPacket)| match packet.value {
        Some(Value::User(user)) => {
            let text = String::from_utf8_lossy(&user.payload).into_owned();
            format!("{channel} {} {} {text}", packet.participant_identity, user.topic.unwrap_or_default())
        }
        other => format!("{channel} {} {other:?}", packet.participant_identity),
    };
    packets.into_iter().map(line).collect()
}

fn signals(world: &mut World, who: Client) -> Vec<(Option<String>, String, String)> {
    let signals = std::mem::take(&mut world.v2(who).signals);
    signals.into_iter().map(|(from, kind, data)| (from, kind.unwrap_or_default(), data.unwrap_or_default())).collect()
}

#[test]
fn a_message_to_all_reaches_every_other_livekit_client_on_the_channel_it_came_by() {
    for (first, second) in [(Kind::LiveKitTwo, Kind::LiveKitOne), (Kind::LiveKitOne, Kind::LiveKitTwo)] {
        let mut world = world("a data message to all", 61);
        let alice = world.enter(first, "alice");
        let bob = world.enter(second, "bob");
        let carol = world.enter(Kind::LiveKitTwo, "carol");
        world.publish(alice, &[crate::harness::Source::Microphone]);
        for channel in ["_reliable", "_lossy"] {
            world.send_packet(alice, channel, &user("chat", "hello"));
            for who in [bob, carol] {
                assert_eq!(heard(&mut world, who), [format!("{channel} alice chat hello")]);
            }
            assert!(heard(&mut world, alice).is_empty(), "nothing comes back");
        }
    }
}

#[test]
fn nobody_speaks_in_the_name_of_another() {
    let mut world = world("a forged sender", 62);
    let alice = world.enter(Kind::LiveKitTwo, "alice");
    let bob = world.enter(Kind::LiveKitTwo, "bob");
    world.publish(alice, &[crate::harness::Source::Microphone]);
    let bobs_sid = world.livekit(bob).me().sid.clone();
    let mut packet = user("", "hello");
    packet.participant_identity = "bob".to_owned();
    packet.participant_sid.clone_from(&bobs_sid);
    #[expect(deprecated, reason = "older SDKs write the deprecated fields")]
    if let Some(Value::User(user)) = &mut packet.value {
        user.participant_identity = "bob".to_owned();
        user.participant_sid = bobs_sid;
    }
    world.send_packet(alice, "_reliable", &packet);
    let sid = world.livekit(alice).me().sid.clone();
    let came = &world.livekit(bob).packets[0].1;
    assert_eq!((came.participant_identity.as_str(), &came.participant_sid), ("alice", &sid));
    let Some(Value::User(user)) = &came.value else { panic!("a user packet") };
    #[expect(deprecated, reason = "older SDKs read the deprecated fields")]
    let (identity, sid_inside) = (&user.participant_identity, &user.participant_sid);
    assert_eq!((identity.as_str(), sid_inside), ("alice", &sid));
}

#[test]
fn a_message_to_some_reaches_only_them_by_identity_or_by_sid() {
    let mut world = world("a data message to some", 63);
    let alice = world.enter(Kind::LiveKitTwo, "alice");
    let bob = world.enter(Kind::LiveKitTwo, "bob");
    let carol = world.enter(Kind::LiveKitOne, "carol");
    let dave = world.enter(Kind::V2, "dave");
    world.publish(alice, &[crate::harness::Source::Microphone]);
    let to_bob = proto::DataPacket { destination_identities: vec!["bob".to_owned()], ..user("", "one") };
    world.send_packet(alice, "_reliable", &to_bob);
    let mut by_sid = user("", "two");
    let sid = world.livekit(carol).me().sid.clone();
    #[expect(deprecated, reason = "older SDKs name receivers by sid")]
    if let Some(Value::User(user)) = &mut by_sid.value {
        user.destination_sids = vec![sid];
    }
    world.send_packet(alice, "_reliable", &by_sid);
    let to_nobody = proto::DataPacket { destination_identities: vec!["nobody".to_owned()], ..user("", "three") };
    world.send_packet(alice, "_reliable", &to_nobody);
    assert_eq!(heard(&mut world, bob), ["_reliable alice  one"]);
    assert_eq!(heard(&mut world, carol), ["_reliable alice  two"]);
    assert!(heard(&mut world, alice).is_empty() && signals(&mut world, dave).is_empty());
}

#[test]
fn every_kind_of_packet_goes_through_and_an_agents_transcription_alone() {
    let mut world = world("all kinds of packets", 64);
    let alice = world.enter(Kind::LiveKitTwo, "alice");
    let agent = world.enter_livekit(crate::harness::livekit::Generation::Two, "agent", json!({ "kind": "agent" }));
    let bob = world.enter(Kind::LiveKitOne, "bob");
    for who in [alice, agent] {
        world.publish(who, &[crate::harness::Source::Microphone]);
    }
    let values = [
        Value::SipDtmf(proto::SipDtmf::default()),
        Value::ChatMessage(proto::ChatMessage::default()),
        Value::RpcRequest(proto::RpcRequest::default()),
        Value::RpcAck(proto::RpcAck::default()),
        Value::RpcResponse(proto::RpcResponse::default()),
        Value::StreamHeader(proto::data_stream::Header::default()),
        Value::StreamChunk(proto::data_stream::Chunk::default()),
        Value::StreamTrailer(proto::data_stream::Trailer::default()),
        Value::EncryptedPacket(proto::EncryptedPacket::default()),
    ];
    for value in values {
        world.send_packet(alice, "_reliable", &proto::DataPacket { value: Some(value.clone()), ..Default::default() });
        let came = std::mem::take(&mut world.livekit(bob).packets);
        assert_eq!(came.len(), 1, "{value:?}");
        assert_eq!((came[0].1.participant_identity.as_str(), &came[0].1.value), ("alice", &Some(value)));
    }
    world.livekit(bob).packets.clear();
    let words = || Value::Transcription(proto::Transcription::default());
    let packet = || proto::DataPacket { value: Some(words()), ..Default::default() };
    world.send_packet(alice, "_reliable", &packet());
    assert!(world.livekit(bob).packets.is_empty());
    assert!(heard(&mut world, alice)[0].contains("only agents"), "its sender is told");
    world.send_packet(agent, "_reliable", &packet());
    assert_eq!(world.livekit(bob).packets.len(), 1);
    world.livekit(bob).packets.clear();
    let chat = Value::ChatMessage(proto::ChatMessage::default());
    let for_alice =
        proto::DataPacket { participant_identity: "alice".to_owned(), value: Some(chat), ..Default::default() };
    world.send_packet(agent, "_reliable", &for_alice);
    let came = &world.livekit(bob).packets[0].1;
    assert_eq!(came.participant_identity, "alice", "an agent speaks for another");
    assert!(matches!(&came.value, Some(Value::ChatMessage(chat)) if chat.generated));
}

#[test]
fn who_may_not_send_data_is_told_so_and_nobody_hears_it() {
    let mut world = world("no permission to send data", 65);
    let claims = json!({ "video": { "canPublishData": false } });
    let alice = world.enter_livekit(crate::harness::livekit::Generation::Two, "alice", claims);
    let bob = world.enter(Kind::LiveKitTwo, "bob");
    world.publish(alice, &[crate::harness::Source::Microphone]);
    world.send_packet(alice, "_reliable", &user("chat", "hello"));
    let told = heard(&mut world, alice);
    assert!(told.len() == 1 && told[0].contains("viaduct.error") && told[0].contains("NOT_ALLOWED"), "{told:?}");
    let call = proto::RpcRequest { id: "call-1".to_owned(), ..Default::default() };
    let packet = proto::DataPacket { value: Some(Value::RpcRequest(call)), ..Default::default() };
    world.send_packet(alice, "_reliable", &packet);
    let told = heard(&mut world, alice);
    assert!(told.iter().any(|line| line.contains("1505") && line.contains("call-1")), "{told:?}");
    assert!(world.livekit(bob).packets.is_empty());
}

#[test]
fn what_is_too_long_is_answered_by_a_notice() {
    let mut world = world("too long a data message", 66);
    let alice = world.enter(Kind::LiveKitTwo, "alice");
    let bob = world.enter(Kind::LiveKitTwo, "bob");
    world.publish(alice, &[crate::harness::Source::Microphone]);
    world.send_packet(alice, "_reliable", &user("", &"x".repeat(64_001)));
    assert!(heard(&mut world, alice)[0].contains("LIMIT_EXCEEDED"));
    world.send_packet(alice, "_reliable", &user("", &"x".repeat(63_900)));
    assert_eq!(world.livekit(bob).packets.len(), 1);
}

#[test]
fn signals_and_data_messages_cross_under_one_name() {
    let mut world = world("signals and data messages", 67);
    let alice = world.enter(Kind::LiveKitTwo, "alice");
    let bob = world.enter(Kind::V2, "bob");
    let carol = world.enter(Kind::LiveKitOne, "carol");
    world.publish(alice, &[crate::harness::Source::Microphone]);
    let bobs = world.v2(bob).connection();

    world.v2(bob).signal(&[], "chat", "hello");
    world.settle();
    for who in [alice, carol] {
        assert_eq!(heard(&mut world, who), [format!("_reliable {bobs} chat hello")]);
    }
    assert_eq!(signals(&mut world, bob).len(), 1, "the sender's own copy");

    let alices = world.v2(bob).connections_of("alice")[0].clone();
    world.send_packet(alice, "_reliable", &user("chat", "hi"));
    let expected = (Some(alices.clone()), "signal:chat".to_owned(), "hi".to_owned());
    assert_eq!(signals(&mut world, bob), [expected]);
    assert_eq!(heard(&mut world, carol), ["_reliable alice chat hi"]);

    world.v2(bob).signal(&[alices], "chat", "psst");
    world.settle();
    assert_eq!(heard(&mut world, alice), [format!("_reliable {bobs} chat psst")]);
    assert!(heard(&mut world, carol).is_empty() && world.v2(bob).errors.is_empty());

    let to_bob = proto::DataPacket { destination_identities: vec![bobs], ..user("", "psst") };
    world.send_packet(alice, "_lossy", &to_bob);
    assert_eq!(signals(&mut world, bob)[0].2, "psst");
    assert!(heard(&mut world, carol).is_empty());

    let user = proto::UserPacket { payload: vec![0xff, 0xfe], ..Default::default() };
    let binary = proto::DataPacket { value: Some(Value::User(user)), ..Default::default() };
    world.send_packet(alice, "_reliable", &binary);
    assert_eq!(signals(&mut world, bob)[0].2, "data:application/octet-stream;base64,//4=");
}

#[test]
fn the_server_api_of_v2_reaches_both_worlds() {
    let mut world = world("a signal of the backend", 68);
    let alice = world.enter(Kind::LiveKitTwo, "alice");
    let bob = world.enter(Kind::V2, "bob");
    let signal = Signal { to: Vec::new(), kind: Some("news".to_owned()), data: Some("all".to_owned()) };
    world.call(ROOM, RoomCommand::Signal(signal)).expect("a signal to all");
    assert_eq!(heard(&mut world, alice), ["_reliable  news all"]);
    assert_eq!(signals(&mut world, bob), [(None, "signal:news".to_owned(), "all".to_owned())]);
}

#[test]
fn an_rpc_call_to_a_v2_client_fails_at_once() {
    let mut world = world("an RPC call to a v2 client", 69);
    let alice = world.enter(Kind::LiveKitTwo, "alice");
    let bob = world.enter(Kind::V2, "bob");
    world.publish(alice, &[crate::harness::Source::Microphone]);
    let call = proto::RpcRequest { id: "call-1".to_owned(), ..Default::default() };
    let destination_identities = vec![world.v2(bob).connection()];
    let packet =
        proto::DataPacket { destination_identities, value: Some(Value::RpcRequest(call)), ..Default::default() };
    world.send_packet(alice, "_reliable", &packet);
    let told = heard(&mut world, alice);
    assert!(told.iter().any(|line| line.contains("1400") && line.contains("call-1")), "{told:?}");
}

#[test]
fn a_number_that_came_already_is_not_passed_on_again() {
    let mut world = world("numbered messages", 70);
    let alice = world.enter(Kind::LiveKitTwo, "alice");
    let bob = world.enter(Kind::LiveKitTwo, "bob");
    world.publish(alice, &[crate::harness::Source::Microphone]);
    for (sequence, text) in [(1, "one"), (2, "two"), (2, "two"), (1, "one"), (3, "three")] {
        world.send_packet(alice, "_reliable", &proto::DataPacket { sequence, ..user("", text) });
    }
    let sequences: Vec<_> = world.livekit(bob).packets.iter().map(|(_, packet)| packet.sequence).collect();
    assert_eq!(sequences, [1, 2, 3]);
}

#[test]
fn a_returning_client_is_sent_what_it_missed_and_its_own_last_number() {
    let mut world = world("data messages after a resume", 71);
    let alice = world.enter(Kind::LiveKitTwo, "alice");
    let bob = world.enter(Kind::LiveKitTwo, "bob");
    let carol = world.enter(Kind::LiveKitTwo, "carol");
    for who in [alice, bob, carol] {
        world.publish(who, &[crate::harness::Source::Microphone]);
    }
    for sequence in 1..=3 {
        world.send_packet(alice, "_reliable", &proto::DataPacket { sequence, ..user("", "a") });
    }
    world.send_packet(carol, "_reliable", &proto::DataPacket { sequence: 1, ..user("", "c") });
    world.send_packet(bob, "_reliable", &proto::DataPacket { sequence: 9, ..user("", "b") });
    let private = proto::DataPacket { destination_identities: vec!["carol".to_owned()], sequence: 4, ..user("", "p") };
    world.send_packet(alice, "_reliable", &private);
    world.livekit(bob).packets.clear();
    let publisher_sid = world.livekit(alice).me().sid.clone();
    let state = proto::SyncState {
        datachannel_receive_states: vec![proto::DataChannelReceiveState { publisher_sid, last_seq: 2 }],
        ..Default::default()
    };
    world.cut(bob);
    world.come_back(bob);
    world.livekit(bob).packets.clear();
    world.livekit(bob).request(proto::signal_request::Message::SyncState(state));
    world.settle();
    let came: Vec<_> = world
        .livekit(bob)
        .packets
        .iter()
        .map(|(_, packet)| (packet.participant_identity.clone(), packet.sequence))
        .collect();
    assert_eq!(came, [("alice".to_owned(), 3), ("carol".to_owned(), 1)]);
    let reconnect = world.livekit(bob).came.iter().find_map(|message| match message {
        proto::signal_response::Message::Reconnect(reconnect) => Some(reconnect.last_message_seq),
        _ => None,
    });
    assert_eq!(reconnect, Some(9));
}

#[test]
fn a_channel_of_the_applications_own_is_relayed_as_it_is() {
    let mut world = world("an application's own channel", 72);
    let alice = world.enter(Kind::LiveKitTwo, "alice");
    let bob = world.enter(Kind::LiveKitTwo, "bob");
    world.publish(alice, &[crate::harness::Source::Microphone]);
    world.send_raw(alice, "mine", user("", "x").encode_to_vec());
    assert_eq!(heard(&mut world, bob), ["mine   x"]);
}
