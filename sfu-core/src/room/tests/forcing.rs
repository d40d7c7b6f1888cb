//! What moderators and APIs do to others.
use super::client::*;
use super::livekit_media::settled;
use super::scene::*;
use crate::capability::{NotFound, Refusal};
use crate::room::*;
use crate::sdp::MediaKind;

fn by_of(outcome: &Outcome, who: Who) -> Vec<Option<Origin>> {
    let by = |event: &&RoomEvent| match event {
        RoomEvent::ParticipantChanged { by, .. } => Some(*by),
        _ => None,
    };
    outcome.to(who).iter().filter_map(by).collect()
}

#[test]
fn a_moderator_puts_somebody_out_in_the_order_of_v2() {
    let mut scene = Scene::v2();
    let moderator = scene.moderator("moderator");
    let alice = scene.v2_client("alice");
    let bob = scene.v2_client("bob");
    scene.ask(alice, v2_publish(sending()));
    let out = |participant| RoomCommand::Remove { participant, reason: LeaveReason::ForcedByUser };
    let outcome = scene.ask(moderator, out(alice.id)).done();
    assert_eq!(
        scene.said(&outcome),
        [
            "moderator: alice Left(ForcedByUser)",
            "bob: alice Left(ForcedByUser)",
            "moderator: Done",
            "alice: Closed(ForcedByUser) by moderator"
        ]
    );
    assert_eq!(by_of(&outcome, bob), [Some(Origin::Peer(moderator.peer))]);
    let left = outcome.to(bob);
    let RoomEvent::ParticipantChanged { participant, .. } = left[0] else { panic!() };
    assert_eq!((participant.streams.len(), participant.state), (1, ParticipantState::Disconnected));
    assert!(scene.worker.is_empty());
    assert_eq!(scene.ask(moderator, out(alice.id)).refusal(), Refusal::NotFound(NotFound::Participant));
    assert!(matches!(scene.ask(bob, out(moderator.id)).refusal(), Refusal::NotAllowed(_)));
    scene.ask(moderator, out(moderator.id)).done();
}

#[test]
fn a_forced_unpublish_is_answered_before_everybody_is_told_the_publisher_too() {
    let mut scene = Scene::v2();
    let moderator = scene.moderator("moderator");
    let alice = scene.v2_client("alice");
    let stream = scene.ask(alice, v2_publish(sending())).published().0.id;
    let force = |stream| RoomCommand::ForceUnpublish { participant: alice.id, target: PublishedTarget::Stream(stream) };
    let outcome = scene.ask(moderator, force(stream)).done();
    assert_eq!(
        scene.said(&outcome),
        [
            "moderator: Done",
            "moderator: alice StreamUnpublished(ForcedByUser)",
            "alice: alice StreamUnpublished(ForcedByUser)"
        ]
    );
    assert_eq!(scene.ask(moderator, force(stream)).refusal(), Refusal::NotFound(NotFound::Stream));
    let stream = scene.ask(alice, v2_publish(sending())).published().0.id;
    let outcome = scene.api(force(stream)).done();
    assert_eq!(scene.said(&outcome)[0], "api: Done");
    assert_eq!(scene.said(&outcome)[1], "moderator: alice StreamUnpublished(ForcedByServer)");
    assert!(matches!(by_of(&outcome, alice)[..], [Some(Origin::Api(_))]));
}

#[test]
fn permissions_that_are_taken_away_end_what_they_allowed() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = settled(&mut scene, "alice");
    let bob = settled(&mut scene, "bob");
    scene.ask(alice, announce(MediaKind::Audio, TrackSource::Microphone, "mic"));
    scene.ask(alice, announce(MediaKind::Video, TrackSource::Camera, "cam"));
    let outcome = scene.ask(alice, negotiate(TransportRole::Publisher, sending()));
    scene.ask(bob, negotiate(TransportRole::Subscriber, answer_to(&outcome.offer_to(bob))));
    let update = |participant, permissions| RoomCommand::UpdateParticipant {
        participant: Some(participant),
        update: Box::new(ParticipantUpdate { permissions: Some(permissions), ..ParticipantUpdate::default() }),
    };
    let only_sound = Permissions { publish_sources: vec![TrackSource::Microphone], ..Permissions::publisher() };
    let outcome = scene.api(update(alice.id, only_sound)).done();
    let said = scene.said(&outcome);
    assert_eq!(
        said,
        [
            "bob: alice Permitted",
            "alice: alice Permitted",
            "bob: alice TrackUnpublished(PermissionLost)",
            "alice: alice TrackUnpublished(PermissionLost)",
            "api: Done",
            "bob: OfferMade"
        ]
    );
    let camera = announce(MediaKind::Video, TrackSource::Camera, "cam");
    assert!(matches!(scene.ask(alice, camera).refusal(), Refusal::NotAllowed(_)));
    scene.ask(bob, negotiate(TransportRole::Subscriber, answer_to(&outcome.offer_to(bob))));

    let deaf = Permissions { subscribe: false, ..Permissions::publisher() };
    scene.api(update(bob.id, deaf)).done();
    assert!(scene.worker.consumers.is_empty());
    let outcome = scene.api(update(bob.id, Permissions::publisher())).done();
    assert!(outcome.to(bob).len() == 1, "the offer that took it away is still open");
}

