//! Clients that negotiate stream by stream: publishing, both ways of subscribing, starting over.
use super::client::*;
use super::scene::*;
use crate::capability::{NotFound, NotNow, Refusal};
use crate::media::{FailureCause, MediaCommand, MediaEvent};
use crate::room::*;
use crate::sdp::{Codec, DescriptionKind, Direction, MediaKind};

/// Alice publishes camera and microphone.
fn published(scene: &mut Scene, alice: Who) -> StreamKey {
    let stream = scene.ask(alice, v2_publish(sending())).published().0;
    StreamKey { participant: alice.id, stream: stream.id }
}

fn server_offer(renew: bool) -> SubscribeVia {
    SubscribeVia::ServerOffer { renew }
}

fn client_offer(renew: bool) -> SubscribeVia {
    SubscribeVia::ClientOffer { offer: receiving(), renew }
}

#[test]
fn a_publisher_has_its_answer_before_the_others_hear_of_the_stream() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    scene.v2_client("bob");
    let outcome = scene.ask(alice, v2_publish(sending()));
    assert_eq!(scene.said(&outcome), ["alice: Published", "bob: alice StreamPublished"]);
    let (stream, tracks, answer) = outcome.published();
    let answer = answer.expect("an answer to the offer");
    assert_eq!(answer.kind, DescriptionKind::Answer);
    assert_eq!(directions(&answer), [Direction::RecvOnly, Direction::RecvOnly]);
    assert!(answer.ice_lite);
    assert_eq!(tracks.len(), 2);
    assert_eq!(stream.audio.as_ref().and_then(|track| track.codec), Some(Codec::Opus));
    assert_eq!(stream.video.as_ref().and_then(|track| track.codec), Some(Codec::Vp8));
    assert_eq!(scene.worker.producers.len(), 2);
    assert!(scene.worker.transports.values().all(|connected| *connected));
}

#[test]
fn a_second_stream_of_one_v2_client_is_refused() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    published(&mut scene, alice);
    let refusal = scene.ask(alice, v2_publish(sending())).refusal();
    assert_eq!(refusal, Refusal::NotNow(NotNow::AlreadyPublishing));
}

#[test]
fn an_offer_that_cannot_be_taken_publishes_nothing_and_one_may_publish_again() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    scene.v2_client("bob");
    let refusal = scene.ask(alice, v2_publish(offer(Vec::new()))).refusal();
    assert!(matches!(refusal, Refusal::Invalid { .. }), "{refusal:?}");
    assert!(scene.worker.is_empty());
    assert!(scene.api(RoomCommand::Describe).described().participants.iter().all(|info| info.streams.is_empty()));
    published(&mut scene, alice);
}

#[test]
fn a_forced_codec_that_the_offer_lacks_is_refused() {
    let forced = RoomSettings { forced_video_codec: Some(Codec::Av1), ..settings(v2_lifecycle()) };
    let mut scene = Scene::with(forced);
    let alice = scene.v2_client("alice");
    let refusal = scene.ask(alice, v2_publish(sending())).refusal();
    assert_eq!(refusal, Refusal::NotNow(NotNow::ForcedCodecMissing));
}

#[test]
fn a_client_offer_is_answered_and_sent_at_once() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    let bob = scene.v2_client("bob");
    let key = published(&mut scene, alice);
    let outcome = scene.ask(bob, subscribe(key, client_offer(false)));
    assert_eq!(scene.said(&outcome), ["bob: Negotiated"], "nobody else is told");
    let answer = outcome.description();
    assert_eq!(directions(&answer), [Direction::SendOnly, Direction::SendOnly]);
    assert_eq!(outcome.negotiated().1.len(), 2);
    assert_eq!(scene.worker.consumers.len(), 2);
    assert!(scene.worker.consumers.values().all(|consumer| consumer.source.is_some()));
    let blank: Vec<_> = scene.worker.consumers.values().map(|consumer| (consumer.kind, consumer.blank)).collect();
    assert!(blank.contains(&(MediaKind::Video, true)) && blank.contains(&(MediaKind::Audio, false)), "{blank:?}");
    let info = scene.api(RoomCommand::Describe).described();
    assert_eq!(info.participant(bob.id).unwrap().subscriptions, [(key, scene.now.unix_ms)]);
}

