//! Which layers of a picture anybody wants, told to its publisher so that it sends no others (dynacast).
//!
//! A book of the Consumers, kept from the commands to the workers like the one in `pipes.rs`: no other part of the room
//! has to know of this. More is asked for at once, less only after a while, as what goes often comes back.
use super::event::RoomEvent;
use super::meeting::Room;
use crate::id::{ConsumerId, ProducerId, TransportId};
use crate::media::MediaCommand;
use crate::sdp::{Codec, MediaKind};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// The highest layer that is told apart: LiveKit's LOW, MEDIUM and HIGH.
const LAYER_MAX: u8 = 2;
/// How long a new track is left alone that nobody takes.
const FIRST_ORDER_AFTER: Duration = Duration::from_secs(10);

/// What is wanted of one codec of a track.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CodecWanted {
    /// The codec.
    pub codec: Codec,
    /// The highest layer that anybody wants, 0 the smallest, 2 the largest of all; `None`: nobody wants any.
    pub max_spatial: Option<u8>,
}

/// The book. Kept only where the profile has the feature.
#[derive(Default)]
pub(super) struct Dynacast {
    consumers: FxHashMap<ConsumerId, Want>,
    takers: Lists,
    /// Who needs the second codec of a track, by the Producer of its first.
    claims: Lists,
    /// Producers of which something may have changed.
    touched: BTreeSet<ProducerId>,
    ordered: FxHashMap<ProducerId, Order>,
    /// What was said of second codecs that somebody has needed, by the Producer of the first.
    ordered_second: FxHashMap<ProducerId, Order>,
}

#[derive(Clone, Copy)]
struct Want {
    transport: TransportId,
    source: Option<ProducerId>,
    /// The Producer of a track whose first codec it does not take.
    claim: Option<ProducerId>,
    paused: bool,
    spatial: u8,
}

/// What a publisher was told last.
#[derive(Clone, Copy)]
struct Order {
    /// `None`: nothing yet.
    said: Option<Option<u8>>,
    /// When less is asked for than was said.
    due: Option<Instant>,
}

impl Order {
    /// What is to be said now of what is wanted; `None`: nothing (yet).
    fn next(&mut self, wanted: Option<u8>, now: Instant, pause_delay: Duration) -> Option<Option<u8>> {
        let is_due = self.due.is_some_and(|due| due <= now);
        let says = match self.said {
            None => wanted.is_some() || is_due,
            Some(said) if said == wanted => {
                self.due = None;
                false
            }
            Some(said) => wanted > said || is_due,
        };
        if says {
            *self = Self { said: Some(wanted), due: None };
            return Some(wanted);
        }
        if self.said.is_some_and(|said| said != wanted) {
            self.due.get_or_insert(now + pause_delay);
        }
        None
    }
}

/// Consumers by the Producer that they count for.
type Lists = FxHashMap<ProducerId, BTreeSet<ConsumerId>>;

/// Puts a Consumer on a Producer's list; the Producer, if there is one.
fn enter(lists: &mut Lists, consumer: ConsumerId, producer: Option<ProducerId>) -> Option<ProducerId> {
    lists.entry(producer?).or_default().insert(consumer);
    producer
}

/// Takes a Consumer off a Producer's list; the Producer, if there is one.
fn leave(lists: &mut Lists, consumer: ConsumerId, producer: Option<ProducerId>) -> Option<ProducerId> {
    if let Some(list) = lists.get_mut(&producer?) {
        list.remove(&consumer);
        if list.is_empty() {
            lists.remove(&producer?);
        }
    }
    producer
}

