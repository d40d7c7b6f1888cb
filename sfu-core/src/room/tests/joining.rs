//! Entering: order, seats, limits, doubles, who sees whom.
use super::scene::*;
use crate::capability::{Feature, LimitKind, NotFound, NotNow, Refusal};
use crate::id::RequestId;
use crate::room::*;

#[test]
fn others_hear_of_a_newcomer_before_it_hears_of_them() {
    let mut scene = Scene::v2();
    let _alice = scene.v2_client("alice");
    let peer = scene.peer("bob");
    let join = join_with(Credential::Granted(Box::new(grant("bob"))), facts(Topology::PerStream));
    let outcome = scene.from(Origin::Peer(peer), join);
    assert_eq!(scene.said(&outcome), ["alice: ? Joined", "bob: Joined"]);
    let joined = outcome.joined();
    let names: Vec<_> = joined.room.participants.iter().map(|other| other.identity.as_str()).collect();
    assert_eq!(names, ["alice"], "the others, not itself");
    assert_eq!(joined.participant.state, ParticipantState::Active);
    assert_eq!(joined.participant.version, 1);
    assert!(joined.room.active);
    assert!(joined.refused.contains(&Feature::DataMessages));
}

#[test]
fn a_token_opens_its_seat_once_and_gives_the_seats_id() {
    let mut scene = Scene::v2();
    let reservation = Reservation { token: "tok".to_owned(), grant: grant("alice"), created_ms: 5 };
    let outcome = scene.api(RoomCommand::Reserve(Box::new(reservation)));
    assert_eq!(scene.said(&outcome), ["effect SeatReserved", "api: Reserved"], "stored before it is answered");
    let Some(RoomEvent::Reserved { participant: seat, .. }) = outcome.answer else { panic!() };
    assert_eq!(scene.api(RoomCommand::Describe).described().reservations.len(), 1);

    let join = || join_with(Credential::Token("tok".to_owned()), facts(Topology::PerStream));
    let peer = scene.peer("alice");
    let outcome = scene.from(Origin::Peer(peer), join());
    assert_eq!(scene.said(&outcome), ["effect SeatGone", "alice: Joined"]);
    assert_eq!((outcome.joined().participant.id, outcome.joined().participant.created_ms), (seat, 5));

    let other = scene.peer("mallory");
    let refusal = scene.from(Origin::Peer(other), join()).refusal();
    assert_eq!(refusal, Refusal::NotFound(NotFound::Token));
    assert!(scene.api(RoomCommand::Describe).described().reservations.is_empty());
}

#[test]
fn what_a_seat_grants_can_be_changed_while_it_waits_and_its_token_stays_good() {
    let mut scene = Scene::v2();
    let reservation = Reservation { token: "tok".to_owned(), grant: grant("alice"), created_ms: 5 };
    let outcome = scene.api(RoomCommand::Reserve(Box::new(reservation)));
    let Some(RoomEvent::Reserved { participant: seat, .. }) = outcome.answer else { panic!() };
    let permissions = Permissions { publish: false, ..Permissions::publisher() };
    let change = || {
        let (permissions, face_data) = (Some(permissions.clone()), Some("of the face".to_owned()));
        let update = ParticipantUpdate { permissions, face_data, ..ParticipantUpdate::default() };
        RoomCommand::UpdateParticipant { participant: Some(seat), update: Box::new(update) }
    };
    let outcome = scene.api(change()).done();
    assert_eq!(scene.said(&outcome), ["effect SeatReserved", "api: Done"], "stored before it is answered");
    let outcome = scene.api(change()).done();
    assert_eq!(scene.said(&outcome), ["api: Done"], "nothing changed");
    let peer = scene.peer("alice");
    let join = join_with(Credential::Token("tok".to_owned()), facts(Topology::PerStream));
    let outcome = scene.from(Origin::Peer(peer), join);
    let joined = &outcome.joined().participant;
    assert_eq!((joined.id, joined.permissions.publish, joined.face_data.as_str()), (seat, false, "of the face"));
}

