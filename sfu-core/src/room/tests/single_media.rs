//! Clients with a single Transport, on which they make all offers.
use super::client::*;
use super::scene::*;
use crate::room::*;
use crate::sdp::{Description, Direction, MediaKind, Section};

const SINGLE: TransportRole = TransportRole::Single;

fn free(first: usize, audio: usize, video: usize) -> Vec<Section> {
    let kinds = std::iter::repeat_n(MediaKind::Audio, audio).chain(std::iter::repeat_n(MediaKind::Video, video));
    let section =
        |(number, kind): (usize, MediaKind)| section(&(first + number).to_string(), kind, Direction::RecvOnly, "");
    kinds.enumerate().map(section).collect()
}

/// Publishes sound and picture on a single Transport.
fn publishing(scene: &mut Scene, name: &str) -> (Who, Box<Description>) {
    let who = scene.livekit(name, Topology::Single);
    scene.ask(who, announce(MediaKind::Audio, TrackSource::Microphone, "mic"));
    scene.ask(who, announce(MediaKind::Video, TrackSource::Camera, "cam"));
    let offer = sending();
    scene.ask(who, negotiate(SINGLE, offer.clone()));
    (who, offer)
}

#[test]
fn the_first_offer_has_sections_and_they_are_filled_with_what_there_is() {
    let mut scene = Scene::new(livekit_lifecycle());
    let (alice, _) = publishing(&mut scene, "alice");
    let (bob, outcome) = scene.join("bob", facts(Topology::Single), grant("bob"));
    assert_eq!(scene.said(&outcome), ["bob: Joined"], "nothing is asked before the first offer");
    let outcome = scene.ask(bob, negotiate(SINGLE, offer(free(0, 3, 3))));
    let (answer, tracks) = outcome.negotiated();
    use Direction::{Inactive, SendOnly};
    assert_eq!(directions(&answer.unwrap()), [SendOnly, Inactive, Inactive, SendOnly, Inactive, Inactive]);
    assert_eq!(tracks.len(), 2);
    assert_eq!(scene.worker.consumers.len(), 2);
    assert_eq!(scene.said(&outcome), ["alice: TrackSubscribed", "alice: TrackSubscribed", "bob: Negotiated"]);
    let _ = alice;
}

#[test]
fn free_sections_are_used_by_a_further_offer_and_missing_ones_are_counted() {
    let mut scene = Scene::new(livekit_lifecycle());
    let bob = scene.livekit("bob", Topology::Single);
    scene.ask(bob, negotiate(SINGLE, offer(free(0, 1, 0))));
    let alice = scene.livekit("alice", Topology::Single);
    scene.ask(alice, announce(MediaKind::Audio, TrackSource::Microphone, "mic"));
    scene.ask(alice, announce(MediaKind::Video, TrackSource::Camera, "cam"));
    let outcome = scene.ask(alice, negotiate(SINGLE, sending()));
    assert!(scene.said(&outcome).contains(&"bob: SectionsWanted(0,1)".to_owned()), "{:?}", scene.said(&outcome));
    let mut sections = free(0, 1, 0);
    sections.extend(free(1, 0, 1));
    let outcome = scene.ask(bob, negotiate(SINGLE, offer(sections)));
    assert_eq!(directions(&outcome.description()), [Direction::SendOnly, Direction::SendOnly]);
    assert_eq!(scene.worker.consumers.len(), 2);
    assert!(!scene.said(&outcome).iter().any(|line| line.contains("SectionsWanted")));
}

#[test]
fn what_is_wanted_meanwhile_is_asked_for_in_addition() {
    let mut scene = Scene::new(livekit_lifecycle());
    let bob = scene.livekit("bob", Topology::Single);
    scene.ask(bob, negotiate(SINGLE, offer(vec![data_section("0")])));
    for name in ["alice", "carol"] {
        let who = scene.livekit(name, Topology::Single);
        scene.ask(who, announce(MediaKind::Video, TrackSource::Camera, "cam"));
        let only = section("0", MediaKind::Video, Direction::SendOnly, "cam");
        let outcome = scene.ask(who, negotiate(SINGLE, offer(vec![only])));
        assert!(scene.said(&outcome).contains(&"bob: SectionsWanted(0,1)".to_owned()));
    }
    // The client brings one, then it is asked for the other one again; a client that brings none is not asked for ever.
    let mut sections = vec![data_section("0")];
    sections.extend(free(1, 0, 1));
    let outcome = scene.ask(bob, negotiate(SINGLE, offer(sections.clone())));
    assert_eq!(scene.said(&outcome).last().unwrap(), "bob: SectionsWanted(0,1)");
    let outcome = scene.ask(bob, negotiate(SINGLE, offer(sections)));
    assert!(!scene.said(&outcome).iter().any(|line| line.contains("SectionsWanted")));
}

