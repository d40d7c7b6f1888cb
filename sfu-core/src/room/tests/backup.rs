//! A picture in two codecs: who takes the first keeps it, who does not gets the second once the publisher sends it.
use super::client::*;
use super::livekit_media::settled;
use super::scene::*;
use crate::capability::{Feature, NotFound, Refusal};
use crate::id::{ConsumerId, ProducerId, TrackId};
use crate::media::{MediaCommand, MediaEvent};
use crate::room::*;
use crate::sdp::{Codec, Description, Direction, MediaKind, Section};
use std::time::Duration;

const PUBLISHER: TransportRole = TransportRole::Publisher;
const SUBSCRIBER: TransportRole = TransportRole::Subscriber;
const VP9: Codec = Codec::Vp9 { profile: 0 };

fn layer(spatial: u8, width: u32, height: u32) -> LayerSpec {
    LayerSpec { spatial, rid: String::new(), width, height, bitrate_bps: 0, ssrc: 0 }
}

/// A camera that comes in VP9, and in VP8 for those who need it.
fn camera(policy: BackupPolicy) -> RoomCommand {
    let mut track = track_spec(MediaKind::Video, TrackSource::Camera, "cam");
    track.codecs = vec![VP9, Codec::Vp8];
    track.backup_policy = policy;
    track.layers = vec![layer(0, 160, 90), layer(1, 320, 180), layer(2, 640, 360)];
    let stream = stream_spec(StreamSource::Camera);
    RoomCommand::Publish(Box::new(Publish { stream, tracks: vec![track], offer: None, loopback: false }))
}

fn add_codec(track: TrackId) -> RoomCommand {
    RoomCommand::AddCodec { track, codec: Some(Codec::Vp8), client_id: "second".to_owned(), layers: Vec::new() }
}

/// A section of a browser's that sends one of its tracks: VP8 comes first in it, whatever is to be sent.
fn picture(mid: &str, track: &str) -> Section {
    let mut section = section(mid, MediaKind::Video, Direction::SendOnly, track);
    section.codecs.push(spec(VP9, 98, Some(99), section.codecs[0].feedback.clone()));
    section
}

fn first() -> Section {
    picture("1", "cam")
}

fn both() -> Box<Description> {
    offer(vec![first(), picture("2", "second")])
}

/// What a browser answers that does not know VP9.
fn old_answer(offer: &Description) -> Box<Description> {
    let mut answer = answer_to(offer);
    for section in &mut answer.sections {
        section.codecs.retain(|spec| !matches!(spec.codec, Codec::Vp9 { .. } | Codec::Av1));
    }
    answer
}

/// What a publisher is told to send: codecs with their highest layers.
fn wanted(outcome: &Outcome, who: Who) -> Vec<(Codec, Option<u8>)> {
    let mut told = outcome.to(who).into_iter().filter_map(|event| match event {
        RoomEvent::LayersWanted { codecs, .. } => Some(codecs.clone()),
        _ => None,
    });
    told.next_back()
        .map(|codecs| codecs.iter().map(|wanted| (wanted.codec, wanted.max_spatial)).collect())
        .unwrap_or_default()
}

fn consumer_of(scene: &Scene, who: Who) -> ConsumerId {
    let transport = scene.transport(who, SUBSCRIBER);
    let mine = scene.worker.consumers.iter().filter(|(_, consumer)| consumer.transport == transport);
    *mine.map(|(id, _)| id).next().expect("it receives the picture")
}

fn source_of(scene: &Scene, who: Who) -> Option<ProducerId> {
    scene.worker.consumers[&consumer_of(scene, who)].source
}

fn producer_at(outcome: &Outcome, mid: &str) -> ProducerId {
    let opened = outcome.outputs.iter().filter_map(|output| match output {
        RoomOutput::Media { command: MediaCommand::OpenProducer(params), .. } => Some(params),
        _ => None,
    });
    opened.filter(|params| params.mid.0 == mid).map(|params| params.producer).next().expect("it is opened")
}

/// Alice publishes VP9; Bob does not take it, Carol does.
struct Call {
    scene: Scene,
    alice: Who,
    bob: Who,
    carol: Who,
    track: TrackId,
    vp9: ProducerId,
    /// What Bob's answer brought about.
    answered: Outcome,
}

