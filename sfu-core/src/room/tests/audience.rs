//! Publishers who choose whom they let subscribe, seen by receivers of either kind.
use super::client::*;
use super::livekit_media::settled;
use super::scene::*;
use crate::capability::Refusal;
use crate::room::*;
use crate::sdp::{Direction, MediaKind};

const PUBLISHER: TransportRole = TransportRole::Publisher;
const SUBSCRIBER: TransportRole = TransportRole::Subscriber;

fn admit(identity: &str) -> Admission {
    Admission { identity: identity.to_owned(), ..Admission::default() }
}

/// A microphone and a camera of a LiveKit client's that come in; their tracks.
fn publish(scene: &mut Scene, who: Who) -> (StreamKey, [crate::id::TrackId; 2]) {
    let (stream, audio, _) = scene.ask(who, announce(MediaKind::Audio, TrackSource::Microphone, "mic")).published();
    let (_, video, _) = scene.ask(who, announce(MediaKind::Video, TrackSource::Camera, "cam")).published();
    scene.ask(who, negotiate(PUBLISHER, sending()));
    (StreamKey { participant: who.id, stream: stream.id }, [audio[0], video[0]])
}

/// Answers the offer that was made to somebody; its directions.
fn accept(scene: &mut Scene, who: Who, outcome: &Outcome) -> Vec<Direction> {
    let offer = outcome.offer_to(who);
    scene.ask(who, negotiate(SUBSCRIBER, answer_to(&offer)));
    directions(&offer)
}

fn allowed(outcome: &Outcome, who: Who) -> Vec<bool> {
    let told = outcome.to(who).into_iter();
    let told = told.filter_map(|event| match event {
        RoomEvent::SubscriptionAllowed { allowed, .. } => Some(*allowed),
        _ => None,
    });
    told.collect()
}

#[test]
fn a_list_takes_tracks_from_those_not_on_it_and_its_end_gives_them_back() {
    let mut scene = Scene::new(livekit_lifecycle());
    let (alice, bob, carol) = (settled(&mut scene, "alice"), settled(&mut scene, "bob"), settled(&mut scene, "carol"));
    scene.ask(alice, announce(MediaKind::Audio, TrackSource::Microphone, "mic"));
    scene.ask(alice, announce(MediaKind::Video, TrackSource::Camera, "cam"));
    let outcome = scene.ask(alice, negotiate(PUBLISHER, sending()));
    accept(&mut scene, bob, &outcome);
    accept(&mut scene, carol, &outcome);
    assert_eq!(scene.worker.consumers.len(), 4);

    let outcome = scene.ask(alice, RoomCommand::Admit(Some(vec![admit("bob")]))).done();
    assert_eq!(scene.worker.consumers.len(), 2);
    assert_eq!((allowed(&outcome, bob), allowed(&outcome, carol)), (vec![], vec![false, false]));
    assert_eq!(
        accept(&mut scene, carol, &outcome),
        [Direction::SendRecv, Direction::Inactive, Direction::Inactive],
        "nothing is sent to her any more"
    );
    let again = scene.ask(alice, RoomCommand::Admit(Some(vec![admit("bob")]))).done();
    assert!(again.to(carol).is_empty(), "the same list again is no news");

    let outcome = scene.ask(alice, RoomCommand::Admit(None)).done();
    assert_eq!((allowed(&outcome, bob), allowed(&outcome, carol)), (vec![], vec![true, true]));
    accept(&mut scene, carol, &outcome);
    assert_eq!(scene.worker.consumers.len(), 4);
}

#[test]
fn a_list_holds_for_those_who_come_later_and_for_tracks_to_come() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = settled(&mut scene, "alice");
    scene.ask(alice, RoomCommand::Admit(Some(vec![admit("bob")]))).done();
    let (_, tracks) = publish(&mut scene, alice);
    let (bob, outcome) = scene.join("bob", facts(Topology::PublisherSubscriber), grant("bob"));
    assert!(allowed(&outcome, bob).is_empty());
    assert_eq!(accept(&mut scene, bob, &outcome).len(), 3, "channels, microphone, camera");
    let (carol, outcome) = scene.join("carol", facts(Topology::PublisherSubscriber), grant("carol"));
    assert_eq!(allowed(&outcome, carol), [false, false]);
    assert_eq!(accept(&mut scene, carol, &outcome).len(), 1, "channels alone");

    let target = SubscriptionTarget::Track(tracks[0]);
    let wish = || RoomCommand::Subscribe(Box::new(Subscribe { target, via: SubscribeVia::Common }));
    let outcome = scene.ask(carol, wish()).done();
    assert!(allowed(&outcome, carol).is_empty(), "she knows");
    let by_api = RoomCommand::SetSubscribed { participant: carol.id, tracks: tracks.to_vec(), subscribed: true };
    scene.api(by_api).done();
    assert_eq!(scene.worker.consumers.len(), 2, "an API does not go over the publisher's list");

    let only_sound = Admission { tracks: Some(vec![tracks[0]]), ..admit("carol") };
    let outcome = scene.ask(alice, RoomCommand::Admit(Some(vec![admit("bob"), only_sound]))).done();
    assert_eq!(allowed(&outcome, carol), [true]);
    accept(&mut scene, carol, &outcome);
    assert_eq!(scene.worker.consumers.len(), 3);
}

