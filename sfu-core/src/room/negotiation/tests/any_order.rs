//! Whatever happens in whatever order, our descriptions stay ones that a browser can accept.
use super::{Bench, setup, taken};
use crate::id::ConsumerId;
use crate::room::negotiation::Applied;
use crate::sdp::tests::{PlainDialect, fixture, offer};
use crate::sdp::{Description, Direction, MediaKind, Mid, SectionKind, parse, print};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// One thing that the client or the room does.
#[derive(Clone, Debug)]
enum Step {
    /// The client changes a section of its last offer and offers again.
    Offer {
        section: usize,
        direction: Direction,
        rejected: bool,
    },
    Add(MediaKind),
    Remove(usize),
    WantData,
    MakeOffer,
    /// The client answers the last offer of ours, with one section declined.
    Answer {
        declined: Option<usize>,
    },
    Sends(bool),
}

fn direction() -> impl Strategy<Value = Direction> {
    prop::sample::select(vec![Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive])
}

fn kind() -> impl Strategy<Value = MediaKind> {
    prop::sample::select(vec![MediaKind::Audio, MediaKind::Video])
}

fn step() -> impl Strategy<Value = Step> {
    let offer = (0..8usize, direction(), prop::bool::weighted(0.2));
    prop_oneof![
        2 => offer.prop_map(|(section, direction, rejected)| Step::Offer { section, direction, rejected }),
        2 => kind().prop_map(Step::Add),
        1 => (0..4usize).prop_map(Step::Remove),
        1 => Just(Step::WantData),
        3 => Just(Step::MakeOffer),
        3 => prop::option::weighted(0.3, 0..6usize).prop_map(|declined| Step::Answer { declined }),
        1 => any::<bool>().prop_map(Step::Sends),
    ]
}

/// What must hold over the descriptions of one Transport.
#[derive(Default)]
struct Watch {
    /// Which mids and kinds the places have.
    places: Vec<(Mid, bool)>,
    /// Which Consumer an SSRC of ours belonged to.
    owners: BTreeMap<u32, ConsumerId>,
    version: u64,
}

impl Watch {
    fn description(&mut self, ours: &Description) {
        assert!(ours.version > self.version);
        self.version = ours.version;
        let mids: Vec<&Mid> = ours.sections.iter().filter(|s| !s.rejected).map(|s| &s.mid).collect();
        assert_eq!(mids.iter().collect::<BTreeSet<_>>().len(), mids.len(), "one mid twice: {mids:?}");
        let mut meanings = BTreeMap::new();
        for spec in ours.sections.iter().flat_map(|section| &section.codecs) {
            let known = meanings.insert(spec.payload_type, (spec.codec, spec.rtx)).unwrap_or((spec.codec, spec.rtx));
            assert_eq!(known, (spec.codec, spec.rtx), "payload type {} means two things", spec.payload_type);
            assert!(spec.rtx.is_none_or(|rtx| !meanings.contains_key(&rtx)), "media and repair share a number");
        }
        let mut ids = BTreeMap::new();
        for (id, extension) in ours.sections.iter().flat_map(|section| section.extensions.iter()) {
            assert_eq!(*ids.entry(id).or_insert(extension), extension, "extension id {id} means two things");
        }
        let text = print(ours, &PlainDialect);
        assert_eq!(parse(&text, ours.kind).unwrap().sections.len(), ours.sections.len());
    }

    fn applied(&mut self, applied: &Applied) {
        for sending in &applied.send {
            for ssrc in std::iter::once(sending.ssrc.media).chain(sending.ssrc.rtx) {
                let owner = *self.owners.entry(ssrc).or_insert(sending.consumer);
                assert_eq!(owner, sending.consumer, "an SSRC was used twice");
            }
        }
        if let Some(answer) = &applied.answer {
            self.description(answer);
        }
    }

    /// Places keep their mids but where a refused section is taken into use again.
    fn offer(&mut self, ours: &Description) {
        self.description(ours);
        for (index, section) in ours.sections.iter().enumerate() {
            let stood = self.places.get(index).filter(|(_, rejected)| !rejected);
            assert!(stood.is_none_or(|(mid, _)| *mid == section.mid), "place {index}");
        }
        self.places = ours.sections.iter().map(|section| (section.mid.clone(), section.rejected)).collect();
    }
}

/// The client's next offer: all m-lines that stand so far, or its own first ones.
fn next_offer(last: &Description, section: usize, direction: Direction, rejected: bool) -> Description {
    let mut next = last.clone();
    let index = section % next.sections.len();
    let changed = &mut next.sections[index];
    if matches!(changed.kind, SectionKind::Media(_)) {
        changed.direction = direction;
        changed.rejected = rejected;
    }
    next
}

fn run(first: &str, client_offers: bool, steps: Vec<Step>) {
    let (mut bench, mut watch) = (Bench::new(setup()), Watch::default());
    let mut theirs = offer(first);
    let mut open: Option<Description> = None;
    let mut offered = false;
    let mut consumers = Vec::new();
    for step in steps {
        match step {
            Step::Offer { section, direction, rejected } if client_offers => {
                theirs = next_offer(&theirs, section, direction, rejected);
                if let Ok(applied) = bench.offer(&theirs) {
                    (open, offered) = (None, true);
                    watch.applied(&applied);
                }
            }
            Step::Offer { .. } => {}
            Step::Add(kind) => consumers.push(bench.add(kind)),
            Step::Remove(index) => {
                if let Some(consumer) = consumers.get(index) {
                    bench.negotiation.remove_sending(*consumer);
                }
            }
            Step::WantData => bench.negotiation.want_data(),
            Step::MakeOffer => {
                if let Some(made) = bench.negotiation.make_offer(&mut bench.random) {
                    if client_offers {
                        watch.description(&made)
                    } else {
                        watch.offer(&made)
                    }
                    open = Some(made);
                }
            }
            // A client that has agreed to our numbers would not offer the fixture's any more.
            Step::Answer { .. } if client_offers && !offered => {}
            Step::Answer { declined } => {
                let Some(made) = open.take() else { continue };
                let mut answer = taken(&made);
                if client_offers {
                    answer.ice = theirs.ice.clone();
                    answer.fingerprint = theirs.fingerprint.clone();
                }
                if let Some(section) = declined.and_then(|index| answer.sections.get_mut(index)) {
                    section.direction = Direction::Inactive;
                }
                watch.applied(&bench.answer(&answer).unwrap());
            }
            Step::Sends(sends) => bench.sends = sends,
        }
    }
}

#[test]
fn sections_that_make_way_for_the_clients_do_not_collide_with_each_other() {
    let audio = || Step::Add(MediaKind::Audio);
    let offer = Step::Offer { section: 0, direction: Direction::SendRecv, rejected: false };
    let steps = vec![audio(), audio(), Step::WantData, offer, Step::MakeOffer];
    run(fixture!("firefox-153-publish-simulcast"), true, steps);
}

proptest! {
    #[test]
    fn where_only_we_offer_places_stay_and_nothing_collides(steps in prop::collection::vec(step(), 1..40)) {
        run(fixture!("chromium-156-subscribe"), false, steps);
    }

    #[test]
    fn where_the_client_offers_too_nothing_collides(
        first in 0..3usize,
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let texts = [
            fixture!("chromium-156-livekit-single"),
            fixture!("firefox-153-publish-simulcast"),
            fixture!("chromium-156-loopback"),
        ];
        run(texts[first], true, steps);
    }
}