fn call() -> Call {
    call_under(BackupPolicy::Simulcast)
}

fn call_under(policy: BackupPolicy) -> Call {
    let mut scene = Scene::full();
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| settled(&mut scene, name));
    let (_, tracks, _) = scene.ask(alice, camera(policy)).published();
    let outcome = scene.ask(alice, negotiate(PUBLISHER, offer(vec![first()])));
    let vp9 = producer_at(&outcome, "1");
    let codecs: Vec<Codec> = outcome.description().sections[0].codecs.iter().map(|spec| spec.codec).collect();
    assert_eq!(codecs, [VP9], "a browser sends the first codec of the answer");
    scene.ask(carol, negotiate(SUBSCRIBER, answer_to(&outcome.offer_to(carol))));
    let answered = scene.ask(bob, negotiate(SUBSCRIBER, old_answer(&outcome.offer_to(bob))));
    Call { scene, alice, bob, carol, track: tracks[0], vp9, answered }
}

/// The same, and the second codec is there.
fn call_in_both() -> (Call, ProducerId) {
    call_in_both_under(BackupPolicy::Simulcast)
}

fn call_in_both_under(policy: BackupPolicy) -> (Call, ProducerId) {
    let mut call = call_under(policy);
    call.scene.ask(call.alice, add_codec(call.track)).published();
    let outcome = call.scene.ask(call.alice, negotiate(PUBLISHER, both()));
    let vp8 = producer_at(&outcome, "2");
    (call, vp8)
}

#[test]
fn who_does_not_take_the_first_codec_gets_the_second_when_it_comes() {
    let Call { mut scene, alice, bob, carol, track, vp9, answered } = call();
    assert_eq!(wanted(&answered, alice), [(VP9, Some(2)), (Codec::Vp8, Some(2))]);
    assert_eq!((source_of(&scene, bob), source_of(&scene, carol)), (None, Some(vp9)));
    let outcome = scene.ask(alice, add_codec(track));
    assert_eq!(outcome.published().1, [track], "the same track");
    let outcome = scene.ask(alice, negotiate(PUBLISHER, both()));
    let codecs: Vec<Vec<Codec>> =
        outcome.description().sections.iter().map(|s| s.codecs.iter().map(|c| c.codec).collect()).collect();
    assert_eq!(codecs, [[VP9], [Codec::Vp8]]);
    let vp8 = producer_at(&outcome, "2");
    assert_eq!((source_of(&scene, bob), source_of(&scene, carol)), (Some(vp8), Some(vp9)));
    let carols = consumer_of(&scene, carol);
    let touched = |output: &RoomOutput| matches!(output, RoomOutput::Media { command: MediaCommand::SetConsumerSource { consumer, .. }, .. } if *consumer == carols);
    assert!(!outcome.outputs.iter().any(touched), "nothing changes for who takes the first");
    let room = scene.api(RoomCommand::Describe).described();
    let streams = &room.participant(alice.id).unwrap().streams;
    assert_eq!(streams.iter().flat_map(StreamInfo::tracks).count(), 1, "one track for everybody");
    let info = streams[0].video.as_ref().unwrap();
    let backup = info.backup.as_ref().unwrap();
    assert_eq!((info.codec, info.mid.as_ref().map(|mid| mid.0.as_str())), (Some(VP9), Some("1")));
    assert_eq!((backup.codec, backup.mid.as_ref().map(|mid| mid.0.as_str())), (Codec::Vp8, Some("2")));
    let outcome = scene.media(MediaEvent::ProducerStarted { producer: vp8, codec: Codec::Vp8 });
    assert!(scene.said(&outcome).is_empty(), "the track's first codec stays what it is");
}