#[test]
fn a_cancelled_seat_and_a_token_of_nobody_open_nothing() {
    let mut scene = Scene::v2();
    let reservation = Reservation { token: "tok".to_owned(), grant: grant("alice"), created_ms: 5 };
    let outcome = scene.api(RoomCommand::Reserve(Box::new(reservation.clone())));
    let Some(RoomEvent::Reserved { participant: seat, .. }) = outcome.answer else { panic!() };
    let twice = scene.api(RoomCommand::Reserve(Box::new(reservation))).refusal();
    assert!(matches!(twice, Refusal::Invalid { what: "token", .. }));
    let outcome = scene.api(RoomCommand::CancelReservation(seat)).done();
    assert_eq!(scene.said(&outcome), ["effect SeatGone", "api: Done"]);
    let again = scene.api(RoomCommand::CancelReservation(seat)).refusal();
    assert_eq!(again, Refusal::NotFound(NotFound::Participant));
    for token in ["tok", "", "other"] {
        let peer = scene.peer("mallory");
        let join = join_with(Credential::Token(token.to_owned()), facts(Topology::PerStream));
        assert_eq!(scene.from(Origin::Peer(peer), join).refusal(), Refusal::NotFound(NotFound::Token), "{token}");
    }
}

#[test]
fn a_second_client_of_one_identity_puts_the_first_out() {
    let mut scene = Scene::new(livekit_lifecycle());
    let bob = scene.livekit("bob", Topology::PublisherSubscriber);
    let first = scene.livekit("alice", Topology::PublisherSubscriber);
    scene.after(crate::limits::SHOWN_AFTER);
    let (second, outcome) = scene.join("alice2", facts(Topology::PublisherSubscriber), grant("alice"));
    assert_eq!(
        scene.said(&outcome),
        [
            "bob: alice Left(DuplicateIdentity)",
            "alice: Closed(DuplicateIdentity)",
            "alice2: Joined",
            "alice2: OfferMade"
        ]
    );
    assert_ne!(first.id, second.id);
    assert_eq!(scene.api(RoomCommand::Describe).described().participants.len(), 2);
    let refusal = scene.ask(first, RoomCommand::Describe).refusal();
    assert_eq!(refusal, Refusal::NotFound(NotFound::Participant), "the first is nobody any more");
    let _ = bob;
}

#[test]
fn the_only_participant_replaced_by_its_double_does_not_end_the_room() {
    let mut scene = Scene::v2();
    scene.v2_client("alice");
    let (_, outcome) = scene.join("double", facts(Topology::PerStream), grant("alice"));
    assert!(!scene.ended);
    assert_eq!(scene.said(&outcome), ["alice: Closed(DuplicateIdentity)", "double: Joined"]);
}

#[test]
fn a_peer_that_joins_again_replaces_itself_and_is_not_told_that_it_is_out() {
    let mut scene = Scene::v2();
    scene.v2_client("bob");
    let alice = scene.v2_client("alice");
    let join = join_with(Credential::Granted(Box::new(grant("other"))), facts(Topology::PerStream));
    let outcome = scene.ask(alice, join);
    assert_eq!(scene.said(&outcome), ["bob: alice Left(ByClient)", "bob: ? Joined", "alice: Joined"]);
    assert_eq!(scene.api(RoomCommand::Describe).described().participants.len(), 2);
}

#[test]
fn a_full_room_refuses_persons_but_not_programs() {
    let mut scene = Scene::with(RoomSettings { max_participants: 1, ..settings(livekit_lifecycle()) });
    scene.livekit("alice", Topology::Single);
    let peer = scene.peer("bob");
    let join = join_with(Credential::Granted(Box::new(grant("bob"))), facts(Topology::Single));
    let refusal = scene.from(Origin::Peer(peer), join).refusal();
    assert_eq!(refusal, Refusal::LimitReached(LimitKind::Participants));
    let recorder = Grant { kind: ParticipantKind::Egress, ..grant("recorder") };
    scene.join("recorder", facts(Topology::Single), recorder);
    scene.join("alice again", facts(Topology::Single), grant("alice"));
}

#[test]
fn a_refused_join_leaves_its_seat_reserved() {
    let mut scene = Scene::with(RoomSettings { max_participants: 1, ..settings(v2_lifecycle()) });
    let reservation = Reservation { token: "tok".to_owned(), grant: grant("bob"), created_ms: 5 };
    scene.api(RoomCommand::Reserve(Box::new(reservation)));
    let alice = scene.v2_client("alice");
    let peer = scene.peer("bob");
    let join = || join_with(Credential::Token("tok".to_owned()), facts(Topology::PerStream));
    scene.from(Origin::Peer(peer), join()).refusal();
    assert_eq!(scene.api(RoomCommand::Describe).described().reservations.len(), 1);
    let _ = alice;
}

