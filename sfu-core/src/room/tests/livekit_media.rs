//! Clients with a publisher and a subscriber Transport: announcing, holding, offering, choosing.
use super::client::*;
use super::scene::*;
use crate::capability::{NotFound, Refusal};
use crate::media::{LayerLimit, MediaEvent};
use crate::room::*;
use crate::sdp::{Codec, Direction, MediaKind, SectionKind};

const PUBLISHER: TransportRole = TransportRole::Publisher;
const SUBSCRIBER: TransportRole = TransportRole::Subscriber;

/// A participant whose first offer is answered.
pub fn settled(scene: &mut Scene, name: &str) -> Who {
    let (who, outcome) = scene.join(name, facts(Topology::PublisherSubscriber), grant(name));
    let offer = outcome.offer_to(who);
    scene.ask(who, negotiate(SUBSCRIBER, answer_to(&offer)));
    who
}

fn microphone() -> RoomCommand {
    announce(MediaKind::Audio, TrackSource::Microphone, "mic")
}

fn camera() -> RoomCommand {
    announce(MediaKind::Video, TrackSource::Camera, "cam")
}

fn mic_section() -> crate::sdp::Section {
    section("0", MediaKind::Audio, Direction::SendOnly, "mic")
}

fn cam_section() -> crate::sdp::Section {
    section("1", MediaKind::Video, Direction::SendOnly, "cam")
}

#[test]
fn the_first_offer_comes_with_joining_and_has_the_channels() {
    let mut scene = Scene::new(livekit_lifecycle());
    let (alice, outcome) = scene.join("alice", facts(Topology::PublisherSubscriber), grant("alice"));
    assert_eq!(scene.said(&outcome), ["alice: Joined", "alice: OfferMade"]);
    let offer = outcome.offer_to(alice);
    assert!(matches!(offer.sections[..], [ref only] if matches!(only.kind, SectionKind::Data(_))));
    assert_eq!(scene.worker.channels, ["_reliable"]);
}

#[test]
fn a_track_is_announced_at_once_and_offered_when_its_media_is_negotiated() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = settled(&mut scene, "alice");
    let bob = settled(&mut scene, "bob");
    let outcome = scene.ask(alice, microphone());
    assert_eq!(scene.said(&outcome), ["alice: Published", "bob: alice StreamPublished"]);
    let outcome = scene.ask(alice, camera());
    assert_eq!(scene.said(&outcome), ["alice: Published", "bob: alice TrackPublished"], "the same stream");

    let outcome = scene.ask(alice, negotiate(PUBLISHER, offer(vec![mic_section()])));
    assert_eq!(
        scene.said(&outcome),
        ["alice: Negotiated", "bob: alice TrackDetailed", "alice: alice TrackDetailed", "bob: OfferMade"]
    );
    let offered = outcome.offer_to(bob);
    assert_eq!(directions(&offered), [Direction::SendRecv, Direction::SendOnly], "data and sound");
    let label = offered.sections[1].label.expect("it says which track");
    assert_eq!((label.participant, label.kind), (alice.id, MediaKind::Audio));

    let outcome = scene.ask(alice, negotiate(PUBLISHER, offer(vec![mic_section(), cam_section()])));
    assert!(
        outcome.to(bob).iter().all(|event| !matches!(event, RoomEvent::OfferMade { .. })),
        "one open offer at a time"
    );
    let outcome = scene.ask(bob, negotiate(SUBSCRIBER, answer_to(&offered)));
    assert_eq!(scene.said(&outcome), ["alice: TrackSubscribed", "bob: Negotiated", "bob: OfferMade"]);
    assert_eq!(scene.worker.consumers.len(), 1);
    let outcome = scene.ask(bob, negotiate(SUBSCRIBER, answer_to(&outcome.offer_to(bob))));
    assert_eq!(scene.said(&outcome), ["alice: TrackSubscribed", "bob: Negotiated"]);
    assert_eq!(scene.worker.consumers.len(), 2);
    assert!(scene.worker.consumers.values().all(|consumer| consumer.source.is_some() && !consumer.blank));
}

