//! A whole WebRTC library on the other side: it must accept the text that we write, and understand by it what we mean.
use super::{Bench, setup};
use crate::room::negotiation::Applied;
use crate::sdp::tests::PlainDialect;
use crate::sdp::{Description, DescriptionKind, MediaKind, parse, print};
use std::time::Instant;
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::media::{Direction, Mid, Simulcast, SimulcastLayer};
use str0m::{Rtc, RtcConfig};

/// Kind, direction and layers of a media section of its offer.
type Media<'a> = (MediaKind, Direction, &'a [&'a str]);

struct Oracle {
    rtc: Rtc,
}

impl Oracle {
    #[expect(clippy::disallowed_methods, reason = "a test needs some moment to count from")]
    fn new() -> Self {
        Self { rtc: RtcConfig::new().build(Instant::now()) }
    }

    /// Its offer, with the media that it is to have.
    fn offer(&mut self, media: &[Media<'_>], channel: bool) -> (Vec<Mid>, String, SdpPendingOffer) {
        let mut changes = self.rtc.sdp_api();
        if channel {
            changes.add_channel("_reliable".to_owned());
        }
        let add = |(kind, direction, rids): &Media<'_>| {
            let mut simulcast = Simulcast::new();
            rids.iter().for_each(|rid| simulcast.add_send_layer(SimulcastLayer::new(rid)));
            let kind = match kind {
                MediaKind::Audio => str0m::media::MediaKind::Audio,
                MediaKind::Video => str0m::media::MediaKind::Video,
            };
            changes.add_media(kind, *direction, None, None, (!rids.is_empty()).then_some(simulcast))
        };
        let mids = media.iter().map(add).collect();
        let (offer, pending) = changes.apply().unwrap();
        (mids, offer.to_sdp_string(), pending)
    }

    fn accept(&mut self, pending: SdpPendingOffer, answer: &Description) {
        let text = print(answer, &PlainDialect);
        let answer = SdpAnswer::from_sdp_string(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        self.rtc.sdp_api().accept_answer(pending, answer).unwrap_or_else(|error| panic!("{error}\n{text}"));
    }

    /// Its answer to an offer of ours. Left the choice (`actpass`), this library takes the DTLS server's role, which no
    /// browser does and which we keep to ourselves: so it is not left the choice.
    fn answer(&mut self, offer: &Description) -> Description {
        let text = print(offer, &PlainDialect).replace("a=setup:actpass", "a=setup:passive");
        let offer = SdpOffer::from_sdp_string(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let answer = self.rtc.sdp_api().accept_offer(offer).unwrap_or_else(|error| panic!("{error}\n{text}"));
        parse(&answer.to_sdp_string(), DescriptionKind::Answer).unwrap()
    }

    fn direction(&self, mid: Mid) -> Direction {
        self.rtc.media(mid).unwrap().direction()
    }

    fn payload_types(&self, mid: Mid) -> Vec<u8> {
        self.rtc.media(mid).unwrap().remote_pts().iter().map(|payload_type| **payload_type).collect()
    }

    fn expects(&mut self, ssrc: u32) -> bool {
        self.rtc.direct_api().stream_rx(&ssrc.into()).is_some()
    }
}

fn negotiate(bench: &mut Bench, oracle: &mut Oracle, media: &[Media<'_>], channel: bool) -> (Vec<Mid>, Applied) {
    let (mids, text, pending) = oracle.offer(media, channel);
    let applied = bench.offer(&parse(&text, DescriptionKind::Offer).unwrap()).unwrap();
    oracle.accept(pending, applied.answer.as_ref().unwrap());
    (mids, applied)
}

#[test]
fn our_answer_to_a_publisher_is_understood() {
    let (mut bench, mut oracle) = (Bench::new(setup()), Oracle::new());
    let media: [Media<'_>; 2] =
        [(MediaKind::Audio, Direction::SendOnly, &[]), (MediaKind::Video, Direction::SendOnly, &["q", "h", "f"])];
    let (mids, applied) = negotiate(&mut bench, &mut oracle, &media, true);
    for (mid, receive) in mids.iter().zip(&applied.receive) {
        assert_eq!(oracle.direction(*mid), Direction::SendOnly);
        let taken: Vec<u8> = receive.codecs.iter().map(|codec| codec.payload_type).collect();
        assert!(oracle.payload_types(*mid).iter().any(|payload_type| taken.contains(payload_type)));
    }
    assert_eq!(applied.receive[1].rids.len(), 3);
    assert!(applied.connect.unwrap().data_channels);
}

#[test]
fn per_stream_answers_to_a_subscriber_are_understood() {
    let (mut bench, mut oracle) = (Bench::new(setup()), Oracle::new());
    let media: [Media<'_>; 2] =
        [(MediaKind::Audio, Direction::RecvOnly, &[]), (MediaKind::Video, Direction::RecvOnly, &[])];
    let (mids, applied) = negotiate(&mut bench, &mut oracle, &media, false);
    for (mid, sending) in mids.iter().zip(&applied.send) {
        assert_eq!(oracle.direction(*mid), Direction::RecvOnly);
        assert!(oracle.expects(sending.ssrc.media), "it knows our SSRC");
        let first = sending.codecs[0].payload_type;
        assert!(oracle.payload_types(*mid).contains(&first));
    }
    let repair = applied.send[1].ssrc.rtx.unwrap();
    let known = oracle.rtc.direct_api().stream_rx(&applied.send[1].ssrc.media.into()).unwrap().rtx();
    assert_eq!(known.map(|ssrc| *ssrc), Some(repair));
}

#[test]
fn a_loopback_answer_is_understood() {
    let (mut bench, mut oracle) = (Bench::new(setup()), Oracle::new());
    let media: [Media<'_>; 2] =
        [(MediaKind::Audio, Direction::SendRecv, &[]), (MediaKind::Video, Direction::SendRecv, &[])];
    let (mids, applied) = negotiate(&mut bench, &mut oracle, &media, false);
    assert_eq!((applied.receive.len(), applied.send.len()), (2, 2));
    assert!(mids.iter().all(|mid| oracle.direction(*mid) == Direction::SendRecv));
}

#[test]
fn a_free_section_comes_into_use_at_the_next_offer() {
    let (mut bench, mut oracle) = (Bench::new(setup()), Oracle::new());
    bench.sends = false;
    let (mids, _) = negotiate(&mut bench, &mut oracle, &[(MediaKind::Video, Direction::RecvOnly, &[])], true);
    assert_eq!(oracle.direction(mids[0]), Direction::Inactive);
    bench.sends = true;
    let mut changes = oracle.rtc.sdp_api();
    changes.set_direction(mids[0], Direction::RecvOnly);
    let (offer, pending) = changes.apply().unwrap();
    let applied = bench.offer(&parse(&offer.to_sdp_string(), DescriptionKind::Offer).unwrap()).unwrap();
    oracle.accept(pending, applied.answer.as_ref().unwrap());
    assert_eq!(oracle.direction(mids[0]), Direction::RecvOnly);
    assert_eq!(applied.send.len(), 1);
}

#[test]
fn our_offers_with_data_first_are_answered_step_by_step() {
    let (mut bench, mut oracle) = (Bench::new(setup()), Oracle::new());
    bench.negotiation.want_data();
    let made = bench.make_offer();
    let answer = oracle.answer(&made);
    assert!(bench.answer(&answer).unwrap().connect.unwrap().data_channels);
    let video = bench.add(MediaKind::Video);
    bench.add(MediaKind::Audio);
    let made = bench.make_offer();
    let answer = oracle.answer(&made);
    let applied = bench.answer(&answer).unwrap();
    assert!(applied.connect.is_none());
    assert_eq!(applied.send.len(), 2);
    for sending in &applied.send {
        assert_eq!(oracle.direction(Mid::from(sending.mid.0.as_str())), Direction::RecvOnly);
        assert!(oracle.expects(sending.ssrc.media));
        let rtx = sending.codecs.iter().filter(|codec| codec.rtx.is_some()).count();
        assert_eq!(rtx > 0, sending.kind == MediaKind::Video);
    }
    bench.negotiation.remove_sending(video);
    let made = bench.make_offer();
    let answer = oracle.answer(&made);
    bench.answer(&answer).unwrap();
    assert_eq!(oracle.direction(Mid::from("1")), Direction::Inactive);
    bench.add(MediaKind::Video);
    let made = bench.make_offer();
    let answer = oracle.answer(&made);
    let applied = bench.answer(&answer).unwrap();
    assert_eq!(applied.send.len(), 1);
    assert_eq!(oracle.direction(Mid::from("1")), Direction::RecvOnly);
    assert!(oracle.expects(applied.send[0].ssrc.media));
}