#[test]
fn a_server_offer_is_sent_when_it_is_answered() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    let bob = scene.v2_client("bob");
    let key = published(&mut scene, alice);
    let offer = scene.ask(bob, subscribe(key, server_offer(false))).description();
    assert_eq!(offer.kind, DescriptionKind::Offer);
    assert_eq!(directions(&offer), [Direction::SendOnly, Direction::SendOnly]);
    assert!(scene.worker.consumers.is_empty());
    let outcome = scene.ask(bob, negotiate(TransportRole::Down(key), answer_to(&offer)));
    assert_eq!(outcome.negotiated(), (None, Vec::new()));
    assert_eq!(scene.worker.consumers.len(), 2);
    let refusal = scene.ask(bob, negotiate(TransportRole::Down(key), answer_to(&offer))).refusal();
    assert_eq!(refusal, Refusal::NotNow(NotNow::NoOfferOpen));
}

#[test]
fn subscriptions_that_make_no_sense_are_refused_each_in_its_way() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    let bob = scene.v2_client("bob");
    let key = published(&mut scene, alice);
    scene.ask(bob, subscribe(key, client_offer(false)));
    let nobodys = StreamKey { participant: bob.id, stream: key.stream };
    let gone = StreamKey { participant: crate::id::ParticipantId::from_number(1).unwrap(), stream: key.stream };
    let cases = [
        ("twice", bob, key, client_offer(false), Refusal::NotNow(NotNow::AlreadySubscribed)),
        ("twice by server", bob, key, server_offer(false), Refusal::NotNow(NotNow::AlreadySubscribed)),
        ("own stream", alice, key, client_offer(false), Refusal::NotFound(NotFound::Stream)),
        ("unpublished", alice, nobodys, client_offer(false), Refusal::NotFound(NotFound::Stream)),
        ("unknown owner", bob, gone, client_offer(false), Refusal::NotFound(NotFound::Participant)),
    ];
    for (name, who, key, via, refusal) in cases {
        assert_eq!(scene.ask(who, subscribe(key, via)).refusal(), refusal, "{name}");
    }
    let down = TransportRole::Down(nobodys);
    let stray = scene.ask(bob, negotiate(down, answer_to(&sending()))).refusal();
    assert_eq!(stray, Refusal::NotFound(NotFound::Transport), "an answer without an offer");
}

#[test]
fn a_renewed_subscription_replaces_the_old_one_and_nobody_hears_of_it() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    let bob = scene.v2_client("bob");
    let key = published(&mut scene, alice);
    scene.ask(bob, subscribe(key, client_offer(false)));
    let role = TransportRole::Down(key);
    let mut last = scene.transport(bob, role);
    for via in [client_offer(true), server_offer(true)] {
        let server_offers = matches!(via, SubscribeVia::ServerOffer { .. });
        let outcome = scene.ask(bob, subscribe(key, via));
        assert_eq!(scene.said(&outcome), ["bob: Negotiated"]);
        if server_offers {
            scene.ask(bob, negotiate(role, answer_to(&outcome.description())));
        }
        let next = scene.transport(bob, role);
        assert_ne!(next, last);
        assert!(!scene.worker.transports.contains_key(&last), "the old one is closed");
        assert_eq!(scene.worker.consumers.len(), 2);
        last = next;
    }
    let renew = RoomCommand::Negotiate { role, description: receiving(), renew: true };
    scene.ask(bob, renew).description();
    assert_ne!(scene.transport(bob, role), last);
    assert_eq!(scene.worker.consumers.len(), 2);
}

