//! What flows: bitrates, losses and round trips of the participants' paths and of their tracks, for who looks from outside.
//!
//! The workers are asked when somebody looks; what they counted between two answers makes the figures. Where nobody looks
//! nothing is asked, though answers to others' questions (grades, levels) are taken too.
use super::TransportRole;
use super::meeting::Room;
use super::quality::publishes;
use super::score::Standing;
use crate::id::{ParticipantId, ProducerId, TrackId, TransportId};
use crate::media::{MediaCommand, ProducerStats, TransportStats};
use rustc_hash::FxHashMap;
use std::time::{Duration, Instant};

/// Two answers that lie closer together count as one; the workers are asked no more often.
const WINDOW_MIN: Duration = Duration::from_millis(900);
/// Figures older than this say nothing of the present.
const STALE_AFTER: Duration = Duration::from_secs(20);

/// What flowed one way, in the last window.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Flow {
    /// Bits a second.
    pub bitrate_bps: u64,
    /// Packets that came or were sent.
    pub packets: u64,
    /// Packets lost for good.
    pub lost: u64,
}

/// What flows on a participant's path.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct PathTraffic {
    /// From the participant.
    pub up: Flow,
    /// To the participant.
    pub down: Flow,
    /// Round trip; zero while unknown.
    pub round_trip: Duration,
    /// Jitter of what comes from the participant.
    pub jitter: Duration,
}

/// What flows in a room: of who and what there are figures.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Traffic {
    /// The participants' paths, with how good they are where that is graded.
    pub participants: Vec<(ParticipantId, PathTraffic, Option<Standing>)>,
    /// Their tracks.
    pub tracks: Vec<(TrackId, Flow)>,
}

/// The last two readings of a counter that are a window apart.
#[derive(Clone, Copy)]
struct Readings<T> {
    last: (T, Instant),
    before: Option<(T, Instant)>,
}

/// The room's meters.
#[derive(Default)]
pub(super) struct Metering {
    asked: Option<Instant>,
    transports: FxHashMap<TransportId, Readings<TransportStats>>,
    producers: FxHashMap<ProducerId, Readings<ProducerStats>>,
}

impl<T: Copy> Readings<T> {
    fn note(known: Option<Self>, value: T, now: Instant) -> Self {
        match known {
            None => Self { last: (value, now), before: None },
            Some(known) if now.saturating_duration_since(known.last.1) < WINDOW_MIN => known,
            Some(known) => Self { last: (value, now), before: Some(known.last) },
        }
    }

    /// The two readings and the seconds between them, where they say something of the present.
    fn window(&self, now: Instant) -> Option<(T, T, f64)> {
        let (before, then) = self.before?;
        let fresh = now.saturating_duration_since(self.last.1) < STALE_AFTER;
        let seconds = self.last.1.saturating_duration_since(then).as_secs_f64();
        fresh.then_some((before, self.last.0, seconds))
    }
}

impl Flow {
    fn of(bytes: (u64, u64), packets: (u64, u64), lost: (u64, u64), seconds: f64) -> Self {
        let grown = |(before, now): (u64, u64)| now.saturating_sub(before);
        let bitrate_bps = (8.0 * grown(bytes) as f64 / seconds.max(0.001)) as u64;
        Self { bitrate_bps, packets: grown(packets), lost: grown(lost) }
    }

    fn add(&mut self, other: Self) {
        self.bitrate_bps += other.bitrate_bps;
        self.packets += other.packets;
        self.lost += other.lost;
    }
}

impl Room {
    /// What flows, as far as it is known; the workers are asked for the next look. What comes of that is to be polled.
    pub fn look_at_traffic(&mut self, now: Instant) -> Traffic {
        self.moment = now;
        if self.metering.asked.is_none_or(|asked| now.saturating_duration_since(asked) >= WINDOW_MIN) {
            self.metering.asked = Some(now);
            self.forget_unmetered();
            self.ask_for_all();
        }
        let roster = self.roster.iter().map(|participant| participant.id).collect::<Vec<_>>();
        Traffic {
            participants: roster
                .into_iter()
                .filter_map(|id| Some((id, self.path_traffic(id, now)?, self.graded_standing(id))))
                .collect(),
            tracks: self.track_traffic(now),
        }
    }

