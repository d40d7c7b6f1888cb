//! What a run found out, as values that the reports print. What it was asked to do stands in `settings`.
mod settings;

pub use settings::{PagesSettings, Settings};

use crate::browser::Ready;
use crate::media::{SeatReport, Snapshot};
use crate::plan::Plan;
use crate::process::CpuTime;
use crate::progress::{Change, Count, Progress};
use serde::Serialize;

/// One measurement, at one number of participants.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Measurement {
    /// Participants that were up.
    pub participants: usize,
    /// Length.
    pub seconds: f64,
    /// RTP packets that came to participants.
    pub delivered: u64,
    /// Their bytes, without IP and UDP headers.
    pub delivered_bytes: u64,
    /// RTP packets that participants sent.
    pub sent: u64,
    /// Packets that should have come and did not.
    pub lost: u64,
    /// Their share, 0 to 1.
    pub loss: f64,
    /// Median over participants of their worst stream's jitter, milliseconds.
    pub jitter_ms: f64,
    /// The worst of all.
    pub jitter_max_ms: f64,
    /// CPU time of the server, where its process is known.
    pub server: Option<CpuTime>,
    /// The server's threads that used any, busiest first.
    pub threads: Vec<ThreadCost>,
    /// CPU time of the load itself.
    pub own: CpuTime,
    /// Resident memory of the server at the end, bytes.
    pub resident_bytes: Option<u64>,
    /// Datagrams that this machine threw away because a socket's buffer was full.
    pub thrown_away: u64,
    /// Beats of the media thread.
    pub beats: u64,
    /// Those that came late: the load's own core was too busy, and its figures are not to be trusted.
    pub late_beats: u64,
}

/// A server thread's CPU time.
#[derive(Clone, Debug, Serialize)]
pub struct ThreadCost {
    /// Its name.
    pub name: String,
    /// What it used.
    pub cpu: CpuTime,
}

impl Measurement {
    /// Server CPU time per delivered packet: user and system, microseconds.
    pub fn per_packet_us(&self) -> Option<(f64, f64)> {
        let server = self.server.filter(|_| self.delivered > 0)?;
        let share = |us: u64| us as f64 / self.delivered as f64;
        Some((share(server.user_us), share(server.system_us)))
    }

    /// Cores that the server kept busy.
    pub fn server_cores(&self) -> Option<f64> {
        self.server.map(|cpu| cpu.total_us() as f64 / 1e6 / self.seconds.max(1e-9))
    }

    /// Cores that the load kept busy.
    pub fn own_cores(&self) -> f64 {
        self.own.total_us() as f64 / 1e6 / self.seconds.max(1e-9)
    }

    /// True where the load itself could not keep up.
    pub const fn is_strained(&self) -> bool {
        self.late_beats * 100 > self.beats
    }

    /// One line for people.
    pub fn line(&self) -> String {
        let mut line = format!(
            "{} participants: {:.0} packets/s delivered, {:.2} % lost, jitter {:.1} ms, load {:.0} % of a core",
            self.participants,
            self.delivered as f64 / self.seconds.max(1e-9),
            self.loss * 100.0,
            self.jitter_ms,
            self.own_cores() * 100.0,
        );
        if let (Some((user, system)), Some(cores)) = (self.per_packet_us(), self.server_cores()) {
            line += &format!(
                "; server {:.0} % of a core, {:.2} us a packet ({user:.2} user + {system:.2} system)",
                cores * 100.0,
                user + system
            );
        }
        if let Some(bytes) = self.resident_bytes {
            line += &format!(", {:.1} MiB", bytes as f64 / 1_048_576.0);
        }
        if self.is_strained() {
            line += &format!("; THE LOAD'S OWN CORE IS FULL ({} of {} beats late)", self.late_beats, self.beats);
        }
        line
    }
}

/// The state of things at one second.
#[derive(Clone, Debug, Serialize)]
pub struct Sample {
    /// Since the run's start, milliseconds.
    pub at_ms: u64,
    /// Participants by state.
    pub count: Count,
    /// Cores that the server kept busy in the last second.
    pub server_cores: Option<f64>,
    /// Cores that the load kept busy.
    pub own_cores: f64,
    /// Resident memory of the server, bytes.
    pub resident_bytes: Option<u64>,
    /// Packets that came to participants, a second.
    pub delivered_per_s: f64,
    /// Share that did not come, 0 to 1.
    pub loss: f64,
}

/// The spread of a set of figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// How many.
    pub count: usize,
    /// Half are at most this.
    pub median: f64,
    /// 95 of 100 are at most this.
    pub p95: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// Of these.
    pub fn of(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = (share * sorted.len() as f64).ceil() as usize;
            sorted.get(place.saturating_sub(1)).copied().unwrap_or(0.0)
        };
        Self { count: sorted.len(), median: at(0.5), p95: at(0.95), max: sorted.last().copied().unwrap_or(0.0) }
    }
}

/// The middle of these; 0 of none.
pub fn median(values: &[f64]) -> f64 {
    Spread::of(values).median
}

