//! How good the paths are on which participants publish: levels from 0 (broken) to 5, from what their workers count.
//!
//! Every few seconds the workers are asked for the counters of the publishers' Transports; what came since the last time
//! is weighed by [`Path::quality`], and who wants it is told of each change. Nothing is measured where nobody asks.
use super::event::RoomEvent;
use super::meeting::Room;
use super::roster::Participant;
use super::{TrackSource, TransportRole};
use crate::id::{ParticipantId, TransportId};
use crate::media::{MediaCommand, TransportStats};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Bits a camera sends for each of its pixels in a second, at the least: below it the picture is starved.
const BITS_PER_PIXEL_MIN: f64 = 0.15;

/// How good a path is: 5 excellent, 4 good, 3 fair, 2 poor, 1 bad, 0 broken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Quality(u8);

impl Quality {
    /// Nothing comes through.
    pub const BROKEN: Self = Self(0);

    /// The level, 0 to 5.
    pub const fn level(self) -> u8 {
        self.0
    }
}

/// What a publisher's path did in one interval.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Path {
    received: u64,
    lost: u64,
    rtt: Duration,
    jitter: Duration,
    bitrate_bps: f64,
    /// What its pictures need at the least; 0 where none is sent.
    needed_bps: f64,
}

impl Path {
    /// The level, by the simplified E-model (ITU-T G.107): delay and loss lower a rating from 93.2, which gives a mean
    /// opinion score from 1 to 4.5; a camera that does not get the bitrate it needs lowers it further.
    fn quality(&self) -> Quality {
        if self.received == 0 {
            return Quality::BROKEN;
        }
        let delay_ms = self.rtt.as_secs_f64() * 500.0 + self.jitter.as_secs_f64() * 2_000.0 + 10.0;
        let by_delay = if delay_ms < 160.0 { delay_ms / 40.0 } else { (delay_ms - 120.0) / 10.0 };
        let lost_percent = 100.0 * self.lost as f64 / (self.received + self.lost) as f64;
        let rating = (93.2 - by_delay - 2.5 * lost_percent).clamp(0.0, 100.0);
        let score = 1.0 + 0.035 * rating + rating * (rating - 60.0) * (100.0 - rating) * 7e-6;
        let by_score = match score {
            score if score >= 4.2 => 5,
            score if score >= 3.9 => 4,
            score if score >= 3.4 => 3,
            score if score >= 2.6 => 2,
            _ => 1,
        };
        let by_bitrate = match self.bitrate_bps / self.needed_bps.max(1.0) {
            share if self.needed_bps == 0.0 || share >= 1.0 => 5,
            share if share >= 0.5 => 3,
            _ => 2,
        };
        Quality(by_score.min(by_bitrate))
    }
}

/// Counters of a Transport and when they were read.
#[derive(Clone, Copy)]
struct Sample {
    stats: TransportStats,
    at: Instant,
}

/// What is known of one publisher's path.
#[derive(Default)]
struct Rating {
    /// By its publishing Transport.
    levels: BTreeMap<TransportId, Quality>,
    /// Who knows of the present level.
    told: BTreeSet<ParticipantId>,
}

impl Rating {
    fn quality(&self) -> Option<Quality> {
        self.levels.values().min().copied()
    }
}

/// The room's measurements.
#[derive(Default)]
pub(super) struct Gauge {
    every: Option<Duration>,
    due: Option<Instant>,
    samples: FxHashMap<TransportId, Sample>,
    round_trips: BTreeMap<ParticipantId, Duration>,
    ratings: BTreeMap<ParticipantId, Rating>,
}

impl Gauge {
    /// Somebody who may want measurements comes in.
    pub(super) fn want(&mut self, every: Option<Duration>, now: Instant) {
        let Some(every) = every.filter(|every| !every.is_zero()) else { return };
        self.every = Some(self.every.map_or(every, |other| other.min(every)));
        self.due.get_or_insert(now + every);
    }

    /// When the next measurement is due.
    pub(super) const fn due(&self) -> Option<Instant> {
        self.due
    }
}

impl Room {
    /// Asks the workers, where it is time to.
    pub(super) fn measure(&mut self, now: Instant) {
        if self.gauge.due.is_none_or(|due| due > now) {
            return;
        }
        let wanted = self.roster.iter().filter_map(|participant| participant.facts.quality_every);
        self.gauge.every = wanted.filter(|every| !every.is_zero()).min();
        self.gauge.due = self.gauge.every.map(|every| now + every);
        self.forget_unmeasured();
        if self.gauge.due.is_none() {
            return;
        }
        self.ask_workers(|participant| !participant.streams.is_empty());
    }