#[test]
fn a_codec_is_stopped_when_nobody_needs_it_any_more() {
    let (Call { mut scene, alice, bob, carol, .. }, _) = call_in_both();
    scene.ask(bob, RoomCommand::Leave { reason: LeaveReason::ByClient });
    let outcome = scene.after(Duration::from_secs(6));
    assert_eq!(wanted(&outcome, alice), [(VP9, Some(2)), (Codec::Vp8, None)]);
    scene.ask(carol, RoomCommand::Leave { reason: LeaveReason::ByClient });
    let outcome = scene.after(Duration::from_secs(6));
    assert_eq!(wanted(&outcome, alice), [(VP9, None), (Codec::Vp8, None)]);
    let (dave, outcome) = scene.join("dave", facts(Topology::PublisherSubscriber), grant("dave"));
    let outcome = scene.ask(dave, negotiate(SUBSCRIBER, old_answer(&outcome.offer_to(dave))));
    assert_eq!(wanted(&outcome, alice), [(VP9, None), (Codec::Vp8, Some(2))], "at once, and only what is needed");
}

#[test]
fn what_a_receiver_wants_of_the_second_codec_is_asked_for_before_it_comes() {
    let Call { mut scene, alice, bob, track, .. } = call();
    let low = SubscriptionWishes { max_spatial: Some(0), ..SubscriptionWishes::default() };
    scene.ask(bob, RoomCommand::TuneSubscription { tracks: vec![track], wishes: low }).done();
    let outcome = scene.after(Duration::from_secs(6));
    assert_eq!(wanted(&outcome, alice), [(VP9, Some(2)), (Codec::Vp8, Some(0))]);
    let off = SubscriptionWishes { disabled: true, ..SubscriptionWishes::default() };
    scene.ask(bob, RoomCommand::TuneSubscription { tracks: vec![track], wishes: off }).done();
    let outcome = scene.after(Duration::from_secs(6));
    assert_eq!(wanted(&outcome, alice), [(VP9, Some(2)), (Codec::Vp8, None)]);
}

#[test]
fn media_of_the_second_codec_that_comes_before_its_announcement_is_held() {
    let Call { mut scene, alice, bob, track, .. } = call();
    let outcome = scene.ask(alice, negotiate(PUBLISHER, both()));
    let held = producer_at(&outcome, "2");
    assert_eq!(source_of(&scene, bob), None);
    scene.ask(alice, add_codec(track)).published();
    assert_eq!(source_of(&scene, bob), Some(held));
}

#[test]
fn a_receiver_that_turns_out_not_to_take_the_first_codec_gets_the_second() {
    let mut call = call();
    let consumer = consumer_of(&call.scene, call.carol);
    call.scene.media(MediaEvent::ConsumerMismatch { consumer, codec: VP9 });
    assert_eq!(source_of(&call.scene, call.carol), None);
    call.scene.ask(call.alice, add_codec(call.track));
    let outcome = call.scene.ask(call.alice, negotiate(PUBLISHER, both()));
    assert_eq!(source_of(&call.scene, call.carol), Some(producer_at(&outcome, "2")));
}

#[test]
fn a_mismatch_without_a_second_codec_changes_nothing() {
    let mut scene = Scene::full();
    let [alice, bob] = ["alice", "bob"].map(|name| settled(&mut scene, name));
    scene.ask(alice, announce(MediaKind::Video, TrackSource::Camera, "cam"));
    let outcome = scene.ask(alice, negotiate(PUBLISHER, offer(vec![first()])));
    let producer = producer_at(&outcome, "1");
    let codecs: Vec<Codec> = outcome.description().sections[0].codecs.iter().map(|spec| spec.codec).collect();
    assert_eq!(codecs, [Codec::Vp8, VP9], "in the client's own order");
    scene.ask(bob, negotiate(SUBSCRIBER, answer_to(&outcome.offer_to(bob))));
    let consumer = consumer_of(&scene, bob);
    scene.media(MediaEvent::ConsumerMismatch { consumer, codec: Codec::Vp8 });
    assert_eq!(source_of(&scene, bob), Some(producer));
}

