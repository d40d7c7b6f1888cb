//! Leaving, and how a room ends.
use super::scene::*;
use crate::capability::{NotNow, Refusal};
use crate::id::RoomId;
use crate::media::MediaEvent;
use crate::random::Random;
use crate::room::*;
use std::time::Duration;

const LEAVE: RoomCommand = RoomCommand::Leave { reason: LeaveReason::ByClient };

#[test]
fn others_are_told_of_a_leaver_before_it_has_its_answer() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    scene.v2_client("bob");
    let outcome = scene.ask(alice, LEAVE).done();
    assert_eq!(scene.said(&outcome), ["bob: alice Left(ByClient)", "alice: Done"]);
}

#[test]
fn a_v2_room_ends_with_its_last_participant_and_its_seats_with_it() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    let reservation = Reservation { token: "tok".to_owned(), grant: grant("bob"), created_ms: 5 };
    scene.api(RoomCommand::Reserve(Box::new(reservation)));
    let outcome = scene.ask(alice, LEAVE).done();
    assert_eq!(scene.said(&outcome), ["alice: Done", "effect RoomEnded", "ended"]);
    assert_eq!(scene.room.deadline(), None);
}

#[test]
fn a_command_that_comes_after_the_end_is_refused() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    scene.ask(alice, LEAVE);
    scene.ended = false; // the scene would object to any output
    let refusal = scene.ask(alice, RoomCommand::Describe).refusal();
    assert_eq!(refusal, Refusal::NotNow(NotNow::RoomClosing));
}

#[test]
fn a_v2_room_that_nobody_joined_is_collected_at_a_check_when_it_is_old_enough() {
    let mut scene = Scene::v2();
    let mut checks = 0;
    while !scene.ended {
        let due = scene.room.deadline().expect("a check is due") - scene.now.instant;
        assert_eq!(due, Duration::from_secs(900));
        scene.after(due);
        checks += 1;
    }
    assert_eq!(checks, 4, "3600 s");
}

#[test]
fn a_v2_room_without_checks_waits_for_ever() {
    let zero = Duration::ZERO;
    let mut scene = Scene::new(Lifecycle::WithLast { check_interval: zero, never_joined: zero });
    assert_eq!(scene.room.deadline(), None);
    scene.after(Duration::from_secs(1_000_000));
    assert!(!scene.ended);
}

#[test]
fn changed_timeouts_count_from_when_the_room_became_empty() {
    let mut scene = Scene::new(livekit_lifecycle());
    let made = scene.now.instant;
    scene.after(Duration::from_secs(10));
    let seconds = |empty, departure| RoomUpdate {
        empty_timeout: Some(Duration::from_secs(empty)),
        departure_timeout: Some(Duration::from_secs(departure)),
        ..RoomUpdate::default()
    };
    let outcome = scene.api(RoomCommand::UpdateRoom(Box::new(seconds(60, 40))));
    assert_eq!(scene.said(&outcome), ["effect RoomDescribed", "api: Described"]);
    assert_eq!(scene.room.deadline(), Some(made + Duration::from_secs(60)));
    let again = scene.api(RoomCommand::UpdateRoom(Box::new(seconds(60, 40))));
    assert_eq!(scene.said(&again), ["api: Described"], "nothing changed");
    let alice = scene.livekit("alice", Topology::Single);
    scene.ask(alice, LEAVE).done();
    let left = scene.now.instant;
    assert_eq!(scene.room.deadline(), Some(left + Duration::from_secs(40)));
    scene.after(Duration::from_secs(10));
    scene.api(RoomCommand::UpdateRoom(Box::new(seconds(60, 5))));
    assert_eq!(scene.room.deadline(), Some(left + Duration::from_secs(5)), "over already: it is due at once");
}

#[test]
fn a_v2_room_keeps_its_lifecycle_and_takes_a_limit_of_participants() {
    let mut scene = Scene::v2();
    scene.v2_client("alice");
    let update =
        RoomUpdate { max_participants: Some(1), empty_timeout: Some(Duration::from_secs(1)), ..RoomUpdate::default() };
    let room = scene.api(RoomCommand::UpdateRoom(Box::new(update))).described();
    assert_eq!((room.settings.max_participants, room.settings.lifecycle), (1, v2_lifecycle()));
}

#[test]
fn a_livekit_room_ends_some_time_after_it_is_empty() {
    let mut scene = Scene::new(livekit_lifecycle());
    assert_eq!(scene.room.deadline(), Some(scene.now.instant + Duration::from_secs(300)), "never joined");
    let alice = scene.livekit("alice", Topology::Single);
    scene.ask(alice, LEAVE).done();
    assert!(!scene.ended);
    assert_eq!(scene.room.deadline(), Some(scene.now.instant + Duration::from_secs(20)), "departed");
    scene.after(Duration::from_secs(19));
    let bob = scene.livekit("bob", Topology::Single);
    scene.after(Duration::from_secs(2));
    assert!(!scene.ended, "somebody came back");
    scene.ask(bob, LEAVE).done();
    let outcome = scene.after(Duration::from_secs(20));
    assert_eq!(scene.said(&outcome), ["effect RoomEnded", "ended"]);
}