    /// Asks the workers for what they counted of these participants' Transports.
    pub(super) fn ask_workers(&mut self, is_asked_for: impl Fn(&Participant) -> bool) {
        let mut asked = Vec::new();
        for participant in self.roster.iter().filter(|participant| is_asked_for(participant)) {
            let open = participant.links.iter().filter(|(_, link)| !link.closed);
            let (up, down): (Vec<_>, Vec<_>) = open.partition(|(role, _)| publishes(**role));
            // What comes back tells the round trip: one receiving Transport is enough.
            let down = down.into_iter().min_by_key(|(_, link)| link.transport);
            asked.extend(up.into_iter().chain(down).map(|(_, link)| (link.worker, link.transport)));
        }
        asked.sort_unstable();
        for (worker, transport) in asked {
            self.push_media(worker, MediaCommand::ReportStats(transport));
        }
    }

    /// Takes what a worker counted.
    pub(super) fn measured(&mut self, stats: &TransportStats, now: Instant) {
        let Some((owner, role)) = self.transports.get(&stats.transport).copied() else { return };
        if self.gauge.every.is_none() {
            return;
        }
        if stats.rtt_us > 0 {
            self.gauge.round_trips.insert(owner, Duration::from_micros(stats.rtt_us));
        }
        if !publishes(role) {
            return;
        }
        // Others may ask the workers too: a glimpse says nothing.
        let too_soon = |every: Duration| {
            let last = self.gauge.samples.get(&stats.transport);
            last.is_some_and(|last| now.saturating_duration_since(last.at) < every / 2)
        };
        if self.gauge.every.is_some_and(too_soon) {
            return;
        }
        let before = self.gauge.samples.insert(stats.transport, Sample { stats: *stats, at: now });
        let (is_expected, needed_bps) = self.expected_on(owner, role);
        // Nothing is late that was never begun, nor missing while it is muted.
        let is_due = before.is_some() && is_expected || stats.packets_received > 0;
        let last = before.map_or(TransportStats::new(stats.transport), |sample| sample.stats);
        let time = before.map_or(Duration::ZERO, |sample| now.saturating_duration_since(sample.at));
        let received = stats.packets_received.saturating_sub(last.packets_received);
        if !is_due || received == 0 && !is_expected {
            return;
        }
        let bits = 8.0 * stats.bytes_received.saturating_sub(last.bytes_received) as f64;
        let path = Path {
            received,
            lost: stats.packets_lost_in.saturating_sub(last.packets_lost_in),
            rtt: self.gauge.round_trips.get(&owner).copied().unwrap_or_default(),
            jitter: Duration::from_micros(stats.jitter_us),
            bitrate_bps: if time.is_zero() { 0.0 } else { bits / time.as_secs_f64() },
            needed_bps: if time.is_zero() { 0.0 } else { needed_bps },
        };
        self.rate(owner, stats.transport, path.quality());
    }

    /// No check has come on a Transport for long.
    pub(super) fn path_lost(&mut self, transport: TransportId) {
        let Some((owner, role)) = self.transports.get(&transport).copied() else { return };
        if self.gauge.every.is_some() && publishes(role) {
            self.rate(owner, transport, Quality::BROKEN);
        }
    }

    fn rate(&mut self, owner: ParticipantId, transport: TransportId, quality: Quality) {
        let rating = self.gauge.ratings.entry(owner).or_default();
        let before = rating.quality();
        rating.levels.insert(transport, quality);
        let Some(quality) = rating.quality() else { return };
        if before != Some(quality) {
            rating.told.clear();
        }
        let is_visible = self.roster.get(owner).is_some_and(|owner| owner.is_visible());
        let wants = |id: &ParticipantId| {
            let viewer = self.roster.get(*id).filter(|viewer| viewer.facts.quality_every.is_some());
            viewer.is_some() && (is_visible || *id == owner)
        };
        let viewers: Vec<_> = self.roster.ids().into_iter().filter(wants).collect();
        for viewer in viewers {
            let is_news = self.gauge.ratings.get_mut(&owner).is_some_and(|rating| rating.told.insert(viewer));
            if is_news {
                self.tell_participant(viewer, RoomEvent::QualityMeasured { participant: owner, quality });
            }
        }
    }