impl Dynacast {
    /// Notes a command on its way to a worker.
    pub(super) fn note(&mut self, command: &MediaCommand) {
        match command {
            MediaCommand::OpenConsumer(params) if params.kind == MediaKind::Video => {
                self.forget_consumer(params.consumer);
                let want = Want {
                    transport: params.transport,
                    source: params.source,
                    claim: None,
                    paused: params.paused,
                    spatial: params.limit.spatial,
                };
                self.consumers.insert(params.consumer, want);
                self.attach(params.consumer, params.source);
            }
            MediaCommand::SetConsumerSource { consumer, source } => {
                let Some(want) = self.consumers.get_mut(consumer) else { return };
                let old = std::mem::replace(&mut want.source, *source);
                self.detach(*consumer, old);
                self.attach(*consumer, *source);
            }
            MediaCommand::PauseConsumer { consumer, paused } => {
                let Some(want) = self.consumers.get_mut(consumer) else { return };
                want.paused = *paused;
                self.touched.extend(want.source.into_iter().chain(want.claim));
            }
            MediaCommand::LimitConsumer { consumer, limit, .. } => {
                let Some(want) = self.consumers.get_mut(consumer) else { return };
                want.spatial = limit.spatial;
                self.touched.extend(want.source.into_iter().chain(want.claim));
            }
            MediaCommand::CloseConsumer(consumer) => self.forget_consumer(*consumer),
            MediaCommand::OpenProducer(params) if params.kind == MediaKind::Video => {
                self.touched.insert(params.producer);
            }
            MediaCommand::CloseTransport(transport) => self.forget_transport(*transport),
            MediaCommand::OpenTransport(_)
            | MediaCommand::ConnectTransport { .. }
            | MediaCommand::RestartIce { .. }
            | MediaCommand::OpenChannel { .. }
            | MediaCommand::SendChannel { .. }
            | MediaCommand::OpenProducer(_)
            | MediaCommand::PauseProducer { .. }
            | MediaCommand::CloseProducer(_)
            | MediaCommand::OpenConsumer(_)
            | MediaCommand::OpenPipe { .. }
            | MediaCommand::ClosePipe { .. }
            | MediaCommand::OpenMirror(_)
            | MediaCommand::CapTransport { .. }
            | MediaCommand::ReportStats(_) => {}
        }
    }

    fn attach(&mut self, consumer: ConsumerId, source: Option<ProducerId>) {
        self.touched.extend(enter(&mut self.takers, consumer, source));
    }

    fn detach(&mut self, consumer: ConsumerId, source: Option<ProducerId>) {
        self.touched.extend(leave(&mut self.takers, consumer, source));
    }

    fn forget_consumer(&mut self, consumer: ConsumerId) {
        if let Some(want) = self.consumers.remove(&consumer) {
            self.detach(consumer, want.source);
            self.touched.extend(leave(&mut self.claims, consumer, want.claim));
        }
    }

    /// Notes that a Consumer needs the second codec of the track whose first one this Producer is, or that it needs none.
    pub(super) fn claim(&mut self, consumer: ConsumerId, claim: Option<ProducerId>) {
        let Some(want) = self.consumers.get_mut(&consumer) else { return };
        let old = std::mem::replace(&mut want.claim, claim);
        if old == claim {
            return;
        }
        self.touched.extend(leave(&mut self.claims, consumer, old));
        self.touched.extend(enter(&mut self.claims, consumer, claim));
    }

    /// A Transport is gone with its Consumers.
    pub(super) fn forget_transport(&mut self, transport: TransportId) {
        let gone = self.consumers.iter().filter(|(_, want)| want.transport == transport);
        let mut gone: Vec<ConsumerId> = gone.map(|(consumer, _)| *consumer).collect();
        gone.sort_unstable();
        for consumer in gone {
            self.forget_consumer(consumer);
        }
    }

    /// More has become known of a Producer.
    pub(super) fn touch(&mut self, producer: ProducerId) {
        self.touched.insert(producer);
    }

    /// When less is asked for.
    pub(super) fn due(&self) -> Option<Instant> {
        self.ordered.values().chain(self.ordered_second.values()).filter_map(|order| order.due).min()
    }

    fn wanted(&self, producer: ProducerId) -> Option<u8> {
        self.highest_of(self.takers.get(&producer))
    }

    fn highest_of(&self, consumers: Option<&BTreeSet<ConsumerId>>) -> Option<u8> {
        let wants = consumers.into_iter().flatten().filter_map(|consumer| self.consumers.get(consumer));
        wants.filter(|want| !want.paused).map(|want| want.spatial.min(LAYER_MAX)).max()
    }