#[test]
fn what_a_receiver_wishes_is_found_among_the_layers_of_the_codec_that_it_gets() {
    let Call { mut scene, alice, bob, carol, track, .. } = call();
    let small = SubscriptionWishes { width: Some(320), height: Some(180), ..SubscriptionWishes::default() };
    for who in [bob, carol] {
        scene.ask(who, RoomCommand::TuneSubscription { tracks: vec![track], wishes: small }).done();
    }
    let layers = [(0, 320, 180), (1, 640, 360)].map(|(spatial, width, height)| layer(spatial, width, height)).to_vec();
    let add = RoomCommand::AddCodec { track, codec: Some(Codec::Vp8), client_id: "second".to_owned(), layers };
    scene.ask(alice, add);
    scene.ask(alice, negotiate(PUBLISHER, both()));
    let spatial = |who| scene.worker.consumers[&consumer_of(&scene, who)].limit.spatial;
    assert_eq!((spatial(bob), spatial(carol)), (0, 1), "of two in VP8, of three in VP9");
}

fn starts(scene: &mut Scene, vp8: ProducerId) -> Outcome {
    scene.media(MediaEvent::ProducerStarted { producer: vp8, codec: Codec::Vp8 })
}

#[test]
fn everybody_goes_over_to_the_second_codec_where_that_is_wanted() {
    let cases = [
        (BackupPolicy::Simulcast, 0, false),
        (BackupPolicy::Regression, 0, true),
        (BackupPolicy::PreferRegression, 0, true),
        (BackupPolicy::PreferRegression, 1, true),
        (BackupPolicy::PreferRegression, 2, false),
        (BackupPolicy::Regression, 2, true),
    ];
    for (policy, further, all) in cases {
        let (mut call, vp8) = call_in_both_under(policy);
        for name in ["dave", "eve"].into_iter().take(further) {
            settled(&mut call.scene, name);
        }
        assert_eq!(source_of(&call.scene, call.carol), Some(call.vp9), "not before its first packet");
        starts(&mut call.scene, vp8);
        let wanted_source = if all { vp8 } else { call.vp9 };
        let sources = (source_of(&call.scene, call.bob), source_of(&call.scene, call.carol));
        assert_eq!(sources, (Some(vp8), Some(wanted_source)), "{policy:?} and {further} more");
    }
}

#[test]
fn the_first_codec_is_stopped_once_everybody_has_the_second_and_who_comes_gets_that() {
    let (Call { mut scene, alice, bob, .. }, vp8) = call_in_both_under(BackupPolicy::PreferRegression);
    starts(&mut scene, vp8);
    let outcome = scene.after(Duration::from_secs(6));
    assert_eq!(wanted(&outcome, alice), [(VP9, None), (Codec::Vp8, Some(2))]);
    let (dave, outcome) = scene.join("dave", facts(Topology::PublisherSubscriber), grant("dave"));
    scene.ask(dave, negotiate(SUBSCRIBER, answer_to(&outcome.offer_to(dave))));
    assert_eq!(source_of(&scene, dave), Some(vp8), "though it takes the first");
    scene.ask(bob, RoomCommand::Leave { reason: LeaveReason::ByClient });
    let outcome = scene.after(Duration::from_secs(6));
    assert_eq!(wanted(&outcome, alice), [], "nobody goes back");
}

#[test]
fn the_first_codec_serves_again_while_the_second_is_silent() {
    let (Call { mut scene, alice, carol, vp9, .. }, vp8) = call_in_both_under(BackupPolicy::Regression);
    starts(&mut scene, vp8);
    let silent = section("2", MediaKind::Video, Direction::Inactive, "");
    scene.ask(alice, negotiate(PUBLISHER, offer(vec![first(), silent])));
    assert_eq!(source_of(&scene, carol), Some(vp9));
    let outcome = scene.ask(alice, negotiate(PUBLISHER, both()));
    assert_eq!(source_of(&scene, carol), Some(producer_at(&outcome, "2")));
}

#[test]
fn muting_and_unpublishing_act_on_both_codecs() {
    let (Call { mut scene, alice, bob, carol, track, .. }, _) = call_in_both();
    for muted in [true, false] {
        scene.ask(alice, RoomCommand::SetMuted { participant: None, track, muted }).done();
        let paused: Vec<bool> = scene.worker.producers.values().map(|producer| producer.paused).collect();
        assert_eq!(paused, [muted, muted]);
    }
    let silent = ["1", "2"].map(|mid| section(mid, MediaKind::Video, Direction::Inactive, ""));
    let outcome = scene.ask(alice, negotiate(PUBLISHER, offer(silent.to_vec())));
    assert!(scene.said(&outcome).contains(&"bob: alice StreamUnpublished(ByPublisher)".to_owned()));
    for who in [bob, carol] {
        scene.ask(who, negotiate(SUBSCRIBER, answer_to(&outcome.offer_to(who))));
    }
    assert!(scene.worker.producers.is_empty() && scene.worker.consumers.is_empty());
}

