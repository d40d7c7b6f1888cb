//! How good each participant's connection is, both ways: asked of the workers every 5 s, told a moment later.
//!
//! Told are the participants who want it, of themselves and of those they receive something from, and only what changed.
//! How a score is made stands in `score.rs`; v2's levels of publishers' paths are `quality.rs`'s.
use super::event::RoomEvent;
use super::meeting::Room;
use super::participant::ParticipantState;
use super::score::{Grade, Score, Standing, Window};
use super::subscription::Stage;
use super::{StreamKey, TransportRole};
use crate::id::{ConsumerId, ParticipantId, TransportId};
use crate::media::TransportStats;
use crate::sdp::MediaKind;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Time between two rounds (livekit.md §3.9).
const ROUND: Duration = Duration::from_secs(5);
/// How long the workers are waited for in a round.
const PATIENCE: Duration = Duration::from_millis(300);
/// Two reports of one Transport that lie closer together count as one.
const WINDOW_MIN: Duration = Duration::from_secs(2);

/// What is due next.
#[derive(Clone, Copy)]
enum Step {
    /// Ask the workers.
    Ask(Instant),
    /// Tell what they said; the round began then.
    Tell(Instant, Instant),
}

/// What is known of a Transport.
#[derive(Default)]
struct Known {
    last: Option<(TransportStats, Instant)>,
    up: Score,
    down: Score,
}

/// The room's grades.
#[derive(Default)]
pub(super) struct Grading {
    step: Option<Step>,
    known: FxHashMap<TransportId, Known>,
    /// Transports of which nothing is heard.
    silent: FxHashSet<TransportId>,
    /// Consumers whose picture is left out.
    starved: FxHashSet<ConsumerId>,
    /// Who was active when the round began: a client that has only just become so may not call itself connected yet, and its
    /// app would not hear of a grade.
    settled: FxHashSet<ParticipantId>,
    /// What each participant was told of each.
    told: BTreeMap<(ParticipantId, ParticipantId), Grade>,
}

impl Grading {
    /// Somebody who wants grades comes in.
    pub(super) fn want(&mut self, now: Instant) {
        self.step.get_or_insert(Step::Ask(now + ROUND));
    }

    /// When the next step is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.step.map(|step| match step {
            Step::Ask(at) | Step::Tell(at, _) => at,
        })
    }

    /// A picture is left out, or sent again.
    pub(super) fn note_starved(&mut self, consumer: ConsumerId, starved: bool) {
        if starved {
            self.starved.insert(consumer);
        } else {
            self.starved.remove(&consumer);
        }
    }

    /// Nothing is heard of a Transport's client, or something again.
    pub(super) fn note_silent(&mut self, transport: TransportId, silent: bool) {
        if silent {
            self.silent.insert(transport);
        } else {
            self.silent.remove(&transport);
        }
    }
}

impl Room {
    /// Does what is due.
    pub(super) fn grade(&mut self, now: Instant) {
        match self.grading.step {
            Some(Step::Ask(at)) if at <= now => {
                self.forget_ungraded();
                let is_wanted = self.roster.iter().any(|participant| participant.facts.wants_grades);
                self.grading.step = is_wanted.then(|| Step::Tell(now + PATIENCE, now));
                if is_wanted {
                    let is_active = |state| state == ParticipantState::Active;
                    let active = self.roster.iter().filter(|participant| is_active(participant.state));
                    self.grading.settled = active.map(|participant| participant.id).collect();
                    self.ask_workers(|_| true);
                }
            }
            Some(Step::Tell(at, begun)) if at <= now => {
                self.grading.step = Some(Step::Ask((begun + ROUND).max(now)));
                self.tell_grades();
            }
            Some(Step::Ask(_) | Step::Tell(..)) | None => {}
        }
    }

    /// Takes what a worker counted.
    pub(super) fn score(&mut self, stats: &TransportStats, now: Instant) {
        let Some((owner, role)) = self.transports.get(&stats.transport).copied() else { return };
        if self.grading.step.is_none() {
            return;
        }
        let last = self.grading.known.get(&stats.transport).and_then(|known| known.last);
        if last.is_some_and(|(_, at)| now.saturating_duration_since(at) < WINDOW_MIN) {
            return;
        }
        let before = last.map_or(TransportStats::new(stats.transport), |(stats, _)| stats);
        let up = Window {
            packets: stats.packets_received.saturating_sub(before.packets_received),
            lost: stats.packets_lost_in.saturating_sub(before.packets_lost_in),
            is_expected: last.is_some() && self.expects_media(owner, role),
            has_video: self.brings_video(owner),
            ..Window::default()
        };
        let down = Window {
            packets: stats.packets_sent.saturating_sub(before.packets_sent),
            lost: stats.packets_lost_out.saturating_sub(before.packets_lost_out),
            has_video: self.receives_video(owner),
            is_starved: self.is_starved(owner, role),
            ..Window::default()
        };
        let known = self.grading.known.entry(stats.transport).or_default();
        known.last = Some((*stats, now));
        known.up.update(&up);
        known.down.update(&down);
    }