    /// Whether something that is not muted should come on a publisher's Transport, and the bitrate that its cameras need.
    fn expected_on(&self, owner: ParticipantId, role: TransportRole) -> (bool, f64) {
        let streams = self.roster.get(owner).into_iter().flat_map(|participant| &participant.streams);
        let here = streams.filter(|stream| match role {
            TransportRole::Up(own) => stream.id == own,
            TransportRole::Publisher | TransportRole::Single => true,
            TransportRole::Subscriber | TransportRole::Down(_) => false,
        });
        let (mut is_expected, mut needed_bps) = (false, 0.0);
        for track in here.flat_map(|stream| stream.tracks()).filter(|track| !track.info.muted) {
            is_expected |= track.producer.is_some();
            if track.info.spec.source == TrackSource::Camera {
                needed_bps += f64::from(track.info.spec.width) * f64::from(track.info.spec.height) * BITS_PER_PIXEL_MIN;
            }
        }
        (is_expected, needed_bps)
    }

    /// Forgets Transports and participants that are gone, and those who publish no more.
    fn forget_unmeasured(&mut self) {
        let transports = &self.transports;
        self.gauge.samples.retain(|transport, _| transports.contains_key(transport));
        let roster = &self.roster;
        let is_publishing = |id: &ParticipantId| roster.get(*id).is_some_and(|owner| !owner.streams.is_empty());
        self.gauge.round_trips.retain(|id, _| is_publishing(id));
        self.gauge.ratings.retain(|id, rating| {
            rating.levels.retain(|transport, _| transports.contains_key(transport));
            rating.told.retain(|viewer| roster.get(*viewer).is_some());
            is_publishing(id)
        });
    }
}

/// Media of the participant's comes in on a Transport of this role.
pub(super) const fn publishes(role: TransportRole) -> bool {
    match role {
        TransportRole::Publisher | TransportRole::Single | TransportRole::Up(_) => true,
        TransportRole::Subscriber | TransportRole::Down(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_delay_jitter_and_a_starved_camera_lower_the_level() {
        let good = Path {
            received: 1_000,
            lost: 0,
            rtt: Duration::from_millis(20),
            jitter: Duration::from_millis(2),
            bitrate_bps: 500_000.0,
            needed_bps: 46_080.0,
        };
        let ms = Duration::from_millis;
        let cases = [
            ("a good path", good, 5),
            ("one in a hundred lost", Path { lost: 10, ..good }, 5),
            ("one in thirty lost", Path { lost: 33, ..good }, 4),
            ("one in twelve lost", Path { lost: 90, ..good }, 3),
            ("one in seven lost", Path { lost: 160, ..good }, 2),
            ("one in four lost", Path { lost: 333, ..good }, 1),
            ("round the world", Path { rtt: ms(300), ..good }, 5),
            ("by satellite", Path { rtt: ms(600), ..good }, 3),
            ("a full buffer", Path { rtt: ms(1_000), ..good }, 2),
            ("two seconds", Path { rtt: ms(2_000), ..good }, 1),
            ("jitter", Path { jitter: ms(120), ..good }, 4),
            ("half of what the camera needs", Path { bitrate_bps: 30_000.0, ..good }, 3),
            ("next to nothing for the camera", Path { bitrate_bps: 5_000.0, ..good }, 2),
            ("sound alone", Path { bitrate_bps: 5_000.0, needed_bps: 0.0, ..good }, 5),
            ("nothing", Path { received: 0, ..good }, 0),
            ("nothing, and all of it lost", Path { received: 0, lost: 10, ..good }, 0),
        ];
        for (what, path, level) in cases {
            assert_eq!(path.quality().level(), level, "{what}: {path:?}");
        }
    }

    #[test]
    fn a_level_never_rises_with_the_loss() {
        let mut before = 5;
        for lost in 0..1_000 {
            let path = Path {
                received: 1_000 - lost,
                lost,
                rtt: Duration::from_millis(50),
                jitter: Duration::ZERO,
                bitrate_bps: 0.0,
                needed_bps: 0.0,
            };
            let level = path.quality().level();
            assert!(level <= before, "{lost} of 1000 lost");
            before = level;
        }
        assert_eq!(before, 1);
    }
}