#[test]
fn a_section_rests_once_before_it_carries_another_track() {
    let mut scene = Scene::new(livekit_lifecycle());
    let bob = scene.livekit("bob", Topology::Single);
    let alice = scene.livekit("alice", Topology::Single);
    let carol = scene.livekit("carol", Topology::Single);
    let only = || offer(vec![section("0", MediaKind::Video, Direction::SendOnly, "cam")]);
    for who in [alice, carol] {
        scene.ask(who, announce(MediaKind::Video, TrackSource::Camera, "cam"));
    }
    scene.ask(alice, negotiate(SINGLE, only()));
    let outcome = scene.ask(bob, negotiate(SINGLE, offer(free(0, 0, 1))));
    assert_eq!(directions(&outcome.description()), [Direction::SendOnly]);
    let outcome = scene.ask(alice, RoomCommand::Leave { reason: LeaveReason::ByClient });
    assert_eq!(scene.said(&outcome).last().unwrap(), "bob: SectionsWanted(0,0)", "an offer without more sections");
    scene.ask(carol, negotiate(SINGLE, only()));
    let outcome = scene.ask(bob, negotiate(SINGLE, offer(free(0, 0, 1))));
    assert_eq!(directions(&outcome.description()), [Direction::Inactive], "it rests");
    assert_eq!(scene.said(&outcome).last().unwrap(), "bob: SectionsWanted(0,0)");
    let outcome = scene.ask(bob, negotiate(SINGLE, offer(free(0, 0, 1))));
    assert_eq!(directions(&outcome.description()), [Direction::SendOnly]);
    assert_eq!(scene.worker.consumers.len(), 1);
}

#[test]
fn one_transport_carries_both_ways() {
    let mut scene = Scene::new(livekit_lifecycle());
    let (_, _) = publishing(&mut scene, "alice");
    let (bob, own) = publishing(&mut scene, "bob");
    let mut sections = own.sections.clone();
    sections.extend(free(2, 1, 1));
    let outcome = scene.ask(bob, negotiate(SINGLE, offer(sections)));
    use Direction::{RecvOnly, SendOnly};
    assert_eq!(directions(&outcome.description()), [RecvOnly, RecvOnly, SendOnly, SendOnly]);
    assert_eq!((scene.worker.transports.len(), scene.worker.consumers.len()), (2, 2));
}

/// Go's SDK publishes on a section in which it receives already.
#[test]
fn a_section_goes_on_receiving_when_the_client_sends_on_it_too() {
    let mut scene = Scene::new(livekit_lifecycle());
    publishing(&mut scene, "alice");
    let bob = scene.livekit("bob", Topology::Single);
    scene.ask(bob, negotiate(SINGLE, offer(free(0, 1, 1))));
    let copies = |scene: &Scene| scene.worker.consumers.keys().copied().collect::<Vec<_>>();
    let before = copies(&scene);
    scene.ask(bob, announce(MediaKind::Audio, TrackSource::Microphone, "mic"));
    let both = |direction| section("0", MediaKind::Audio, direction, "mic");
    let with = |first: Section| offer([vec![first], free(1, 0, 1)].concat());
    let outcome = scene.ask(bob, negotiate(SINGLE, with(both(Direction::SendRecv))));
    assert_eq!(directions(&outcome.description()), [Direction::SendRecv, Direction::SendOnly]);
    assert_eq!(copies(&scene), before, "what it receives is what it was");
    let outcome = scene.ask(bob, negotiate(SINGLE, with(both(Direction::RecvOnly))));
    assert_eq!(directions(&outcome.description()), [Direction::SendOnly, Direction::SendOnly]);
    assert_eq!(copies(&scene), before);
}

#[test]
fn a_section_that_the_client_sends_on_takes_what_is_published_later() {
    let mut scene = Scene::new(livekit_lifecycle());
    let bob = scene.livekit("bob", Topology::Single);
    scene.ask(bob, announce(MediaKind::Audio, TrackSource::Microphone, "mic"));
    let own = || offer(vec![section("0", MediaKind::Audio, Direction::SendRecv, "mic")]);
    let outcome = scene.ask(bob, negotiate(SINGLE, own()));
    assert_eq!(directions(&outcome.description()), [Direction::RecvOnly]);
    let alice = scene.livekit("alice", Topology::Single);
    scene.ask(alice, announce(MediaKind::Audio, TrackSource::Microphone, "mic"));
    let only = section("0", MediaKind::Audio, Direction::SendOnly, "mic");
    let outcome = scene.ask(alice, negotiate(SINGLE, offer(vec![only])));
    assert!(scene.said(&outcome).contains(&"bob: SectionsWanted(0,0)".to_owned()), "{:?}", scene.said(&outcome));
    let outcome = scene.ask(bob, negotiate(SINGLE, own()));
    assert_eq!(directions(&outcome.description()), [Direction::SendRecv]);
    let outcome = scene.ask(alice, RoomCommand::Leave { reason: LeaveReason::ByClient });
    assert_eq!(scene.said(&outcome).last().unwrap(), "bob: SectionsWanted(0,0)");
    let outcome = scene.ask(bob, negotiate(SINGLE, own()));
    assert_eq!(directions(&outcome.description()), [Direction::RecvOnly]);
}