#[test]
fn a_track_taken_by_force_goes_in_both_codecs() {
    let (Call { mut scene, alice, bob, carol, track, .. }, _) = call_in_both();
    let target = PublishedTarget::Track(track);
    let outcome = scene.api(RoomCommand::ForceUnpublish { participant: alice.id, target }).done();
    for who in [bob, carol] {
        scene.ask(who, negotiate(SUBSCRIBER, answer_to(&outcome.offer_to(who))));
    }
    assert!(scene.worker.consumers.is_empty(), "nobody gets either");
    scene.ask(alice, RoomCommand::Leave { reason: LeaveReason::ByClient }).done();
    assert!(scene.worker.producers.is_empty());
}

#[test]
fn the_second_codec_alone_may_fall_silent() {
    let (Call { mut scene, alice, bob, carol, vp9, .. }, _) = call_in_both();
    let silent = section("2", MediaKind::Video, Direction::Inactive, "");
    let outcome = scene.ask(alice, negotiate(PUBLISHER, offer(vec![first(), silent])));
    assert!(!scene.said(&outcome).iter().any(|line| line.contains("Unpublished")), "the track stays");
    assert_eq!((source_of(&scene, bob), source_of(&scene, carol)), (None, Some(vp9)));
    let outcome = scene.ask(alice, negotiate(PUBLISHER, both()));
    assert_eq!(source_of(&scene, bob), Some(producer_at(&outcome, "2")), "and may come again");
}

#[test]
fn a_codec_is_added_only_where_one_was_announced() {
    let Call { mut scene, alice, bob, track, .. } = call();
    let unknown = TrackId::from_number(1).unwrap();
    assert_eq!(scene.ask(alice, add_codec(unknown)).refusal(), Refusal::NotFound(NotFound::Track));
    assert_eq!(scene.ask(bob, add_codec(track)).refusal(), Refusal::NotFound(NotFound::Track), "another's");
    let (_, mic, _) = scene.ask(alice, announce(MediaKind::Audio, TrackSource::Microphone, "mic")).published();
    let add = |track, codec, name: &str| RoomCommand::AddCodec {
        track,
        codec,
        client_id: name.to_owned(),
        layers: Vec::new(),
    };
    let wrong = [
        add(mic[0], None, "second"),
        add(track, Some(Codec::Av1), "second"),
        add(track, Some(Codec::Vp8), ""),
        add(track, Some(Codec::Vp8), "cam"),
    ];
    for command in wrong {
        let refusal = scene.ask(alice, command.clone()).refusal();
        assert!(matches!(refusal, Refusal::Invalid { .. }), "{command:?}: {refusal:?}");
    }
}

#[test]
fn a_profile_without_the_feature_knows_no_second_codec() {
    let mut scene = Scene::new(livekit_lifecycle());
    let [alice, bob] = ["alice", "bob"].map(|name| settled(&mut scene, name));
    let (_, tracks, _) = scene.ask(alice, camera(BackupPolicy::Regression)).published();
    let outcome = scene.ask(alice, negotiate(PUBLISHER, offer(vec![first()])));
    let codecs: Vec<Codec> = outcome.description().sections[0].codecs.iter().map(|spec| spec.codec).collect();
    assert_eq!(codecs, [VP9], "the one that is to be sent");
    scene.ask(bob, negotiate(SUBSCRIBER, old_answer(&outcome.offer_to(bob))));
    assert_eq!(source_of(&scene, bob), Some(producer_at(&outcome, "1")));
    let room = scene.api(RoomCommand::Describe).described();
    assert_eq!(room.participant(alice.id).unwrap().streams[0].video.as_ref().unwrap().backup, None);
    assert_eq!(scene.ask(alice, add_codec(tracks[0])).refusal(), Refusal::NotSupported(Feature::Dynacast));
}
