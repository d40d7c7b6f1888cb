//! How good publishers' paths are: measured where somebody wants it, told when it changed.
use super::client::*;
use super::scene::*;
use crate::id::TransportId;
use crate::media::{MediaCommand, MediaEvent, TransportStats};
use crate::room::*;
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(5);

fn wanting(topology: Topology) -> ClientFacts {
    ClientFacts { quality_every: Some(EVERY), ..facts(topology) }
}

fn stats(transport: TransportId, received: u64, lost: u64) -> MediaEvent {
    MediaEvent::Stats(Box::new(TransportStats {
        packets_received: received,
        bytes_received: received * 1_000,
        packets_lost_in: lost,
        ..TransportStats::new(transport)
    }))
}

fn asked(outcome: &super::outcome::Outcome) -> usize {
    let is_ask =
        |output: &&RoomOutput| matches!(output, RoomOutput::Media { command: MediaCommand::ReportStats(_), .. });
    outcome.outputs.iter().filter(is_ask).count()
}

#[test]
fn a_change_is_told_to_those_who_want_it_and_to_each_once() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    scene.v2_client("bob");
    scene.join("carol", wanting(Topology::PerStream), grant("carol"));
    let stream = scene.ask(alice, v2_publish(sending())).published().0;
    let transport = scene.transport(alice, TransportRole::Up(stream.id));
    let outcome = scene.after(EVERY);
    assert_eq!(asked(&outcome), 1, "the one Transport on which somebody publishes");
    let outcome = scene.media(stats(transport, 1_000, 0));
    assert_eq!(scene.said(&outcome), ["carol: QualityMeasured"]);
    scene.after(EVERY);
    let outcome = scene.media(stats(transport, 2_000, 0));
    assert!(scene.said(&outcome).is_empty(), "nothing has changed");
    scene.join("dave", wanting(Topology::PerStream), grant("dave"));
    scene.after(EVERY);
    let outcome = scene.media(stats(transport, 3_000, 0));
    assert_eq!(scene.said(&outcome), ["dave: QualityMeasured"], "the newcomer");
    let outcome = scene.media(MediaEvent::TransportDisconnected(transport));
    assert_eq!(
        scene.said(&outcome),
        ["alice: TransportChanged(Disconnected)", "carol: QualityMeasured", "dave: QualityMeasured",]
    );
}

#[test]
fn what_is_muted_is_not_missed_and_what_should_come_is() {
    let mut scene = Scene::v2();
    let (alice, _) = scene.join("alice", wanting(Topology::PerStream), grant("alice"));
    let stream = scene.ask(alice, v2_publish(sending())).published().0;
    let transport = scene.transport(alice, TransportRole::Up(stream.id));
    scene.after(EVERY);
    scene.media(stats(transport, 1_000, 0));
    let mute = StreamChange { audio_active: Some(false), video_active: Some(false), ..StreamChange::default() };
    scene.ask(alice, RoomCommand::ChangeStream { stream: stream.id, change: mute }).done();
    scene.after(EVERY);
    let outcome = scene.media(stats(transport, 1_000, 0));
    assert!(scene.said(&outcome).is_empty());
    let unmute = StreamChange { audio_active: Some(true), ..StreamChange::default() };
    scene.ask(alice, RoomCommand::ChangeStream { stream: stream.id, change: unmute }).done();
    scene.after(EVERY);
    let outcome = scene.media(stats(transport, 1_000, 0));
    assert!(matches!(outcome.to(alice)[..], [RoomEvent::QualityMeasured { quality: Quality::BROKEN, .. }]));
}

#[test]
fn nothing_is_measured_where_nobody_wants_it_any_more() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    scene.ask(alice, v2_publish(sending()));
    assert_eq!(scene.room.deadline(), None, "nothing is due");
    let (bob, _) = scene.join("bob", wanting(Topology::PerStream), grant("bob"));
    assert_eq!(scene.room.deadline(), Some(scene.now.instant + EVERY));
    scene.ask(bob, RoomCommand::Leave { reason: LeaveReason::ByClient });
    let outcome = scene.after(EVERY);
    assert_eq!(asked(&outcome), 0);
    assert_eq!(scene.room.deadline(), None);
}