#[test]
fn a_publisher_that_starts_over_keeps_its_stream_and_its_receivers() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    let bob = scene.v2_client("bob");
    let key = published(&mut scene, alice);
    scene.ask(bob, subscribe(key, client_offer(false)));
    let before: Vec<_> = scene.worker.producers.keys().copied().collect();
    let role = TransportRole::Up(key.stream);
    let renew = RoomCommand::Negotiate { role, description: sending(), renew: true };
    let outcome = scene.ask(alice, renew);
    assert_eq!(scene.said(&outcome), ["alice: Negotiated"], "nobody is told");
    let after: Vec<_> = scene.worker.producers.keys().copied().collect();
    assert_eq!(after.len(), 2);
    assert!(after.iter().all(|producer| !before.contains(producer)));
    for consumer in scene.worker.consumers.values() {
        assert!(after.contains(&consumer.source.unwrap()), "receivers have the new source");
    }
}

#[test]
fn an_unpublished_stream_is_taken_from_everybody_and_another_one_may_follow() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    let bob = scene.v2_client("bob");
    let key = published(&mut scene, alice);
    scene.ask(bob, subscribe(key, client_offer(false)));
    let outcome = scene.ask(alice, RoomCommand::Unpublish(PublishedTarget::Stream(key.stream))).done();
    assert_eq!(
        scene.said(&outcome),
        ["bob: alice StreamUnpublished(ByPublisher)", "alice: alice StreamUnpublished(ByPublisher)", "alice: Done"]
    );
    assert!(scene.worker.is_empty());
    let again = RoomCommand::Unpublish(PublishedTarget::Stream(key.stream));
    assert_eq!(scene.ask(alice, again).refusal(), Refusal::NotFound(NotFound::Stream));
    let next = published(&mut scene, alice);
    assert_ne!(next.stream, key.stream);
    scene.ask(bob, subscribe(next, client_offer(false))).description();
}

#[test]
fn a_subscription_is_given_up_as_often_as_one_likes() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    let bob = scene.v2_client("bob");
    let key = published(&mut scene, alice);
    scene.ask(bob, subscribe(key, client_offer(false)));
    for _ in 0..2 {
        scene.ask(bob, RoomCommand::Unsubscribe(SubscriptionTarget::Stream(key))).done();
        assert!(scene.worker.consumers.is_empty());
        assert_eq!(scene.worker.transports.len(), 1, "the publisher's");
    }
    scene.ask(bob, subscribe(key, client_offer(false))).description();
}

#[test]
fn a_publisher_that_wants_its_own_media_back_gets_it_on_the_same_transport() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    let both = || {
        offer(vec![
            section("0", MediaKind::Audio, Direction::SendRecv, "mic"),
            section("1", MediaKind::Video, Direction::SendRecv, "cam"),
        ])
    };
    let RoomCommand::Publish(mut publish) = v2_publish(both()) else { panic!() };
    publish.loopback = true;
    let (stream, _, answer) = scene.ask(alice, RoomCommand::Publish(publish)).published();
    assert_eq!(directions(&answer.unwrap()), [Direction::SendRecv, Direction::SendRecv]);
    let own = |scene: &Scene| {
        assert_eq!(scene.worker.consumers.len(), 2);
        scene.worker.consumers.values().all(|consumer| {
            let source = consumer.source.and_then(|source| scene.worker.producers.get(&source));
            source.is_some_and(|producer| producer.transport == consumer.transport)
        })
    };
    assert!(own(&scene));
    let role = TransportRole::Up(stream.id);
    scene.ask(alice, RoomCommand::Negotiate { role, description: both(), renew: true }).description();
    assert!(own(&scene), "after a new start too");
    scene.ask(alice, RoomCommand::Unpublish(PublishedTarget::Stream(stream.id))).done();
    assert!(scene.worker.is_empty());
}

