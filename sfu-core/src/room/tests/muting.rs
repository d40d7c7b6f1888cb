//! Muting of either kind, and changes of a stream.
use super::client::*;
use super::livekit_media::settled;
use super::scene::*;
use crate::capability::{NotFound, Refusal};
use crate::id::{StreamId, TrackId};
use crate::room::*;
use crate::sdp::MediaKind;

fn mute(participant: Option<Who>, track: TrackId, muted: bool) -> RoomCommand {
    RoomCommand::SetMuted { participant: participant.map(|who| who.id), track, muted }
}

fn change(stream: StreamId, change: StreamChange) -> RoomCommand {
    RoomCommand::ChangeStream { stream, change }
}

fn paused(scene: &Scene) -> bool {
    scene.worker.producers.values().any(|producer| producer.paused)
}

#[test]
fn a_livekit_client_that_mutes_itself_is_not_forwarded_and_everybody_knows() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = settled(&mut scene, "alice");
    settled(&mut scene, "bob");
    let (_, tracks, _) = scene.ask(alice, announce(MediaKind::Audio, TrackSource::Microphone, "mic")).published();
    let only = offer(vec![section("0", MediaKind::Audio, crate::sdp::Direction::SendOnly, "mic")]);
    scene.ask(alice, negotiate(TransportRole::Publisher, only));
    let outcome = scene.ask(alice, mute(None, tracks[0], true)).done();
    assert_eq!(scene.said(&outcome), ["alice: Done", "bob: alice StreamChanged", "alice: alice StreamChanged"]);
    assert!(paused(&scene));
    let again = scene.ask(alice, mute(None, tracks[0], true)).done();
    assert_eq!(scene.said(&again), ["alice: Done"]);
    scene.ask(alice, mute(None, tracks[0], false)).done();
    assert!(!paused(&scene));
    let unknown = TrackId::from_number(1).unwrap();
    assert_eq!(scene.ask(alice, mute(None, unknown, true)).refusal(), Refusal::NotFound(NotFound::Track));
}

#[test]
fn a_track_published_muted_starts_paused() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = settled(&mut scene, "alice");
    let RoomCommand::Publish(mut publish) = announce(MediaKind::Audio, TrackSource::Microphone, "mic") else {
        panic!()
    };
    publish.tracks[0].muted = true;
    scene.ask(alice, RoomCommand::Publish(publish)).published();
    let only = offer(vec![section("0", MediaKind::Audio, crate::sdp::Direction::SendOnly, "mic")]);
    scene.ask(alice, negotiate(TransportRole::Publisher, only));
    assert!(paused(&scene));
}

#[test]
fn a_v2_client_that_mutes_goes_on_sending_and_the_others_are_told_in_its_words() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    let bob = scene.v2_client("bob");
    let stream = scene.ask(alice, v2_publish(sending())).published().0.id;
    let muted = StreamChange { audio_active: Some(false), face_data: "words".to_owned(), ..StreamChange::default() };
    let outcome = scene.ask(alice, change(stream, muted.clone())).done();
    let told = outcome.to(bob);
    let RoomEvent::ParticipantChanged {
        participant,
        change: ParticipantChange::StreamChanged { change: told, .. },
        ..
    } = told[0]
    else {
        panic!()
    };
    assert_eq!(*told, muted);
    assert!(!participant.streams[0].audio_active() && participant.streams[0].video_active());
    assert!(!paused(&scene));
    let size = StreamChange {
        video_size: Some((640, 480)),
        new_stream_face_data: Some("stored".to_owned()),
        ..StreamChange::default()
    };
    scene.ask(alice, change(stream, size)).done();
    let room = scene.ask(bob, RoomCommand::Describe).described();
    let info = room.publisher_of(alice.id, stream).unwrap();
    assert_eq!((info.video.as_ref().unwrap().spec.width, info.spec.face_data.as_str()), (640, "stored"));
    let unknown = StreamId::from_number(1).unwrap();
    let refusal = scene.ask(alice, change(unknown, StreamChange::default())).refusal();
    assert_eq!(refusal, Refusal::NotFound(NotFound::Stream));
}

#[test]
fn who_is_muted_by_an_api_is_told_and_not_forwarded_whatever_its_kind() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    let bob = scene.v2_client("bob");
    let (stream, tracks, _) = scene.ask(alice, v2_publish(sending())).published();
    let outcome = scene.api(mute(Some(alice), tracks[0], true)).done();
    assert_eq!(
        scene.said(&outcome),
        ["api: Done", "alice: MutedByServer(true)", "bob: alice StreamChanged", "alice: alice StreamChanged"]
    );
    assert!(paused(&scene));
    let active = StreamChange { audio_active: Some(true), ..StreamChange::default() };
    scene.ask(alice, change(stream.id, active)).done();
    assert!(!paused(&scene), "a v2 client that unmutes itself is heard again");
    assert!(matches!(scene.ask(bob, mute(Some(alice), tracks[0], true)).refusal(), Refusal::NotAllowed(_)));
    scene.ask(alice, mute(Some(alice), tracks[0], true)).done();
}