#[test]
fn what_is_published_stays_where_the_change_says_so() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    scene.ask(alice, v2_publish(sending())).published();
    let permissions = Some(Permissions { publish: false, ..Permissions::publisher() });
    let update = ParticipantUpdate { permissions, keep_published: true, ..ParticipantUpdate::default() };
    let command = RoomCommand::UpdateParticipant { participant: Some(alice.id), update: Box::new(update) };
    let outcome = scene.api(command).done();
    assert_eq!(scene.said(&outcome), ["alice: alice Permitted", "api: Done"]);
    let room = scene.api(RoomCommand::Describe).described();
    assert_eq!(room.participant(alice.id).unwrap().streams.len(), 1);
    assert!(matches!(scene.ask(alice, v2_publish(sending())).refusal(), Refusal::NotAllowed(_)), "nothing more");
}

#[test]
fn a_v2_client_that_may_not_subscribe_any_more_loses_its_subscriptions() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    let bob = scene.v2_client("bob");
    let stream = scene.ask(alice, v2_publish(sending())).published().0.id;
    let key = StreamKey { participant: alice.id, stream };
    let via = || SubscribeVia::ClientOffer { offer: receiving(), renew: false };
    scene.ask(bob, subscribe(key, via())).description();
    let deaf = Permissions { subscribe: false, ..Permissions::publisher() };
    let update = ParticipantUpdate { permissions: Some(deaf), ..ParticipantUpdate::default() };
    scene.api(RoomCommand::UpdateParticipant { participant: Some(bob.id), update: Box::new(update) }).done();
    assert!(scene.worker.consumers.is_empty());
    assert!(matches!(scene.ask(bob, subscribe(key, via())).refusal(), Refusal::NotAllowed(_)));
}

#[test]
fn names_metadata_and_attributes_change_for_everybody() {
    let mut scene = Scene::v2();
    let mut own = grant("alice");
    own.permissions.update_own_metadata = true;
    own.attributes.insert("old".to_owned(), "1".to_owned());
    let (alice, _) = scene.join("alice", facts(Topology::PerStream), own);
    let bob = scene.v2_client("bob");
    let change = |participant| RoomCommand::UpdateParticipant {
        participant,
        update: Box::new(ParticipantUpdate {
            name: Some("Alice".to_owned()),
            attributes: [("old", ""), ("new", "2")].map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
            ..ParticipantUpdate::default()
        }),
    };
    let outcome = scene.ask(alice, change(None)).done();
    assert_eq!(scene.said(&outcome), ["bob: alice Described", "alice: alice Described", "alice: Done"]);
    let info = scene.api(RoomCommand::Describe).described();
    let info = info.participant(alice.id).unwrap();
    assert_eq!((info.name.as_str(), info.attributes.len(), info.version), ("Alice", 1, 2));
    assert!(matches!(scene.ask(bob, change(None)).refusal(), Refusal::NotAllowed(_)));
    assert!(matches!(scene.ask(alice, change(Some(bob.id))).refusal(), Refusal::NotAllowed(_)));
    scene.api(change(Some(bob.id))).done();
    let again = scene.api(change(Some(bob.id))).done();
    assert_eq!(scene.said(&again), ["api: Done"], "nothing changed");
}

fn described(metadata: &str) -> RoomCommand {
    RoomCommand::UpdateRoom(Box::new(RoomUpdate { metadata: Some(metadata.to_owned()), ..RoomUpdate::default() }))
}

#[test]
fn room_metadata_is_stored_told_and_shown() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    let outcome = scene.api(described("new"));
    assert_eq!(scene.said(&outcome), ["effect RoomDescribed", "alice: RoomChanged", "api: Described"]);
    assert_eq!(outcome.described().settings.metadata, "new");
    let refusal = scene.ask(alice, described("")).refusal();
    assert!(matches!(refusal, Refusal::NotAllowed(_)));
}