#[test]
fn what_a_client_offers_beyond_what_it_publishes_is_not_received() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    let RoomCommand::Publish(mut publish) = v2_publish(sending()) else { panic!() };
    publish.tracks.retain(|track| track.kind == MediaKind::Audio);
    publish.stream.has_video = false;
    let (stream, _, answer) = scene.ask(alice, RoomCommand::Publish(publish)).published();
    assert_eq!(directions(&answer.unwrap()), [Direction::RecvOnly, Direction::Inactive]);
    assert!(stream.video.is_none());
    let bob = scene.v2_client("bob");
    let key = StreamKey { participant: alice.id, stream: stream.id };
    let offer = scene.ask(bob, subscribe(key, server_offer(false))).description();
    assert_eq!(offer.sections.len(), 1, "only the halves that the stream has");
}

#[test]
fn an_ice_restart_keeps_the_transport() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    let key = published(&mut scene, alice);
    let role = TransportRole::Up(key.stream);
    let transport = scene.transport(alice, role);
    let restart = offer_with_ice("wxyz", sending().sections);
    let outcome = scene.ask(alice, negotiate(role, restart));
    let answer = outcome.description();
    assert_eq!(MediaCommand::transport_of_ufrag(&answer.ice.ufrag), Some((WORKER, transport)));
    assert!(answer.ice.ufrag.ends_with("G1"), "{}", answer.ice.ufrag);
    let restarted = |output: &RoomOutput| {
        matches!(output, RoomOutput::Media { command: MediaCommand::RestartIce { local_ice, .. }, .. }
            if *local_ice == answer.ice)
    };
    assert!(outcome.outputs.iter().any(restarted));
    assert_eq!(scene.worker.producers.len(), 2);
}

#[test]
fn a_broken_transport_is_told_its_owner_and_its_stream_stays_until_it_starts_over() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    let bob = scene.v2_client("bob");
    let key = published(&mut scene, alice);
    scene.ask(bob, subscribe(key, client_offer(false)));
    let role = TransportRole::Up(key.stream);
    let transport = scene.transport(alice, role);
    let outcome = scene.media(MediaEvent::TransportDisconnected(transport));
    assert_eq!(scene.said(&outcome), ["alice: TransportChanged(Disconnected)"]);
    let outcome = scene.media(MediaEvent::TransportClosed { transport, cause: FailureCause::Dtls });
    assert_eq!(scene.said(&outcome), ["alice: TransportChanged(Failed)"]);
    let refusal = scene.ask(alice, negotiate(role, sending())).refusal();
    assert_eq!(refusal, Refusal::NotFound(NotFound::Transport));
    let renew = RoomCommand::Negotiate { role, description: sending(), renew: true };
    scene.ask(alice, renew).description();
    assert!(scene.worker.consumers.values().all(|consumer| consumer.source.is_some()));
    scene.ask(alice, RoomCommand::Leave { reason: LeaveReason::ByClient }).done();
    assert!(scene.worker.is_empty(), "with the publisher its receivers' Transports go");
}

#[test]
fn a_client_that_negotiates_by_stream_has_no_common_transport() {
    let mut scene = Scene::v2();
    let alice = scene.v2_client("alice");
    for role in [TransportRole::Publisher, TransportRole::Subscriber, TransportRole::Single] {
        let refusal = scene.ask(alice, negotiate(role, sending())).refusal();
        assert_eq!(refusal, Refusal::NotFound(NotFound::Transport), "{role:?}");
    }
    let key = published(&mut scene, alice);
    let bob = scene.v2_client("bob");
    let refusal = scene.ask(bob, subscribe(key, SubscribeVia::Common)).refusal();
    assert!(matches!(refusal, Refusal::Invalid { .. }));
    scene.ask(alice, RoomCommand::AddCandidate { role: TransportRole::Up(key.stream), candidate: None }).done();
}
