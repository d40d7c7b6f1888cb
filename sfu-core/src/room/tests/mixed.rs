//! Clients of both kinds in one room.
use super::client::*;
use super::livekit_media::settled;
use super::scene::*;
use crate::room::*;
use crate::sdp::{Direction, MediaKind};

const PUBLISHER: TransportRole = TransportRole::Publisher;

#[test]
fn a_livekit_stream_is_received_whole_by_a_v2_client_whatever_comes_and_goes_in_it() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = settled(&mut scene, "alice");
    let bob = scene.v2_client("bob");
    let (stream, _, _) = scene.ask(alice, announce(MediaKind::Audio, TrackSource::Microphone, "mic")).published();
    let key = StreamKey { participant: alice.id, stream: stream.id };
    let via = SubscribeVia::ServerOffer { renew: false };
    let offered = scene.ask(bob, subscribe(key, via)).description();
    assert_eq!(directions(&offered), [Direction::SendOnly, Direction::SendOnly], "both halves from the start");
    scene.ask(bob, negotiate(TransportRole::Down(key), answer_to(&offered)));
    let sources = |scene: &Scene| {
        let of =
            |kind| scene.worker.consumers.values().find(|consumer| consumer.kind == kind).unwrap().source.is_some();
        (of(MediaKind::Audio), of(MediaKind::Video))
    };
    assert_eq!(sources(&scene), (false, false));

    let mic = || section("0", MediaKind::Audio, Direction::SendOnly, "mic");
    let cam = || section("1", MediaKind::Video, Direction::SendOnly, "cam");
    let outcome = scene.ask(alice, negotiate(PUBLISHER, offer(vec![mic()])));
    assert_eq!(sources(&scene), (true, false));
    assert!(scene.said(&outcome).contains(&"alice: TrackSubscribed".to_owned()));
    let (_, video, _) = scene.ask(alice, announce(MediaKind::Video, TrackSource::Camera, "cam")).published();
    let outcome = scene.ask(alice, negotiate(PUBLISHER, offer(vec![mic(), cam()])));
    assert_eq!(sources(&scene), (true, true));
    let negotiated = |event: &&RoomEvent| !matches!(event, RoomEvent::ParticipantChanged { .. });
    assert!(!outcome.to(bob).iter().any(negotiated), "no renegotiation with the v2 client");

    let gone = RoomCommand::Unpublish(PublishedTarget::Track(video[0]));
    let outcome = scene.ask(alice, gone).done();
    assert!(scene.said(&outcome).contains(&"bob: alice TrackUnpublished(ByPublisher)".to_owned()));
    assert_eq!(sources(&scene), (true, false));
    scene.ask(alice, announce(MediaKind::Video, TrackSource::Camera, "cam"));
    assert_eq!(sources(&scene), (true, true), "the media that still comes is announced again");
    let gone = RoomCommand::Unpublish(PublishedTarget::Stream(stream.id));
    scene.ask(alice, gone).done();
    assert!(scene.worker.consumers.is_empty());
}

#[test]
fn a_v2_stream_is_two_tracks_for_a_livekit_client() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    let bob = settled(&mut scene, "bob");
    let outcome = scene.ask(alice, v2_publish(sending()));
    assert_eq!(scene.said(&outcome), ["alice: Published", "bob: alice StreamPublished", "bob: OfferMade"]);
    let offered = outcome.offer_to(bob);
    assert_eq!(directions(&offered), [Direction::SendRecv, Direction::SendOnly, Direction::SendOnly]);
    scene.ask(bob, negotiate(TransportRole::Subscriber, answer_to(&offered)));
    assert_eq!(scene.worker.consumers.len(), 2);
    let stream = outcome.published().0.id;
    let renew = RoomCommand::Negotiate { role: TransportRole::Up(stream), description: sending(), renew: true };
    let outcome = scene.ask(alice, renew);
    assert!(outcome.to(bob).is_empty(), "a new start is silent");
    assert!(scene.worker.consumers.values().all(|consumer| consumer.source.is_some()));
}

#[test]
fn sound_and_picture_of_a_v2_client_go_to_a_single_transport_too() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    let bob = scene.livekit("bob", Topology::Single);
    let receiving = || offer(receiving().sections);
    scene.ask(bob, negotiate(TransportRole::Single, receiving()));
    let outcome = scene.ask(alice, v2_publish(sending()));
    assert_eq!(scene.said(&outcome).last().unwrap(), "bob: SectionsWanted(0,0)");
    let (answer, tracks) = scene.ask(bob, negotiate(TransportRole::Single, receiving())).negotiated();
    assert_eq!(directions(&answer.unwrap()), [Direction::SendOnly, Direction::SendOnly]);
    assert_eq!(tracks, outcome.published().1);
}
