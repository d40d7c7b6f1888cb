//! The table of figures: name, meaning, and where each is read.
use super::livekit;
use super::meters::Meters;
use super::process;
use crate::media::{TURN_CLASSES_US, ThreadReport};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use sfu_core::capability::FeatureRow;
use sfu_core::room::RoomCounts;
use std::fmt;
use std::sync::Arc;

/// All that is told at one moment.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// The engine profile.
    pub profile: &'static str,
    /// What the parts count.
    pub meters: Arc<Meters>,
    /// Changes that wait for the store.
    pub store_waiting: u64,
    /// Changes that are lost: no queue could hold them, or the store cannot.
    pub store_lost: u64,
    /// Each endpoint's letters: waiting, given up. `None` where the database does not say.
    pub outbox: Option<Vec<(String, u64, u64)>>,
    /// Rooms that live.
    pub rooms: u64,
    /// What is in them.
    pub counts: RoomCounts,
    /// The media threads.
    pub threads: Vec<ThreadReport>,
    /// How often each feature was refused.
    pub refusals: Vec<(&'static FeatureRow, u64)>,
}

/// Where a figure of a media thread is read.
type Read = fn(&ThreadReport) -> u64;

/// A figure of each media thread.
struct Row {
    name: &'static str,
    help: &'static str,
    read: Read,
}

const fn row(name: &'static str, help: &'static str, read: Read) -> Row {
    Row { name, help, read }
}

/// What only grows; the exposition adds `_total` to each name.
const COUNTERS: &[Row] = &[
    row("viaduct_worker_datagrams_in", "Datagrams received.", |r| r.counters.datagrams_in),
    row("viaduct_worker_bytes_in", "Bytes of datagrams received.", |r| r.counters.bytes_in),
    row("viaduct_worker_datagrams_out", "Datagrams sent.", |r| r.counters.datagrams_out),
    row("viaduct_worker_bytes_out", "Bytes of datagrams sent.", |r| r.counters.bytes_out),
    row("viaduct_worker_batches_in", "Batches that datagrams were received in: one system call each.", |r| {
        r.sockets.batches_in
    }),
    row(
        "viaduct_worker_runs_out",
        "Runs that datagrams were sent in: one system call each, where it takes runs.",
        |r| r.counters.runs_out,
    ),
    row("viaduct_worker_runs_dropped", "Runs that the system did not take.", |r| r.sockets.runs_dropped),
    row("viaduct_worker_pipe_packets_in", "Packets that came from other workers.", |r| r.counters.pipe_packets_in),
    row("viaduct_worker_pipe_packets_out", "Packets for other workers.", |r| r.counters.pipe_packets_out),
    row("viaduct_worker_pipe_packets_dropped", "Packets for other workers whose ring was full.", |r| {
        r.pipe_packets_dropped
    }),
];

/// What stands at the moment.
const GAUGES: &[Row] = &[
    row("viaduct_worker_routers", "Rooms with media on the worker.", |r| r.census.routers as u64),
    row("viaduct_worker_transports", "Transports.", |r| r.census.transports as u64),
    row("viaduct_worker_producers", "Incoming tracks, those mirrored from other workers among them.", |r| {
        r.census.producers as u64
    }),
    row("viaduct_worker_consumers", "Outgoing tracks.", |r| r.census.consumers as u64),
];

/// Datagrams and commands that led to nothing, by cause.
const DROPS: &[(&str, Read)] = &[
    ("unknown", |r| r.drops.unknown),
    ("unvalidated", |r| r.drops.unvalidated),
    ("unauthentic_check", |r| r.drops.unauthentic_checks),
    ("unowned", |r| r.drops.unowned),
    ("malformed", |r| r.drops.malformed),
    ("command", |r| r.drops.commands),
    ("pipe", |r| r.drops.pipes),
];