#[test]
fn who_comes_later_is_offered_all_there_is_at_once() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = settled(&mut scene, "alice");
    scene.ask(alice, microphone());
    scene.ask(alice, camera());
    scene.ask(alice, negotiate(PUBLISHER, sending()));
    let (bob, outcome) = scene.join("bob", facts(Topology::PublisherSubscriber), grant("bob"));
    assert_eq!(outcome.joined().room.participants[0].streams.len(), 1);
    let offered = outcome.offer_to(bob);
    assert_eq!(offered.sections.len(), 3);
    scene.ask(bob, negotiate(SUBSCRIBER, answer_to(&offered)));
    assert_eq!(scene.worker.consumers.len(), 2);
}

#[test]
fn media_that_comes_before_its_announcement_is_held_until_it_comes() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = settled(&mut scene, "alice");
    let bob = settled(&mut scene, "bob");
    let outcome = scene.ask(alice, negotiate(PUBLISHER, sending()));
    assert_eq!(directions(&outcome.description()), [Direction::RecvOnly, Direction::RecvOnly]);
    assert_eq!(scene.said(&outcome), ["alice: Negotiated"]);
    assert_eq!(scene.worker.producers.len(), 2);
    let outcome = scene.ask(alice, camera());
    assert_eq!(
        scene.said(&outcome),
        [
            "alice: Published",
            "bob: alice StreamPublished",
            "bob: alice TrackDetailed",
            "alice: alice TrackDetailed",
            "bob: OfferMade"
        ]
    );
    let outcome = scene.ask(alice, announce(MediaKind::Audio, TrackSource::Microphone, "another"));
    assert_eq!(
        scene.said(&outcome),
        ["alice: Published", "bob: alice TrackPublished"],
        "the held one has another name"
    );
    let _ = bob;
}

#[test]
fn the_only_announced_track_of_a_kind_takes_media_of_another_name() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = settled(&mut scene, "alice");
    let (stream, _, _) = scene.ask(alice, announce(MediaKind::Video, TrackSource::Camera, "{braces}")).published();
    scene.ask(alice, negotiate(PUBLISHER, offer(vec![cam_section()])));
    let room = scene.api(RoomCommand::Describe).described();
    let video = room.publisher_of(alice.id, stream.id).unwrap().video.as_ref().unwrap();
    assert_eq!((video.codec, video.mid.as_ref().map(|mid| mid.0.as_str())), (Some(Codec::Vp8), Some("1")));
}

#[test]
fn two_announced_tracks_of_a_kind_are_told_apart_by_name() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = settled(&mut scene, "alice");
    let (_, cam, _) = scene.ask(alice, camera()).published();
    let (_, screen, _) = scene.ask(alice, announce(MediaKind::Video, TrackSource::ScreenShare, "screen")).published();
    let sections = vec![
        section("0", MediaKind::Video, Direction::SendOnly, "screen"),
        section("1", MediaKind::Video, Direction::SendOnly, "cam"),
    ];
    scene.ask(alice, negotiate(PUBLISHER, offer(sections)));
    let room = scene.api(RoomCommand::Describe).described();
    let streams = &room.participants[0].streams;
    assert_eq!(streams.len(), 2, "a shared screen is a stream of its own");
    let mid_of = |id| {
        let track = streams.iter().flat_map(StreamInfo::tracks).find(|track| track.id == id).unwrap();
        track.mid.as_ref().map(|mid| mid.0.clone()).unwrap()
    };
    assert_eq!((mid_of(cam[0]).as_str(), mid_of(screen[0]).as_str()), ("1", "0"));
}