    /// Takes what a worker counted of a Transport.
    pub(super) fn meter_transport(&mut self, stats: &TransportStats, now: Instant) {
        let known = self.metering.transports.get(&stats.transport).copied();
        self.metering.transports.insert(stats.transport, Readings::note(known, *stats, now));
    }

    /// Takes what a worker counted of a Producer.
    pub(super) fn meter_producer(&mut self, stats: &ProducerStats, now: Instant) {
        let known = self.metering.producers.get(&stats.producer).copied();
        self.metering.producers.insert(stats.producer, Readings::note(known, *stats, now));
    }

    fn ask_for_all(&mut self) {
        let links = self.roster.iter().flat_map(|participant| participant.links.values());
        let mut open: Vec<_> = links.filter(|link| !link.closed).map(|link| (link.worker, link.transport)).collect();
        open.sort_unstable();
        for (worker, transport) in open {
            self.push_media(worker, MediaCommand::ReportStats(transport));
        }
    }

    fn path_traffic(&self, id: ParticipantId, now: Instant) -> Option<PathTraffic> {
        let links = self.roster.get(id)?.links.iter().filter(|(_, link)| !link.closed);
        let readings = links.filter_map(|(role, link)| Some((*role, self.metering.transports.get(&link.transport)?)));
        let mut sum: Option<PathTraffic> = None;
        for (role, (before, last, seconds)) in readings.filter_map(|(role, seen)| Some((role, seen.window(now)?))) {
            let sum = sum.get_or_insert_default();
            if publishes(role) {
                let (bytes, packets) =
                    ((before.bytes_received, last.bytes_received), (before.packets_received, last.packets_received));
                sum.up.add(Flow::of(bytes, packets, (before.packets_lost_in, last.packets_lost_in), seconds));
            }
            if receives(role) {
                let (bytes, packets) = ((before.bytes_sent, last.bytes_sent), (before.packets_sent, last.packets_sent));
                sum.down.add(Flow::of(bytes, packets, (before.packets_lost_out, last.packets_lost_out), seconds));
            }
            sum.round_trip = sum.round_trip.max(Duration::from_micros(last.rtt_us));
            sum.jitter = sum.jitter.max(Duration::from_micros(last.jitter_us));
        }
        sum
    }

    fn track_traffic(&self, now: Instant) -> Vec<(TrackId, Flow)> {
        let metered = self.metering.producers.iter().filter_map(|(producer, readings)| {
            let (_, track) = self.producers.get(producer)?;
            let (before, last, seconds) = readings.window(now)?;
            let flow =
                Flow::of((before.bytes, last.bytes), (before.packets, last.packets), (before.lost, last.lost), seconds);
            Some((*track, flow))
        });
        let mut tracks: Vec<_> = metered.collect();
        tracks.sort_unstable_by_key(|(track, _)| *track);
        // A track that comes in two codecs is one.
        tracks.dedup_by(|(later, flow), (earlier, sum)| {
            let same = later == earlier;
            if same {
                sum.add(*flow);
            }
            same
        });
        tracks
    }

    fn forget_unmetered(&mut self) {
        let (transports, producers) = (&self.transports, &self.producers);
        self.metering.transports.retain(|transport, _| transports.contains_key(transport));
        self.metering.producers.retain(|producer, _| producers.contains_key(producer));
    }
}

/// Media goes to the participant on a Transport of this role.
const fn receives(role: TransportRole) -> bool {
    match role {
        TransportRole::Subscriber | TransportRole::Single | TransportRole::Down(_) => true,
        TransportRole::Publisher | TransportRole::Up(_) => false,
    }
}