/// The figures in the format that Prometheus reads (OpenMetrics 1.0).
pub fn write(figures: Figures) -> Result<String, fmt::Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(figures));
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry)?;
    Ok(text)
}

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let help = "The server, in its labels.";
        let mut family = encoder.encode_descriptor("viaduct", help, None, MetricType::Info)?;
        family.encode_info(&[("version", env!("CARGO_PKG_VERSION")), ("profile", self.profile)])?;
        let RoomCounts { participants, published, subscribed, .. } = self.counts;
        for (name, help, value) in [
            ("viaduct_rooms", "Rooms.", self.rooms),
            ("viaduct_participants", "Participants.", participants as u64),
            ("viaduct_tracks_published", "Tracks published.", published as u64),
            ("viaduct_tracks_subscribed", "Tracks received, counted once for each receiver.", subscribed as u64),
        ] {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        for row in GAUGES {
            self.each(&mut encoder, row, MetricType::Gauge)?;
        }
        for row in COUNTERS {
            self.each(&mut encoder, row, MetricType::Counter)?;
        }
        self.drops(&mut encoder)?;
        self.refusals(&mut encoder)?;
        self.turns(&mut encoder)?;
        self.meters.encode(&mut encoder)?;
        self.waiting(&mut encoder)?;
        for (name, help, is_counter, value) in process::figures() {
            if is_counter {
                let metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
                ConstCounter::new(value).encode(metric)?;
            } else {
                let metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
                ConstGauge::new(value).encode(metric)?;
            }
        }
        livekit::encode(self, &mut encoder)
    }
}

impl Figures {
    fn each(&self, encoder: &mut DescriptorEncoder<'_>, row: &Row, kind: MetricType) -> fmt::Result {
        let is_counter = matches!(kind, MetricType::Counter);
        let mut family = encoder.encode_descriptor(row.name, row.help, None, kind)?;
        for report in &self.threads {
            let labels = [("worker", report.worker.0.to_string())];
            let value = (row.read)(report);
            let metric = family.encode_family(&labels)?;
            if is_counter { ConstCounter::new(value).encode(metric)? } else { ConstGauge::new(value).encode(metric)? }
        }
        Ok(())
    }