#[test]
fn a_hidden_participant_is_announced_to_nobody_and_sees_everybody() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    let mut secret = grant("recorder");
    secret.permissions.hidden = true;
    let (recorder, outcome) = scene.join("recorder", facts(Topology::PerStream), secret);
    assert_eq!(scene.said(&outcome), ["recorder: Joined"]);
    assert_eq!(outcome.joined().room.participants.len(), 1);
    let (_, outcome) = scene.join("bob", facts(Topology::PerStream), grant("bob"));
    assert_eq!(outcome.joined().room.participants.len(), 1, "alice, not the recorder");
    assert_eq!(scene.said(&outcome), ["alice: bob Joined", "recorder: bob Joined", "bob: Joined"]);
    assert_eq!(scene.ask(alice, RoomCommand::Describe).described().participants.len(), 2);
    assert_eq!(scene.api(RoomCommand::Describe).described().participants.len(), 3);
    let left = scene.ask(recorder, RoomCommand::Leave { reason: LeaveReason::ByClient });
    assert_eq!(scene.said(&left), ["recorder: Done"]);
}

#[test]
fn the_first_recorder_and_the_last_are_told_to_the_others() {
    let mut scene = Scene::with(settings(livekit_lifecycle()));
    let alice = scene.livekit("alice", Topology::Single);
    let recorder = |name| {
        let mut grant = Grant { kind: ParticipantKind::Egress, ..grant(name) };
        grant.permissions.hidden = true;
        grant
    };
    let (one, outcome) = scene.join("one", facts(Topology::Single), recorder("one"));
    assert_eq!(scene.said(&outcome), ["alice: RoomChanged", "one: Joined"]);
    assert!(outcome.joined().room.recorded);
    let (two, outcome) = scene.join("two", facts(Topology::Single), recorder("two"));
    assert_eq!(scene.said(&outcome), ["two: Joined"], "it is recorded already");
    let leave = || RoomCommand::Leave { reason: LeaveReason::ByClient };
    let left = scene.ask(one, leave());
    assert_eq!(scene.said(&left), ["one: Done"]);
    let left = scene.ask(two, leave());
    assert_eq!(scene.said(&left), ["alice: RoomChanged", "two: Done"]);
    assert!(!scene.ask(alice, RoomCommand::Describe).described().recorded);
}

#[test]
fn what_is_too_long_is_refused() {
    let mut scene = Scene::v2();
    let long = |change: fn(&mut Grant)| {
        let mut grant = grant("alice");
        change(&mut grant);
        grant
    };
    let cases = [
        long(|grant| grant.identity = "x".repeat(257)),
        long(|grant| grant.name = "x".repeat(257)),
        long(|grant| grant.metadata = "x".repeat(512 * 1024 + 1)),
        long(|grant| drop(grant.attributes.insert("key".to_owned(), "x".repeat(64 * 1024)))),
    ];
    for grant in cases {
        let peer = scene.peer("alice");
        let join = join_with(Credential::Granted(Box::new(grant)), facts(Topology::PerStream));
        assert_eq!(scene.from(Origin::Peer(peer), join).refusal(), Refusal::LimitReached(LimitKind::Size));
    }
}

#[test]
fn a_server_without_media_workers_takes_nobody_in() {
    let mut scene = Scene::v2();
    scene.room.set_workers(Vec::new());
    let peer = scene.peer("alice");
    let join = join_with(Credential::Granted(Box::new(grant("alice"))), facts(Topology::PerStream));
    assert_eq!(scene.from(Origin::Peer(peer), join).refusal(), Refusal::NotNow(NotNow::Unavailable));
    scene.room.set_workers(vec![worker_facts()]);
    scene.v2_client("alice");
}