#[test]
fn a_program_that_is_left_alone_does_not_keep_a_livekit_room_open() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = scene.livekit("alice", Topology::Single);
    let agent = Grant { kind: ParticipantKind::Agent, ..grant("agent") };
    scene.join("agent", ClientFacts { active_at_join: true, ..facts(Topology::Single) }, agent);
    scene.ask(alice, LEAVE).done();
    let outcome = scene.after(Duration::from_secs(20));
    assert_eq!(scene.said(&outcome), ["agent: Closed(RoomEmpty)", "effect RoomEnded", "ended"]);
}

#[test]
fn who_does_not_become_active_in_time_is_removed() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = scene.livekit("alice", Topology::PublisherSubscriber);
    let bob = scene.livekit("bob", Topology::PublisherSubscriber);
    let transport = scene.transport(alice, TransportRole::Subscriber);
    let outcome = scene.media(MediaEvent::TransportConnected(transport));
    assert_eq!(
        scene.said(&outcome),
        ["alice: TransportChanged(Connected)", "bob: alice Activated", "alice: alice Activated"]
    );
    let outcome = scene.media(MediaEvent::TransportConnected(transport));
    assert_eq!(scene.said(&outcome), ["alice: TransportChanged(Connected)"], "only the first time");
    scene.after(Duration::from_secs(59));
    let outcome = scene.after(Duration::from_secs(1));
    assert_eq!(scene.said(&outcome), ["alice: bob Left(JoinTimeout)", "bob: Closed(JoinTimeout)"]);
    let _ = bob;
}

#[test]
fn closing_by_an_api_puts_one_after_the_other_out() {
    let mut scene = Scene::v2();
    scene.v2_client("alice");
    scene.v2_client("bob");
    let outcome = scene.api(RoomCommand::Close { reason: LeaveReason::RoomClosedByApi }).done();
    assert_eq!(
        scene.said(&outcome),
        [
            "bob: alice Left(RoomClosedByApi)",
            "alice: Closed(RoomClosedByApi)",
            "bob: Closed(RoomClosedByApi)",
            "api: Done",
            "effect RoomEnded",
            "ended"
        ]
    );
}

#[test]
fn a_lost_worker_puts_everybody_out_and_the_lifecycle_decides_about_the_room() {
    for (lifecycle, ends) in [(v2_lifecycle(), true), (livekit_lifecycle(), false)] {
        let mut scene = Scene::new(lifecycle);
        let topology = if ends { Topology::PerStream } else { Topology::PublisherSubscriber };
        scene.livekit("alice", topology);
        let outcome = scene.worker_lost();
        assert_eq!(scene.said(&outcome)[0], "alice: Closed(ServerFailure)");
        assert_eq!(scene.ended, ends);
        if !ends {
            scene.livekit("alice", topology);
            assert_eq!(scene.worker.transports.len(), 1, "it comes back on a new Transport");
        }
    }
}

#[test]
fn the_loss_of_another_worker_is_none_of_the_rooms_business() {
    let mut scene = Scene::v2();
    scene.v2_client("alice");
    scene.room.handle_worker_lost(crate::id::WorkerId(9), scene.now);
    assert!(scene.room.poll().is_none());
}

#[test]
fn a_stopping_server_tells_everybody() {
    let mut scene = Scene::v2();
    scene.v2_client("alice");
    let outcome = scene.shutdown();
    assert_eq!(scene.said(&outcome), ["alice: Closed(ServerShutdown)", "effect RoomEnded", "ended"]);
}

#[test]
fn a_room_from_the_store_has_its_seats_and_is_not_active() {
    let scene = Scene::v2();
    let mut random = Random::seeded(5);
    let stored = StoredRoom {
        id: RoomId::random(&mut random),
        name: "old".to_owned(),
        created_ms: 9,
        settings: settings(v2_lifecycle()),
        reservations: vec![Reservation { token: "tok".to_owned(), grant: grant("alice"), created_ms: 5 }],
    };
    let mut restored = Scene::v2();
    restored.room = Room::restore(stored, config(), random, scene.now);
    assert!(restored.room.poll().is_none(), "it was made long ago");
    let room = restored.api(RoomCommand::Describe).described();
    assert_eq!((room.active, room.created_ms, room.reservations.len()), (false, 9, 1));
    let peer = restored.peer("alice");
    let join = join_with(Credential::Token("tok".to_owned()), facts(Topology::PerStream));
    restored.from(Origin::Peer(peer), join).joined();
}