    fn drops(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Datagrams, commands and piped packets that led to nothing.";
        let mut family = encoder.encode_descriptor("viaduct_worker_drops", help, None, MetricType::Counter)?;
        for report in &self.threads {
            for (cause, read) in DROPS {
                let labels = [("worker", report.worker.0.to_string()), ("cause", (*cause).to_owned())];
                ConstCounter::new(read(report)).encode(family.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }

    fn refusals(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Requests for a feature that the engine profile does not have, answered with an error.";
        let mut family = encoder.encode_descriptor("viaduct_refusals", help, None, MetricType::Counter)?;
        for (row, count) in &self.refusals {
            let labels = [("feature", row.key), ("code", row.code)];
            ConstCounter::new(*count).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }

    /// What waits: for the store, and for backends.
    fn waiting(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Changes that wait for the store.";
        let gauge = ConstGauge::new(self.store_waiting);
        gauge.encode(encoder.encode_descriptor("viaduct_store_waiting", help, None, MetricType::Gauge)?)?;
        let lost = ConstCounter::new(self.store_lost);
        let help = "Changes that are lost: no queue could hold them, or the store cannot.";
        lost.encode(encoder.encode_descriptor("viaduct_store_lost", help, None, MetricType::Counter)?)?;
        let Some(outbox) = &self.outbox else { return Ok(()) };
        for (name, help, read) in [
            (
                "viaduct_outbox_waiting",
                "Events that wait for a backend.",
                (|entry| entry.1) as fn(&(String, u64, u64)) -> u64,
            ),
            ("viaduct_outbox_dead", "Events that were given up.", |entry| entry.2),
        ] {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for entry in outbox {
                let labels = [("endpoint", entry.0.as_str())];
                ConstGauge::new(read(entry)).encode(family.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }

    /// How long turns take, as a histogram in seconds.
    fn turns(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "How long a media thread works from waking up to waiting again, seconds.";
        let mut family = encoder.encode_descriptor("viaduct_worker_turn_seconds", help, None, MetricType::Histogram)?;
        for report in &self.threads {
            let bounds = TURN_CLASSES_US.iter().map(|us| *us as f64 / 1e6).chain([f64::INFINITY]);
            let buckets: Vec<(f64, u64)> = bounds.zip(report.turns.by_class).collect();
            let count = report.turns.by_class.iter().sum();
            let labels = [("worker", report.worker.0.to_string())];
            let sum = report.turns.sum_us as f64 / 1e6;
            family.encode_family(&labels)?.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{SocketCounters, Turns};
    use sfu_core::capability::FEATURES;
    use sfu_core::id::WorkerId;
    use sfu_core::media::{DropCounters, WorkerCensus, WorkerCounters};

    #[test]
    fn figures_are_written_by_worker_and_cause() {
        let mut turns = Turns { sum_us: 1_500, ..Turns::default() };
        turns.by_class[0] = 3;
        turns.by_class[8] = 1;
        let report = |number| ThreadReport {
            worker: WorkerId(number),
            census: WorkerCensus { transports: 7, ..WorkerCensus::default() },
            counters: WorkerCounters { datagrams_in: 11, ..WorkerCounters::default() },
            drops: DropCounters { unowned: 5, ..DropCounters::default() },
            sockets: SocketCounters::default(),
            pipe_packets_dropped: 2,
            turns,
        };
        let counts =
            RoomCounts { participants: 4, published: 3, videos_published: 1, subscribed: 9, videos_subscribed: 4 };
        let figures = Figures {
            profile: "full",
            rooms: 2,
            counts,
            threads: vec![report(0), report(1)],
            refusals: vec![(&FEATURES[0], 4)],
            store_waiting: 6,
            outbox: Some(vec![("cdr".to_owned(), 8, 1)]),
            ..Figures::default()
        };
        let text = write(figures).unwrap();
        let refused =
            format!("viaduct_refusals_total{{feature=\"{}\",code=\"{}\"}} 4", FEATURES[0].key, FEATURES[0].code);
        for line in [
            "# TYPE viaduct_rooms gauge",
            "viaduct_rooms 2",
            "viaduct_tracks_subscribed 9",
            "viaduct_worker_transports{worker=\"1\"} 7",
            "viaduct_worker_datagrams_in_total{worker=\"0\"} 11",
            "viaduct_worker_pipe_packets_dropped_total{worker=\"0\"} 2",
            "viaduct_worker_drops_total{worker=\"0\",cause=\"unowned\"} 5",
            "viaduct_worker_turn_seconds_bucket{le=\"0.00005\",worker=\"0\"} 3",
            "viaduct_worker_turn_seconds_bucket{le=\"+Inf\",worker=\"0\"} 4",
            "viaduct_worker_turn_seconds_sum{worker=\"0\"} 0.0015",
            "viaduct_worker_turn_seconds_count{worker=\"0\"} 4",
            refused.as_str(),
            concat!("viaduct_info{version=\"", env!("CARGO_PKG_VERSION"), "\",profile=\"full\"} 1"),
            "viaduct_store_waiting 6",
            "viaduct_outbox_waiting{endpoint=\"cdr\"} 8",
            "viaduct_outbox_dead{endpoint=\"cdr\"} 1",
            "livekit_room_total 2",
            "livekit_track_published_total{kind=\"video\"} 1",
            "livekit_track_subscribed_total{kind=\"audio\"} 5",
            "livekit_packet_total{direction=\"incoming\",transmission=\"initial\"} 22",
            "# EOF",
        ] {
            assert!(text.lines().any(|written| written == line), "{line}\n{text}");
        }
    }
}
