//! Signals between v2 clients, refused data messages, and a face's own channel.
use super::livekit_media::settled;
use super::scene::*;
use crate::capability::{Feature, NotFound, NotNow, Refusal};
use crate::id::ParticipantId;
use crate::media::{MediaCommand, MediaEvent};
use crate::room::*;

fn signal(to: &[ParticipantId]) -> RoomCommand {
    RoomCommand::Signal(Signal { to: to.to_vec(), kind: Some("chat".to_owned()), data: Some("hi".to_owned()) })
}

#[test]
fn a_signal_to_all_goes_to_v2_clients_and_its_sender_has_it_before_the_answer() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    scene.v2_client("bob");
    settled(&mut scene, "livekit");
    let outcome = scene.ask(alice, signal(&[])).done();
    assert_eq!(scene.said(&outcome), ["alice: Signalled from alice", "bob: Signalled from alice", "alice: Done"]);
    let outcome = scene.api(signal(&[])).done();
    assert_eq!(scene.said(&outcome)[0], "alice: Signalled from server");
}

#[test]
fn a_signal_to_some_goes_to_them_alone_and_each_gets_it_once() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    let bob = scene.v2_client("bob");
    let outcome = scene.ask(alice, signal(&[bob.id, bob.id])).done();
    assert_eq!(scene.said(&outcome), ["bob: Signalled from alice", "alice: Done"]);
}

#[test]
fn a_signal_that_one_addressee_cannot_have_goes_to_nobody() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    let bob = scene.v2_client("bob");
    let livekit = settled(&mut scene, "livekit");
    let unknown = ParticipantId::from_number(1).unwrap();
    let refusal = scene.ask(alice, signal(&[bob.id, unknown])).refusal();
    assert_eq!(refusal, Refusal::NotFound(NotFound::Participant));
    let refusal = scene.ask(alice, signal(&[bob.id, livekit.id])).refusal();
    assert_eq!(refusal, Refusal::NotSupported(Feature::DataMessages));
}

#[test]
fn an_api_cannot_signal_to_an_empty_room() {
    let mut scene = Scene::v2();
    assert_eq!(scene.api(signal(&[])).refusal(), Refusal::NotNow(NotNow::RoomEmpty));
}

#[test]
fn data_messages_are_refused_before_anything_else_is_looked_at() {
    let mut scene = Scene::v2();
    let alice = settled(&mut scene, "alice");
    let data = || {
        RoomCommand::SendData(Box::new(DataMessage {
            to: vec!["nobody".to_owned()],
            reliable: true,
            ..DataMessage::default()
        }))
    };
    let expected = Refusal::NotSupported(Feature::DataMessages);
    assert_eq!(scene.ask(alice, data()).refusal(), expected);
    assert_eq!(scene.api(data()).refusal(), expected);
    let stranger = scene.peer("stranger");
    assert_eq!(scene.from(Origin::Peer(stranger), data()).refusal(), expected);
}

#[test]
fn a_channel_message_goes_to_its_own_face_and_a_face_answers_on_its_own_channel() {
    let mut scene = Scene::v2();
    let alice = settled(&mut scene, "alice");
    settled(&mut scene, "bob");
    let transport = scene.transport(alice, TransportRole::Subscriber);
    let label = "_reliable".to_owned();
    let message = MediaEvent::ChannelMessage { transport, label: label.clone(), binary: true, payload: vec![1] };
    let outcome = scene.media(message);
    assert_eq!(scene.said(&outcome), ["alice: ChannelMessage"]);
    let send = |role| RoomCommand::SendChannel { role, label: label.clone(), binary: true, payload: vec![2] };
    let outcome = scene.ask(alice, send(TransportRole::Subscriber)).done();
    let sent =
        |output: &RoomOutput| matches!(output, RoomOutput::Media { command: MediaCommand::SendChannel { .. }, .. });
    assert!(outcome.outputs.iter().any(sent));
    let refusal = scene.ask(alice, send(TransportRole::Publisher)).refusal();
    assert_eq!(refusal, Refusal::NotFound(NotFound::Transport));
}