#[test]
fn before_joining_a_peer_is_nobody_and_an_api_never_joins() {
    let mut scene = Scene::v2();
    let peer = scene.peer("stranger");
    let leave = RoomCommand::Leave { reason: LeaveReason::ByClient };
    assert_eq!(scene.from(Origin::Peer(peer), leave).refusal(), Refusal::NotFound(NotFound::Participant));
    let join = join_with(Credential::Granted(Box::new(grant("alice"))), facts(Topology::PerStream));
    assert!(matches!(scene.from(Origin::Api(RequestId(1)), join).refusal(), Refusal::NotAllowed(_)));
}

/// Bob was there before; alice has come and has no media path yet.
fn alice_comes() -> (Scene, Who, Who) {
    let mut scene = Scene::new(livekit_lifecycle());
    let bob = scene.livekit("bob", Topology::PublisherSubscriber);
    let (alice, outcome) = scene.join("alice", facts(Topology::PublisherSubscriber), grant("alice"));
    assert_eq!(scene.said(&outcome), ["alice: Joined", "alice: OfferMade"], "bob is not told yet");
    (scene, bob, alice)
}

#[test]
fn who_goes_before_its_media_path_stands_comes_and_goes_unseen_but_for_those_who_found_it() {
    let (mut scene, _, alice) = alice_comes();
    let (_, outcome) = scene.join("carl", facts(Topology::PublisherSubscriber), grant("carl"));
    assert_eq!(outcome.joined().room.participants.len(), 2, "who comes later finds both");
    assert_eq!(scene.said(&outcome), ["carl: Joined", "carl: OfferMade"]);
    let left = scene.ask(alice, RoomCommand::Leave { reason: LeaveReason::ByClient });
    assert_eq!(scene.said(&left), ["carl: alice Left(ByClient)", "alice: Done"]);
}

#[test]
fn who_has_a_media_path_or_publishes_or_is_described_or_stays_is_shown() {
    let (mut scene, _, alice) = alice_comes();
    let transport = scene.transport(alice, TransportRole::Subscriber);
    let outcome = scene.media(crate::media::MediaEvent::TransportConnected(transport));
    let told =
        ["alice: TransportChanged(Connected)", "bob: alice Joined", "bob: alice Activated", "alice: alice Activated"];
    let mut said = scene.said(&outcome);
    said.sort();
    let mut told = told.map(str::to_owned).to_vec();
    told.sort();
    assert_eq!(said, told);

    let (mut scene, _, alice) = alice_comes();
    let update = ParticipantUpdate { name: Some("A".to_owned()), ..ParticipantUpdate::default() };
    let update = RoomCommand::UpdateParticipant { participant: Some(alice.id), update: Box::new(update) };
    let outcome = scene.api(update);
    let said = ["bob: alice Joined", "bob: alice Described", "alice: alice Described", "api: Done"];
    assert_eq!(scene.said(&outcome), said);

    let (mut scene, _, _) = alice_comes();
    let outcome = scene.after(std::time::Duration::from_millis(2_999));
    assert_eq!(scene.said(&outcome), [""; 0]);
    let outcome = scene.after(std::time::Duration::from_millis(1));
    assert_eq!(scene.said(&outcome), ["bob: alice Joined"]);
    let outcome = scene.after(std::time::Duration::from_secs(10));
    assert_eq!(scene.said(&outcome), [""; 0], "once");
}

#[test]
fn who_is_hidden_has_gone_to_the_others_and_comes_again_when_it_is_shown() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    let _bob = scene.v2_client("bob");
    let set = |hidden| {
        let permissions = Some(Permissions { hidden, ..Permissions::publisher() });
        let update = ParticipantUpdate { permissions, ..ParticipantUpdate::default() };
        RoomCommand::UpdateParticipant { participant: Some(alice.id), update: Box::new(update) }
    };
    let outcome = scene.api(set(true));
    assert_eq!(scene.said(&outcome), ["bob: alice Left(ByClient)", "alice: alice Permitted", "api: Done"]);
    let (_, outcome) = scene.join("carl", facts(Topology::PerStream), grant("carl"));
    assert_eq!(outcome.joined().room.participants.len(), 1, "bob alone");
    let outcome = scene.api(set(false));
    let said = [
        "bob: alice Joined",
        "carl: alice Joined",
        "bob: alice Permitted",
        "carl: alice Permitted",
        "alice: alice Permitted",
        "api: Done",
    ];
    assert_eq!(scene.said(&outcome), said);
}
