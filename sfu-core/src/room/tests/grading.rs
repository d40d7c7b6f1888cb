//! How good participants' connections are: asked for every five seconds, told where it changed.
use super::client::*;
use super::scene::*;
use crate::id::TransportId;
use crate::media::{MediaCommand, MediaEvent, TransportStats};
use crate::room::*;
use crate::sdp::MediaKind;
use std::time::Duration;

const ROUND: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_millis(300);
const PUBLISHER: TransportRole = TransportRole::Publisher;
const SUBSCRIBER: TransportRole = TransportRole::Subscriber;

/// An active participant that wants grades, with its first offer answered.
fn join(scene: &mut Scene, name: &str) -> Who {
    let wanting = ClientFacts { wants_grades: true, ..facts(Topology::PublisherSubscriber) };
    let (who, outcome) = scene.join(name, wanting, grant(name));
    scene.ask(who, negotiate(SUBSCRIBER, answer_to(&outcome.offer_to(who))));
    let transport = scene.transport(who, SUBSCRIBER);
    scene.media(MediaEvent::TransportConnected(transport));
    who
}

/// Publishes a microphone and a camera; the others take them.
fn publish(scene: &mut Scene, who: Who, others: &[Who]) -> TransportId {
    scene.ask(who, announce(MediaKind::Audio, TrackSource::Microphone, "mic"));
    scene.ask(who, announce(MediaKind::Video, TrackSource::Camera, "cam"));
    let outcome = scene.ask(who, negotiate(PUBLISHER, sending()));
    for other in others {
        scene.ask(*other, negotiate(SUBSCRIBER, answer_to(&outcome.offer_to(*other))));
    }
    scene.transport(who, PUBLISHER)
}

fn received(transport: TransportId, packets: u64, lost: u64) -> MediaEvent {
    MediaEvent::Stats(Box::new(TransportStats {
        packets_received: packets,
        packets_lost_in: lost,
        ..TransportStats::new(transport)
    }))
}

/// A round in which these reports come; what each of these was told.
fn round(scene: &mut Scene, reports: &[MediaEvent], whom: &[Who]) -> Vec<Vec<(crate::id::ParticipantId, Grade)>> {
    scene.after(ROUND - PATIENCE);
    for report in reports {
        scene.media(report.clone());
    }
    let outcome = scene.after(PATIENCE);
    let told = |who: &Who| {
        let events = outcome.to(*who).into_iter();
        let standings = events.filter_map(|event| match event {
            RoomEvent::Graded { standings } => Some(standings.iter().map(|(id, it)| (*id, it.grade))),
            _ => None,
        });
        standings.flatten().collect()
    };
    whom.iter().map(told).collect()
}

#[test]
fn each_is_told_of_itself_and_of_whom_it_receives_and_only_what_changed() {
    let mut scene = Scene::new(livekit_lifecycle());
    let (alice, bob, carol) = (join(&mut scene, "alice"), join(&mut scene, "bob"), join(&mut scene, "carol"));
    let unsubscribed = Permissions { subscribe: false, ..Permissions::publisher() };
    let update = ParticipantUpdate { permissions: Some(unsubscribed), ..ParticipantUpdate::default() };
    scene.api(RoomCommand::UpdateParticipant { participant: Some(carol.id), update: Box::new(update) }).done();
    let transport = publish(&mut scene, alice, &[bob]);
    let all = [alice, bob, carol];
    scene.after(PATIENCE);
    let (me, best) = (|who: Who| who.id, Grade::Excellent);
    let told = round(&mut scene, &[received(transport, 1_000, 0)], &all);
    assert_eq!(told[0], [(me(alice), best)]);
    assert!(told[1].contains(&(me(bob), best)) && told[1].contains(&(me(alice), best)));
    let told = round(&mut scene, &[received(transport, 2_000, 0)], &all);
    assert!(told.iter().all(Vec::is_empty), "nothing has changed: {told:?}");
    let told = round(&mut scene, &[received(transport, 3_000, 100)], &all);
    assert_eq!((&told[0], &told[1]), (&vec![(me(alice), Grade::Poor)], &vec![(me(alice), Grade::Poor)]));
    assert!(told[2].is_empty(), "she receives nothing of alice's");
}

