//! Who speaks: what the workers hear of microphones, told to whoever receives that participant and to itself.
//!
//! A meter per microphone stands in the media core; here levels are gathered, coarsened and compared with what each
//! participant was told last, once in an interval. Nothing is measured where nobody speaks.
use super::TrackSource;
use super::answer::{Answered, Ask};
use super::event::RoomEvent;
use super::meeting::Room;
use crate::capability::{Feature, Refusal, require};
use crate::id::{ParticipantId, ProducerId};
use crate::media::AudioLevelConfig;
use crate::time::Now;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Steps of the level that is told, so that small changes are none.
const LEVEL_STEPS: f32 = 8.0;
/// The level of who only seems to speak.
const SIMULATED_LEVEL: f32 = 0.9;

/// How loud somebody speaks.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Speaker {
    /// Who.
    pub participant: ParticipantId,
    /// How loud, 0 to 1; 0: not any more.
    pub level: f32,
}

/// What is known of who speaks.
#[derive(Default)]
pub(super) struct Speakers {
    heard: FxHashMap<ProducerId, Heard>,
    /// Who seems to speak until when.
    simulated: BTreeMap<ParticipantId, Instant>,
    /// What each participant (first) was told of each speaker (second).
    told: BTreeMap<(ParticipantId, ParticipantId), f32>,
    last: Option<Instant>,
    due: Option<Instant>,
}

#[derive(Clone, Copy)]
struct Heard {
    level: u16,
    at: Instant,
}

impl Speakers {
    /// When somebody may have to be told something.
    pub(super) const fn due(&self) -> Option<Instant> {
        self.due
    }

    fn look_soon(&mut self, now: Instant, interval: Duration) {
        let earliest = self.last.map_or(now, |last| (last + interval).max(now));
        self.due.get_or_insert(earliest);
    }
}

impl Room {
    /// How the sources of a publisher are listened to; `None`: not at all.
    pub(super) fn levels_wanted(&self) -> Option<AudioLevelConfig> {
        require(self.config.profile, Feature::SpeakerDetection).ok().map(|()| self.config.native.levels)
    }

    fn speaker_interval(&self) -> Duration {
        Duration::from_millis(self.config.native.levels.update_interval_ms.into())
    }

    /// A worker heard a source. Only microphones make a speaker.
    pub(super) fn producer_heard(&mut self, producer: ProducerId, level: u16, now: Instant) {
        let Some((owner, track)) = self.producers.get(&producer).copied() else { return };
        let owner = self.roster.get(owner);
        let found = owner.and_then(|owner| owner.find_track(track).map(|(stream, kind)| (owner, stream, kind)));
        let Some((owner, stream, kind)) = found else { return };
        let track = owner.stream(stream).and_then(|stream| stream.half(kind));
        if track.is_none_or(|track| track.info.spec.source != TrackSource::Microphone) {
            return;
        }
        self.speakers.heard.insert(producer, Heard { level, at: now });
        let interval = self.speaker_interval();
        self.speakers.look_soon(now, interval);
        self.tell_speakers(now);
    }

    /// The sender seems to speak for a while: a test tool of SDKs.
    pub(super) fn simulate_speaking(&mut self, ask: Ask, lasting: Duration, now: Now) -> Result<Answered, Refusal> {
        let id = self.sender(&ask)?;
        self.speakers.simulated.insert(id, now.instant + lasting);
        self.speakers.due = Some(now.instant);
        self.tell_speakers(now.instant);
        Ok(self.done(ask))
    }

    /// Tells everybody what changed, where it is time to.
    pub(super) fn tell_speakers(&mut self, now: Instant) {
        if self.speakers.due.is_none_or(|due| due > now) {
            return;
        }
        let interval = self.speaker_interval();
        self.speakers.last = Some(now);
        self.speakers.due = None;
        let active = self.active_speakers(now, interval);
        let roster = &self.roster;
        self.speakers
            .told
            .retain(|(viewer, speaker), _| roster.get(*viewer).is_some() && roster.get(*speaker).is_some());
        for viewer in self.roster.ids() {
            let changes = self.changes_for(viewer, &active);
            if !changes.is_empty() {
                self.tell_participant(viewer, RoomEvent::SpeakersChanged { speakers: changes });
            }
        }
        let speakers = &mut self.speakers;
        if !speakers.heard.is_empty() || !speakers.told.is_empty() || !speakers.simulated.is_empty() {
            let ending = speakers.simulated.values().min().copied().unwrap_or(now + interval);
            speakers.due = Some((now + interval).min(ending.max(now + Duration::from_millis(1))));
        }
    }

    /// Who speaks and how loud. Who was not heard for two intervals is silent.
    fn active_speakers(&mut self, now: Instant, interval: Duration) -> BTreeMap<ParticipantId, f32> {
        let (producers, roster) = (&self.producers, &self.roster);
        self.speakers.heard.retain(|producer, heard| {
            producers.contains_key(producer) && now.saturating_duration_since(heard.at) < interval * 2
        });
        self.speakers.simulated.retain(|id, until| *until > now && roster.get(*id).is_some());
        let threshold = self.config.native.levels.threshold();
        let mut active = BTreeMap::new();
        for (producer, heard) in &self.speakers.heard {
            let level = f64::from(heard.level) / f64::from(u16::MAX);
            let Some((owner, _)) = producers.get(producer).filter(|_| level >= threshold) else { continue };
            let told = ((level as f32 * LEVEL_STEPS).ceil() / LEVEL_STEPS).min(1.0);
            let loudest = active.entry(*owner).or_insert(told);
            *loudest = told.max(*loudest);
        }
        active.extend(self.speakers.simulated.keys().map(|id| (*id, SIMULATED_LEVEL)));
        active
    }

    /// What one participant has to be told, loudest first; noted as told.
    fn changes_for(&mut self, viewer: ParticipantId, active: &BTreeMap<ParticipantId, f32>) -> Vec<Speaker> {
        let Some(participant) = self.roster.get(viewer).filter(|viewer| viewer.facts.takes_speakers) else {
            return Vec::new();
        };
        let receives = |id: &ParticipantId| participant.received.keys().any(|key| key.participant == *id);
        let told = &mut self.speakers.told;
        let mut changes = Vec::new();
        for (speaker, level) in active.iter().filter(|(id, _)| **id == viewer || receives(id)) {
            if told.insert((viewer, *speaker), *level) != Some(*level) {
                changes.push(Speaker { participant: *speaker, level: *level });
            }
        }
        changes.sort_by(|a, b| b.level.total_cmp(&a.level));
        let before: Vec<ParticipantId> = told.keys().filter(|(to, _)| *to == viewer).map(|(_, of)| *of).collect();
        for speaker in before {
            let still = active.contains_key(&speaker) && (speaker == viewer || receives(&speaker));
            if !still {
                told.remove(&(viewer, speaker));
                changes.push(Speaker { participant: speaker, level: 0.0 });
            }
        }
        changes
    }
}