#[test]
fn who_is_named_by_id_is_known_by_identity_from_then_on() {
    let mut scene = Scene::new(livekit_lifecycle());
    let (alice, bob) = (settled(&mut scene, "alice"), settled(&mut scene, "bob"));
    let by_id = |id| Admission { participant: Some(id), ..Admission::default() };
    let stranger = crate::id::ParticipantId::from_number(5).unwrap();
    scene.ask(alice, RoomCommand::Admit(Some(vec![by_id(bob.id), by_id(stranger)]))).done();
    publish(&mut scene, alice);
    scene.ask(bob, RoomCommand::Leave { reason: LeaveReason::ByClient });
    let (bob, outcome) = scene.join("bob", facts(Topology::PublisherSubscriber), grant("bob"));
    assert!(allowed(&outcome, bob).is_empty());
    assert_eq!(accept(&mut scene, bob, &outcome).len(), 3);
    let nobody = RoomCommand::Admit(Some(vec![admit("carol"), Admission::default()]));
    assert!(matches!(scene.ask(alice, nobody).refusal(), Refusal::Invalid { .. }));
    assert_eq!(scene.worker.consumers.len(), 2, "a list that cannot be read changes nothing");
}

#[test]
fn a_single_transport_loses_and_regains_tracks_too_and_a_recorder_loses_none() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = settled(&mut scene, "alice");
    let bob = scene.livekit("bob", Topology::Single);
    scene.ask(bob, negotiate(TransportRole::Single, receiving()));
    let mut recorder = grant("recorder");
    recorder.kind = ParticipantKind::Egress;
    let (recorder, outcome) = scene.join("recorder", facts(Topology::PublisherSubscriber), recorder);
    accept(&mut scene, recorder, &outcome);
    scene.ask(alice, announce(MediaKind::Audio, TrackSource::Microphone, "mic"));
    scene.ask(alice, announce(MediaKind::Video, TrackSource::Camera, "cam"));
    let outcome = scene.ask(alice, negotiate(PUBLISHER, sending()));
    accept(&mut scene, recorder, &outcome);
    scene.ask(bob, negotiate(TransportRole::Single, receiving()));
    assert_eq!(scene.worker.consumers.len(), 4);
    let outcome = scene.ask(alice, RoomCommand::Admit(Some(Vec::new()))).done();
    assert_eq!((allowed(&outcome, bob), allowed(&outcome, recorder)), (vec![false, false], vec![]));
    assert_eq!(scene.worker.consumers.len(), 2);
    let outcome = scene.ask(alice, RoomCommand::Admit(None)).done();
    assert_eq!(allowed(&outcome, bob), [true, true]);
    assert!(scene.said(&outcome).iter().any(|said| said.starts_with("bob: SectionsWanted")));
}

#[test]
fn a_v2_client_keeps_its_sections_without_media_and_cannot_begin_to_receive_what_it_may_not_have() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = settled(&mut scene, "alice");
    let (bob, carol) = (scene.v2_client("bob"), scene.v2_client("carol"));
    let (key, tracks) = publish(&mut scene, alice);
    let via = || SubscribeVia::ClientOffer { offer: receiving(), renew: false };
    scene.ask(bob, subscribe(key, via())).negotiated();
    let flowing = |scene: &Scene| scene.worker.consumers.values().filter(|consumer| consumer.source.is_some()).count();
    assert_eq!(flowing(&scene), 2);
    let outcome = scene.ask(alice, RoomCommand::Admit(Some(Vec::new()))).done();
    assert_eq!((flowing(&scene), scene.worker.consumers.len()), (0, 2));
    assert!(outcome.to(bob).is_empty(), "nothing is negotiated");
    assert!(matches!(scene.ask(carol, subscribe(key, via())).refusal(), Refusal::NotAllowed(_)));
    let sound = |identity: &str| Admission { tracks: Some(vec![tracks[0]]), ..admit(identity) };
    scene.ask(alice, RoomCommand::Admit(Some(vec![sound("bob"), sound("carol")]))).done();
    assert_eq!(flowing(&scene), 1);
    scene.ask(carol, subscribe(key, via())).negotiated();
    assert_eq!((flowing(&scene), scene.worker.consumers.len()), (2, 4), "the sound alone, in both sections' place");
    scene.ask(alice, RoomCommand::Admit(None)).done();
    assert_eq!(flowing(&scene), 4);
}