    /// What was said so far of the second codec of the track whose first one this Producer is, and whether that is news.
    /// Nothing is said of one that nobody has ever needed.
    fn order_second(
        &mut self,
        producer: ProducerId,
        now: Instant,
        pause_delay: Duration,
    ) -> Option<(bool, Option<u8>)> {
        let wanted = self.highest_of(self.claims.get(&producer));
        if wanted.is_none() && !self.ordered_second.contains_key(&producer) {
            return None;
        }
        let order = self.ordered_second.entry(producer).or_insert(Order { said: Some(None), due: None });
        let is_news = order.next(wanted, now, pause_delay).is_some();
        Some((is_news, order.said.flatten()))
    }

    /// Producers to look at now.
    fn take_touched(&mut self, now: Instant) -> BTreeSet<ProducerId> {
        let late = self
            .ordered
            .iter()
            .chain(&self.ordered_second)
            .filter(|(_, order)| order.due.is_some_and(|due| due <= now));
        let late: Vec<ProducerId> = late.map(|(producer, _)| *producer).collect();
        let mut touched = std::mem::take(&mut self.touched);
        touched.extend(late);
        touched
    }
}

impl Room {
    /// Tells publishers what is wanted of their pictures now, where that is news.
    pub(super) fn order_layers(&mut self) {
        let now = self.moment;
        for producer in self.dynacast.take_touched(now) {
            let Some((owner, track)) = self.producers.get(&producer).copied() else {
                self.dynacast.ordered.remove(&producer);
                self.dynacast.ordered_second.remove(&producer);
                continue;
            };
            let Some(publisher) = self.roster.get(owner).filter(|owner| owner.facts.takes_layer_orders) else {
                continue;
            };
            let found = publisher.find_track(track).filter(|(_, kind)| *kind == MediaKind::Video);
            let half = found.and_then(|(stream, kind)| publisher.stream(stream)?.half(kind));
            // What is wanted of a second codec is known by who does not take the first.
            let Some(half) = half.filter(|track| track.second != Some(producer)) else { continue };
            let backup = half.info.backup.as_ref().map(|backup| backup.codec);
            // Under another codec's name a publisher would start to send that one too.
            let Some(codec) = half.info.codec else { continue };
            let pause_delay = self.config.native.dynacast_pause_delay;
            let wanted = self.dynacast.wanted(producer);
            let first = Order { said: None, due: Some(now + FIRST_ORDER_AFTER) };
            let order = self.dynacast.ordered.entry(producer).or_insert(first);
            let mut is_news = order.next(wanted, now, pause_delay).is_some();
            // Of which nothing was said yet, all is sent.
            let mut codecs = vec![CodecWanted { codec, max_spatial: order.said.unwrap_or(Some(LAYER_MAX)) }];
            if let Some(backup) = backup
                && let Some((is_second_news, max_spatial)) = self.dynacast.order_second(producer, now, pause_delay)
            {
                is_news |= is_second_news;
                codecs.push(CodecWanted { codec: backup, max_spatial });
            }
            if is_news {
                self.tell_participant(owner, RoomEvent::LayersWanted { track, codecs });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_said_at_once_and_less_after_the_delay() {
        #[expect(clippy::disallowed_methods, reason = "any instant will do")]
        let start = Instant::now();
        let delay = Duration::from_secs(5);
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut order = Order { said: None, due: Some(start + FIRST_ORDER_AFTER) };
        let steps = [
            ("nobody yet", 1, None, None),
            ("somebody comes", 2, Some(1), Some(Some(1))),
            ("more", 3, Some(2), Some(Some(2))),
            ("less waits", 4, Some(0), None),
            ("and less still", 6, None, None),
            ("more than was said ends the wait", 7, Some(2), None),
            ("less waits from anew", 8, Some(0), None),
            ("not yet", 12, Some(0), None),
            ("now", 13, Some(0), Some(Some(0))),
            ("nobody", 14, None, None),
            ("stop all", 19, None, Some(None)),
            ("start again at once", 20, Some(0), Some(Some(0))),
        ];
        for (step, seconds, wanted, said) in steps {
            assert_eq!(order.next(wanted, at(seconds), delay), said, "{step}");
        }
        let mut lonely = Order { said: None, due: Some(start + FIRST_ORDER_AFTER) };
        assert_eq!(lonely.next(None, at(9), delay), None);
        assert_eq!(lonely.next(None, at(10), delay), Some(None), "nobody came: send nothing");
    }
}