#[test]
fn a_second_track_of_a_taken_half_opens_a_further_group() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = settled(&mut scene, "alice");
    let sources = [("cam", TrackSource::Camera), ("cam2", TrackSource::Camera), ("x", TrackSource::Unknown)];
    let streams =
        sources.map(|(name, source)| scene.ask(alice, announce(MediaKind::Video, source, name)).published().0);
    let sources: Vec<_> = streams.iter().map(|stream| stream.spec.source).collect();
    assert_eq!(sources, [StreamSource::Camera, StreamSource::Custom(0), StreamSource::Custom(1)]);
}

#[test]
fn a_track_whose_section_falls_silent_is_unpublished_and_the_stream_with_its_last() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = settled(&mut scene, "alice");
    let bob = settled(&mut scene, "bob");
    scene.ask(alice, microphone());
    scene.ask(alice, camera());
    let outcome = scene.ask(alice, negotiate(PUBLISHER, sending()));
    scene.ask(bob, negotiate(SUBSCRIBER, answer_to(&outcome.offer_to(bob))));
    let inactive = |mid, kind| section(mid, kind, Direction::Inactive, "");
    let outcome = scene.ask(alice, negotiate(PUBLISHER, offer(vec![mic_section(), inactive("1", MediaKind::Video)])));
    assert_eq!(
        scene.said(&outcome),
        [
            "alice: Negotiated",
            "bob: alice TrackUnpublished(ByPublisher)",
            "alice: alice TrackUnpublished(ByPublisher)",
            "bob: OfferMade"
        ]
    );
    let offered = outcome.offer_to(bob);
    assert_eq!(directions(&offered), [Direction::SendRecv, Direction::SendOnly, Direction::Inactive]);
    scene.ask(bob, negotiate(SUBSCRIBER, answer_to(&offered)));
    assert_eq!((scene.worker.producers.len(), scene.worker.consumers.len()), (1, 1));
    let silent = offer(vec![inactive("0", MediaKind::Audio), inactive("1", MediaKind::Video)]);
    let outcome = scene.ask(alice, negotiate(PUBLISHER, silent));
    assert_eq!(scene.said(&outcome)[1], "bob: alice StreamUnpublished(ByPublisher)");
    assert!(scene.worker.producers.is_empty() && scene.worker.consumers.is_empty());
}

#[test]
fn an_m_line_that_carries_another_track_than_before_changes_its_producer() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = settled(&mut scene, "alice");
    let (_, first, _) = scene.ask(alice, camera()).published();
    scene.ask(alice, negotiate(PUBLISHER, offer(vec![cam_section()])));
    scene.ask(alice, announce(MediaKind::Video, TrackSource::ScreenShare, "screen"));
    let exchanged = section("1", MediaKind::Video, Direction::SendOnly, "screen");
    let outcome = scene.ask(alice, negotiate(PUBLISHER, offer(vec![exchanged])));
    assert!(scene.said(&outcome).contains(&"alice: alice StreamUnpublished(ByPublisher)".to_owned()));
    let room = scene.api(RoomCommand::Describe).described();
    let streams = &room.participants[0].streams;
    assert_eq!(streams.len(), 1);
    assert_ne!(streams[0].video.as_ref().unwrap().id, first[0]);
    assert!(streams[0].video.as_ref().unwrap().codec.is_some());
    assert_eq!(scene.worker.producers.len(), 1);
}

#[test]
fn a_track_unpublished_by_command_and_announced_again_goes_on_with_the_media_that_still_comes() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = settled(&mut scene, "alice");
    let (_, tracks, _) = scene.ask(alice, camera()).published();
    scene.ask(alice, negotiate(PUBLISHER, offer(vec![cam_section()])));
    scene.ask(alice, RoomCommand::Unpublish(PublishedTarget::Track(tracks[0]))).done();
    let outcome = scene.ask(alice, camera());
    assert_eq!(scene.said(&outcome), ["alice: Published", "alice: alice TrackDetailed"]);
    assert_eq!(scene.worker.producers.len(), 1);
}

