//! A room on several workers: who is put where, what crosses between them, and what a lost worker takes with it.
use super::client::*;
use super::livekit_media::settled;
use super::scene::*;
use crate::id::WorkerId;
use crate::media::{FailureCause, MediaEvent};
use crate::room::*;
use crate::sdp::MediaKind;

const FIRST: WorkerId = WORKER;
const SECOND: WorkerId = WorkerId(1);
const SUBSCRIBER: TransportRole = TransportRole::Subscriber;
const PUBLISHER: TransportRole = TransportRole::Publisher;

/// Publishes sound and picture, and everybody named takes them.
fn publish(scene: &mut Scene, who: Who, receivers: &[Who]) {
    scene.ask(who, announce(MediaKind::Audio, TrackSource::Microphone, "mic"));
    scene.ask(who, announce(MediaKind::Video, TrackSource::Camera, "cam"));
    let outcome = scene.ask(who, negotiate(PUBLISHER, sending()));
    for receiver in receivers {
        scene.ask(*receiver, negotiate(SUBSCRIBER, answer_to(&outcome.offer_to(*receiver))));
    }
}

fn home(scene: &Scene, who: Who) -> WorkerId {
    scene.room.address_of(who.id, SUBSCRIBER).unwrap().0
}

/// A publisher on the first worker, two receivers there and two on the second.
fn wide_room() -> (Scene, Who, [Who; 4]) {
    let mut scene = Scene::spanning(2, 6);
    let alice = settled(&mut scene, "alice");
    let receivers = ["bob", "carol", "dave", "erin"].map(|name| settled(&mut scene, name));
    assert_eq!(receivers.map(|who| home(&scene, who)), [FIRST, FIRST, SECOND, SECOND]);
    publish(&mut scene, alice, &receivers);
    (scene, alice, receivers)
}

#[test]
fn newcomers_go_to_another_worker_once_the_main_one_carries_its_share() {
    let (scene, alice, _) = wide_room();
    assert_eq!(home(&scene, alice), FIRST);
    assert_eq!(scene.worker.consumers.len(), 4);
    let second = &scene.others[0];
    assert_eq!(second.consumers.len(), 4);
    assert!(second.consumers.values().all(|consumer| consumer.source.is_some()));
    assert_eq!(second.producers.len(), 2, "a mirror of each");
    assert_eq!(scene.worker.pipes.len(), 2, "one pipe each, however many receive there");
}

#[test]
fn a_pipe_ends_with_its_last_consumer_and_opens_again_for_the_next() {
    let (mut scene, alice, [.., dave, erin]) = wide_room();
    scene.ask(dave, RoomCommand::Leave { reason: LeaveReason::ByClient });
    assert_eq!(scene.worker.pipes.len(), 2, "erin receives on");
    scene.ask(erin, RoomCommand::Leave { reason: LeaveReason::ByClient });
    assert!(scene.worker.pipes.is_empty() && scene.others[0].is_empty());
    let (frank, outcome) = scene.join("frank", facts(Topology::PublisherSubscriber), grant("frank"));
    assert_eq!(home(&scene, frank), SECOND);
    scene.ask(frank, negotiate(SUBSCRIBER, answer_to(&outcome.offer_to(frank))));
    assert_eq!(scene.worker.pipes.len(), 2);
    scene.ask(alice, RoomCommand::Leave { reason: LeaveReason::ByClient });
    assert!(scene.worker.pipes.is_empty() && scene.others[0].producers.is_empty());
    assert!(scene.others[0].consumers.is_empty(), "its sections are gone, too");
}

#[test]
fn a_mirror_is_paused_with_its_producer() {
    let (mut scene, alice, [bob, ..]) = wide_room();
    let track = scene
        .room
        .snapshot_for(bob.id)
        .participants
        .iter()
        .find(|other| other.id == alice.id)
        .and_then(|alice| alice.streams[0].audio.as_ref().map(|track| track.id));
    scene.ask(alice, RoomCommand::SetMuted { participant: None, track: track.unwrap(), muted: true });
    for worker in [&scene.worker, &scene.others[0]] {
        assert_eq!(worker.producers.values().filter(|producer| producer.paused).count(), 1);
    }
}

#[test]
fn who_publishes_on_the_second_worker_is_heard_on_the_main_one() {
    let mut scene = Scene::spanning(2, 4);
    let receivers = ["alice", "bob"].map(|name| settled(&mut scene, name));
    let carol = settled(&mut scene, "carol");
    assert_eq!(home(&scene, carol), SECOND);
    publish(&mut scene, carol, &receivers);
    assert_eq!((scene.worker.producers.len(), scene.worker.consumers.len()), (2, 4));
    assert_eq!(scene.others[0].pipes.len(), 2);
    assert!(scene.worker.pipes.is_empty());
}

#[test]
fn the_loss_of_a_further_worker_ends_its_transports_alone() {
    let (mut scene, alice, [bob, _, dave, erin]) = wide_room();
    let outcome = scene.lose_worker(SECOND);
    for who in [dave, erin] {
        let told = outcome.to(who);
        let closed =
            |event: &&RoomEvent| matches!(event, RoomEvent::TransportChanged { state: TransportState::Failed, .. });
        assert_eq!(told.iter().filter(|event| closed(event)).count(), 1);
    }
    assert!(outcome.to(bob).is_empty() && outcome.to(alice).is_empty());
    assert!(scene.worker.pipes.is_empty(), "nobody takes them any more");
    assert_eq!(scene.worker.consumers.len(), 4, "the others go on");
}

#[test]
fn the_loss_of_the_main_worker_ends_the_meeting_on_all_of_them() {
    let (mut scene, ..) = wide_room();
    let outcome = scene.lose_worker(FIRST);
    assert_eq!(scene.said(&outcome).iter().filter(|line| line.contains("Closed(ServerFailure)")).count(), 5);
    assert!(scene.others[0].is_empty());
}

#[test]
fn a_transport_that_ends_by_itself_takes_its_pipes_along() {
    let (mut scene, alice, _) = wide_room();
    let transport = scene.transport(alice, PUBLISHER);
    scene.media(MediaEvent::TransportClosed { transport, cause: FailureCause::ClosedByPeer });
    assert!(scene.worker.pipes.is_empty() && scene.others[0].producers.is_empty());
}

#[test]
fn a_room_starts_on_the_least_loaded_worker() {
    for (loads, expected) in [(&[][..], 0), (&[5, 3, 4][..], 1), (&[5, 3][..], 2), (&[2, 2, 2], 0)] {
        let mut scene = Scene::spanning(3, 400);
        scene.room.set_loads(loads);
        let alice = settled(&mut scene, "alice");
        assert_eq!(home(&scene, alice), WorkerId(expected), "{loads:?}");
    }
}

#[test]
fn a_room_on_one_worker_tells_it_what_it_always_did() {
    let mut scene = Scene::spanning(2, 400);
    let alice = settled(&mut scene, "alice");
    let receivers = ["bob", "carol"].map(|name| settled(&mut scene, name));
    publish(&mut scene, alice, &receivers);
    assert!(scene.others[0].is_empty() && scene.worker.pipes.is_empty());
    assert_eq!(scene.worker.consumers.len(), 4);
}