    /// Tells everybody who wants it what changed.
    fn tell_grades(&mut self) {
        let standings: FxHashMap<ParticipantId, Standing> = self
            .roster
            .iter()
            .filter(|participant| participant.state == ParticipantState::Active)
            .map(|participant| (participant.id, self.standing_of(participant.id)))
            .collect();
        for viewer in self.roster.ids() {
            let is_told = self.grading.settled.contains(&viewer);
            let Some(participant) = self.roster.get(viewer).filter(|viewer| is_told && viewer.facts.wants_grades)
            else {
                continue;
            };
            let publishers = participant.received.keys().map(|key| key.participant);
            let subjects: BTreeSet<_> = std::iter::once(viewer).chain(publishers).collect();
            let mut news = Vec::new();
            for subject in subjects {
                let Some(standing) = standings.get(&subject) else { continue };
                if self.grading.told.insert((viewer, subject), standing.grade) != Some(standing.grade) {
                    news.push((subject, *standing));
                }
            }
            if !news.is_empty() {
                self.tell_participant(viewer, RoomEvent::Graded { standings: news });
            }
        }
    }

    /// How good an active participant's connection is, where the room grades.
    pub(super) fn graded_standing(&self, id: ParticipantId) -> Option<Standing> {
        let is_active = self.roster.get(id).is_some_and(|participant| participant.state == ParticipantState::Active);
        (is_active && self.grading.step.is_some()).then(|| self.standing_of(id))
    }

    fn standing_of(&self, id: ParticipantId) -> Standing {
        let links = self.roster.get(id).into_iter().flat_map(|participant| participant.links.values());
        let mut worst = Score::default();
        for transport in links.filter(|link| !link.closed).map(|link| link.transport) {
            if self.grading.silent.contains(&transport) {
                worst.update(&Window { is_silent: true, ..Window::default() });
            } else if let Some(known) = self.grading.known.get(&transport) {
                worst = worst.min(known.up).min(known.down);
            }
        }
        worst.standing()
    }

    /// Whether something that is neither muted nor held back for want of receivers should come on a Transport.
    fn expects_media(&self, owner: ParticipantId, role: TransportRole) -> bool {
        let streams = self.roster.get(owner).into_iter().flat_map(|participant| &participant.streams);
        let here = streams.filter(|stream| match role {
            TransportRole::Up(own) => stream.id == own,
            TransportRole::Publisher | TransportRole::Single => true,
            TransportRole::Subscriber | TransportRole::Down(_) => false,
        });
        here.flat_map(|stream| stream.tracks().map(move |track| (stream.id, track))).any(|(stream, track)| {
            let key = StreamKey { participant: owner, stream };
            let kind = track.info.spec.kind;
            let flows = track.producer.is_some() && !track.info.muted && !track.paused;
            flows && (kind == MediaKind::Audio || self.is_watched(key, kind))
        })
    }

    /// Somebody is sent this half of a stream.
    fn is_watched(&self, key: StreamKey, kind: MediaKind) -> bool {
        self.roster.iter().any(|viewer| {
            let consumer = viewer.consumer_of(key, kind).filter(|consumer| consumer.stage == Stage::Open);
            let wishes = consumer.and_then(|consumer| viewer.wishes.get(&consumer.track?));
            consumer.is_some() && wishes.is_none_or(|wishes| !wishes.disabled)
        })
    }

    fn brings_video(&self, owner: ParticipantId) -> bool {
        let streams = self.roster.get(owner).into_iter().flat_map(|participant| &participant.streams);
        streams.flat_map(|stream| stream.half(MediaKind::Video)).any(|track| !track.info.muted)
    }

    fn receives_video(&self, viewer: ParticipantId) -> bool {
        let received = self.roster.get(viewer).into_iter().flat_map(|participant| participant.received.values());
        received.flat_map(|reception| reception.half(MediaKind::Video)).any(|consumer| consumer.stage == Stage::Open)
    }

    fn is_starved(&self, viewer: ParticipantId, role: TransportRole) -> bool {
        let received = self.roster.get(viewer).into_iter().flat_map(|participant| participant.received.values());
        let mut pictures = received.flat_map(|reception| reception.half(MediaKind::Video));
        role != TransportRole::Publisher && pictures.any(|consumer| self.grading.starved.contains(&consumer.id))
    }

    /// Forgets who and what is gone.
    fn forget_ungraded(&mut self) {
        let (transports, roster) = (&self.transports, &self.roster);
        self.grading.known.retain(|transport, _| transports.contains_key(transport));
        self.grading.silent.retain(|transport| transports.contains_key(transport));
        self.grading
            .told
            .retain(|(viewer, subject), _| roster.get(*viewer).is_some() && roster.get(*subject).is_some());
        let open: FxHashSet<ConsumerId> = roster
            .iter()
            .flat_map(|participant| participant.received.values())
            .flat_map(|reception| reception.half(MediaKind::Video))
            .map(|consumer| consumer.id)
            .collect();
        self.grading.starved.retain(|consumer| open.contains(consumer));
    }
}