#[test]
fn explicit_choices_go_before_subscribing_to_everything() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = settled(&mut scene, "alice");
    let bob = settled(&mut scene, "bob");
    let (_, tracks, _) = scene.ask(alice, camera()).published();
    let target = SubscriptionTarget::Track(tracks[0]);
    scene.ask(bob, RoomCommand::Unsubscribe(target)).done();
    let outcome = scene.ask(alice, negotiate(PUBLISHER, offer(vec![cam_section()])));
    assert!(outcome.to(bob).iter().all(|event| !matches!(event, RoomEvent::OfferMade { .. })));
    let wish = RoomCommand::Subscribe(Box::new(Subscribe { target, via: SubscribeVia::Common }));
    let outcome = scene.ask(bob, wish).done();
    scene.ask(bob, negotiate(SUBSCRIBER, answer_to(&outcome.offer_to(bob))));
    assert_eq!(scene.worker.consumers.len(), 1);
    let off = RoomCommand::SetSubscribed { participant: bob.id, tracks: tracks.clone(), subscribed: false };
    let outcome = scene.api(off).done();
    assert!(scene.worker.consumers.is_empty());
    assert_eq!(directions(&outcome.offer_to(bob)), [Direction::SendRecv, Direction::Inactive]);
    let unknown = SubscriptionTarget::Track(crate::id::TrackId::from_number(1).unwrap());
    let wish = RoomCommand::Subscribe(Box::new(Subscribe { target: unknown, via: SubscribeVia::Common }));
    assert_eq!(scene.ask(bob, wish).refusal(), Refusal::NotFound(NotFound::Track));
}

#[test]
fn a_client_that_chooses_itself_is_sent_nothing_else() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = settled(&mut scene, "alice");
    let chooser = ClientFacts { auto_subscribe: false, ..facts(Topology::PublisherSubscriber) };
    let (bob, outcome) = scene.join("bob", chooser, grant("bob"));
    scene.ask(bob, negotiate(SUBSCRIBER, answer_to(&outcome.offer_to(bob))));
    let (_, tracks, _) = scene.ask(alice, camera()).published();
    let outcome = scene.ask(alice, negotiate(PUBLISHER, offer(vec![cam_section()])));
    assert!(outcome.to(bob).iter().all(|event| !matches!(event, RoomEvent::OfferMade { .. })));
    let target = SubscriptionTarget::Track(tracks[0]);
    let wish = RoomCommand::Subscribe(Box::new(Subscribe { target, via: SubscribeVia::Common }));
    scene.ask(bob, wish).offer_to(bob);
}

#[test]
fn wishes_hold_for_open_and_for_later_consumers() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = settled(&mut scene, "alice");
    let bob = settled(&mut scene, "bob");
    let (_, tracks, _) = scene.ask(alice, camera()).published();
    let outcome = scene.ask(alice, negotiate(PUBLISHER, offer(vec![cam_section()])));
    let wishes = SubscriptionWishes { disabled: true, max_spatial: Some(1), priority: Some(9), ..Default::default() };
    scene.ask(bob, RoomCommand::TuneSubscription { tracks: tracks.clone(), wishes }).done();
    scene.ask(bob, negotiate(SUBSCRIBER, answer_to(&outcome.offer_to(bob))));
    let state = |scene: &Scene| {
        scene.worker.consumers.values().map(|consumer| (consumer.paused, consumer.limit, consumer.weight)).next()
    };
    let limit = LayerLimit { spatial: 1, temporal: u8::MAX };
    assert_eq!(state(&scene), Some((true, limit, 9)));
    let wishes = SubscriptionWishes::default();
    scene.ask(bob, RoomCommand::TuneSubscription { tracks, wishes }).done();
    assert_eq!(state(&scene), Some((false, LayerLimit::ALL, 1)));
}