/// What a page has received, by the browser's own count.
#[derive(Clone, Debug, Serialize)]
pub struct PageReport {
    /// Whose.
    pub participant: usize,
    /// RTP packets that came.
    pub received: u64,
    /// Packets that did not, after repair.
    pub lost: u64,
    /// Largest jitter of a stream, milliseconds.
    pub jitter_ms: f64,
    /// Pictures decoded.
    pub frames_decoded: u64,
    /// From its join to both associations standing, milliseconds.
    pub connect_ms: Option<f64>,
    /// From each picture's announcement to its showing, milliseconds.
    pub first_frame_ms: Vec<f64>,
}

/// What a run found out.
#[derive(Clone, Debug, Serialize)]
pub struct Results {
    /// What it was asked to do.
    pub settings: Settings,
    /// How it ended: `done`, or why it ended early.
    pub ending: String,
    /// Participants held: the largest number that was up with no more than the allowed loss.
    pub held: usize,
    /// Participants that came up before anybody failed.
    pub up_before_first_failure: usize,
    /// Most participants up at one time.
    pub most_up: usize,
    /// Failures of all participants together.
    pub failures: u32,
    /// From the start of an attempt to both associations standing, milliseconds.
    pub connect_ms: Spread,
    /// From the start of an attempt to counting as connected, milliseconds.
    pub up_after_ms: Spread,
    /// From a stream's announcement to its first whole picture or sound, milliseconds.
    pub first_frame_ms: Spread,
    /// The SRTP profile that the server's streams came in.
    pub srtp_profile: Option<&'static str>,
    /// Packets opened as a check.
    pub opened: u64,
    /// Those of them that did not open.
    pub unopened: u64,
    /// Resident memory of the server before anybody joined, bytes.
    pub idle_bytes: Option<u64>,
    /// Resident memory a participant at the last measurement, bytes.
    pub bytes_per_participant: Option<f64>,
    /// The measurements.
    pub measurements: Vec<Measurement>,
    /// The state of things, once a second.
    pub samples: Vec<Sample>,
    /// Of pages of a browser: what each received.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pages: Vec<PageReport>,
    /// Every change of a participant's state.
    pub changes: Vec<Change>,
}

/// What a run has gathered.
pub struct Findings {
    /// The measurements.
    pub measurements: Vec<Measurement>,
    /// The state of things, once a second.
    pub samples: Vec<Sample>,
    /// What everybody had received at the end.
    pub last: Snapshot,
    /// Resident memory of the server before anybody joined, bytes.
    pub idle_bytes: Option<u64>,
    /// How it ended.
    pub ending: String,
}

impl Results {
    /// Puts a run's findings together.
    pub fn new(plan: &Plan, browser: Option<&Ready>, progress: &Progress, findings: Findings) -> Self {
        let Findings { measurements, samples, last, idle_bytes, ending } = findings;
        let seats = || last.seats.values();
        let first_frames: Vec<f64> = seats().flat_map(|seat| seat.first_frame_ms.iter().copied()).collect();
        let connects: Vec<f64> = seats().filter_map(|seat| seat.connect_ms).collect();
        let good = |measurement: &&Measurement| measurement.loss <= plan.loss_max;
        let held = measurements.iter().filter(good).map(|measurement| measurement.participants).max();
        let bytes_per_participant = measurements.last().and_then(|last| {
            let grown = last.resident_bytes?.saturating_sub(idle_bytes?);
            Some(grown as f64 / last.participants.max(1) as f64)
        });
        Self {
            settings: Settings::of(plan, browser),
            ending,
            held: held.unwrap_or(0),
            up_before_first_failure: progress.up_before_first_failure(),
            most_up: progress.most_up(),
            failures: progress.failures(),
            connect_ms: Spread::of(&connects),
            up_after_ms: Spread::of(progress.up_after_ms()),
            first_frame_ms: Spread::of(&first_frames),
            srtp_profile: seats().find_map(|seat| seat.profile),
            opened: seats().map(|seat| seat.opened).sum(),
            unopened: seats().map(|seat| seat.unopened).sum(),
            idle_bytes,
            bytes_per_participant,
            measurements,
            samples,
            pages: if browser.is_some() { pages(&last) } else { Vec::new() },
            changes: progress.changes().to_vec(),
        }
    }
}

fn pages(last: &Snapshot) -> Vec<PageReport> {
    let report = |(participant, seat): (&usize, &SeatReport)| PageReport {
        participant: *participant,
        received: seat.tally.received,
        lost: seat.tally.lost(),
        jitter_ms: seat.jitter_ms,
        frames_decoded: seat.frames_decoded,
        connect_ms: seat.connect_ms,
        first_frame_ms: seat.first_frame_ms.clone(),
    };
    last.seats.iter().map(report).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_names_the_middle_and_the_end() {
        let values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(Spread::of(&values), Spread { count: 100, median: 50.0, p95: 95.0, max: 100.0 });
        assert_eq!(Spread::of(&[]), Spread::default());
    }

    #[test]
    fn cost_is_per_delivered_packet() {
        let measurement = Measurement {
            seconds: 2.0,
            delivered: 1000,
            server: Some(CpuTime { user_us: 2000, system_us: 6000 }),
            ..Measurement::default()
        };
        assert_eq!(measurement.per_packet_us(), Some((2.0, 6.0)));
        assert_eq!(measurement.server_cores(), Some(0.004));
    }
}