#[test]
fn who_becomes_active_within_a_round_is_told_in_the_next() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = join(&mut scene, "alice");
    publish(&mut scene, alice, &[]);
    scene.after(ROUND);
    let bob = join(&mut scene, "bob");
    publish(&mut scene, bob, &[]);
    let outcome = scene.after(PATIENCE);
    let graded =
        |who: Who| outcome.to(who).into_iter().filter(|event| matches!(event, RoomEvent::Graded { .. })).count();
    assert_eq!((graded(alice), graded(bob)), (1, 0));
    let told = round(&mut scene, &[], &[alice, bob]);
    assert_eq!((told[0].len(), told[1].len()), (0, 2), "{told:?}");
}

#[test]
fn a_path_without_signs_of_life_is_lost_until_it_is_back() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = join(&mut scene, "alice");
    let transport = publish(&mut scene, alice, &[]);
    scene.after(PATIENCE);
    round(&mut scene, &[received(transport, 1_000, 0)], &[alice]);
    scene.media(MediaEvent::TransportDisconnected(transport));
    let told = round(&mut scene, &[], &[alice]);
    assert_eq!(told[0], [(alice.id, Grade::Lost)]);
    scene.media(MediaEvent::TransportConnected(transport));
    let told = round(&mut scene, &[received(transport, 2_000, 0)], &[alice]);
    assert_eq!(told[0], [(alice.id, Grade::Excellent)]);
}

#[test]
fn what_is_muted_or_watched_by_nobody_is_not_missed_and_what_should_come_is() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = join(&mut scene, "alice");
    let transport = publish(&mut scene, alice, &[]);
    scene.after(PATIENCE);
    let standing = |scene: &mut Scene, packets| round(scene, &[received(transport, packets, 0)], &[alice]).remove(0);
    assert_eq!(standing(&mut scene, 1_000), [(alice.id, Grade::Excellent)]);
    assert_eq!(standing(&mut scene, 1_000), [(alice.id, Grade::Poor)], "the microphone should come");
    let microphone = scene.api(RoomCommand::Describe).described().participants[0].streams[0].audio.clone().unwrap().id;
    scene.ask(alice, RoomCommand::SetMuted { participant: None, track: microphone, muted: true }).done();
    assert_eq!(standing(&mut scene, 1_000), [(alice.id, Grade::Excellent)], "the camera has no receiver");
}

#[test]
fn a_picture_left_out_makes_its_receivers_connection_poor() {
    let mut scene = Scene::new(livekit_lifecycle());
    let (alice, bob) = (join(&mut scene, "alice"), join(&mut scene, "bob"));
    publish(&mut scene, alice, &[bob]);
    scene.after(PATIENCE);
    let down = scene.transport(bob, SUBSCRIBER);
    let sent =
        |packets| MediaEvent::Stats(Box::new(TransportStats { packets_sent: packets, ..TransportStats::new(down) }));
    round(&mut scene, &[sent(1_000)], &[bob]);
    let consumers = scene.worker.consumers.iter();
    let picture = consumers.filter(|(_, it)| it.kind == MediaKind::Video).map(|(id, _)| *id).next().unwrap();
    scene.media(MediaEvent::ConsumerStarved { consumer: picture, starved: true });
    let told = round(&mut scene, &[sent(2_000)], &[bob]);
    assert_eq!(told[0], [(bob.id, Grade::Poor)]);
    scene.media(MediaEvent::ConsumerStarved { consumer: picture, starved: false });
    let told = round(&mut scene, &[sent(3_000)], &[bob]);
    assert_eq!(told[0], [(bob.id, Grade::Good)], "better bit by bit");
}

#[test]
fn nobody_is_asked_where_nobody_wants_grades() {
    let mut scene = Scene::new(livekit_lifecycle());
    scene.join("alice", facts(Topology::PublisherSubscriber), grant("alice"));
    let asks = |outcome: &Outcome| {
        let is_ask =
            |output: &&RoomOutput| matches!(output, RoomOutput::Media { command: MediaCommand::ReportStats(_), .. });
        outcome.outputs.iter().filter(is_ask).count()
    };
    assert_eq!(asks(&scene.after(ROUND)), 0);
    let bob = join(&mut scene, "bob");
    assert_eq!(asks(&scene.after(ROUND)), 2, "one Transport of each");
    scene.ask(bob, RoomCommand::Leave { reason: LeaveReason::ByClient });
    scene.after(ROUND);
    assert_eq!(asks(&scene.after(ROUND)), 0);
}