#[test]
fn an_offer_lost_with_the_socket_is_made_again_with_a_new_start_of_ice() {
    let mut scene = Scene::new(livekit_lifecycle());
    let (alice, outcome) = scene.join("alice", facts(Topology::PublisherSubscriber), grant("alice"));
    let lost = outcome.offer_to(alice);
    let outcome = scene.ask(alice, RoomCommand::RestartIce { role: SUBSCRIBER }).done();
    assert_eq!(scene.said(&outcome), ["alice: Done", "alice: OfferMade"]);
    let anew = outcome.offer_to(alice);
    assert_eq!(anew.sections.len(), lost.sections.len());
    assert_ne!(anew.ice.ufrag, lost.ice.ufrag);
    scene.ask(alice, negotiate(SUBSCRIBER, answer_to(&anew)));
    let refusal = scene.ask(alice, RoomCommand::RestartIce { role: PUBLISHER }).refusal();
    assert!(matches!(refusal, Refusal::Invalid { .. }));
}

#[test]
fn the_codec_that_really_comes_is_told_when_it_is_another() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = settled(&mut scene, "alice");
    scene.ask(alice, camera());
    scene.ask(alice, negotiate(PUBLISHER, offer(vec![cam_section()])));
    let producer = *scene.worker.producers.keys().next().unwrap();
    let outcome = scene.media(MediaEvent::ProducerStarted { producer, codec: Codec::Vp8 });
    assert!(scene.said(&outcome).is_empty());
    let outcome = scene.media(MediaEvent::ProducerStarted { producer, codec: Codec::Av1 });
    assert_eq!(scene.said(&outcome), ["alice: alice TrackDetailed"]);
}

#[test]
fn a_leaver_takes_its_tracks_out_of_the_others_offers() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = settled(&mut scene, "alice");
    let bob = settled(&mut scene, "bob");
    scene.ask(alice, camera());
    let outcome = scene.ask(alice, negotiate(PUBLISHER, offer(vec![cam_section()])));
    scene.ask(bob, negotiate(SUBSCRIBER, answer_to(&outcome.offer_to(bob))));
    let outcome = scene.ask(alice, RoomCommand::Leave { reason: LeaveReason::ByClient }).done();
    assert_eq!(scene.said(&outcome), ["bob: alice Left(ByClient)", "alice: Done", "bob: OfferMade"]);
    assert!(scene.worker.consumers.is_empty() && scene.worker.producers.is_empty());
}

#[test]
fn nobody_offers_on_the_subscriber_but_the_room() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = settled(&mut scene, "alice");
    assert!(matches!(scene.ask(alice, negotiate(SUBSCRIBER, receiving())).refusal(), Refusal::Invalid { .. }));
    let refusal = scene.ask(alice, negotiate(PUBLISHER, answer_to(&sending()))).refusal();
    assert_eq!(refusal, Refusal::NotFound(NotFound::Transport));
    let RoomCommand::Publish(publish) = v2_publish(sending()) else { panic!() };
    assert!(matches!(scene.ask(alice, RoomCommand::Publish(publish)).refusal(), Refusal::Invalid { .. }));
}

#[test]
fn a_picture_left_out_for_want_of_bandwidth_is_told_to_its_receiver_alone() {
    let mut scene = Scene::new(livekit_lifecycle());
    let alice = settled(&mut scene, "alice");
    let bob = settled(&mut scene, "bob");
    scene.ask(alice, camera());
    let outcome = scene.ask(alice, negotiate(PUBLISHER, offer(vec![cam_section()])));
    scene.ask(bob, negotiate(SUBSCRIBER, answer_to(&outcome.offer_to(bob))));
    let consumer = *scene.worker.consumers.keys().next().expect("bob receives it");
    for starved in [true, false] {
        let outcome = scene.media(MediaEvent::ConsumerStarved { consumer, starved });
        assert_eq!(scene.said(&outcome), ["bob: StreamPaused"]);
    }
}
