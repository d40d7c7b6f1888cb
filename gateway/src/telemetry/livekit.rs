//! The figures once more under the names of LiveKit's servers, so that dashboards made for those have data here.
//!
//! Their meaning is theirs, as far as this server has the thing: there is no message bus between nodes, so what goes
//! between clients' tasks and rooms stands in its place. Names that are not base units are theirs, too.
use super::figures::Figures;
use super::meters::Joins;
use super::requests::counter;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use sfu_core::media::WorkerCounters;
use std::fmt;

/// Every name that is served, as a sample of it begins: what LiveKit's own Grafana board asks for comes first.
pub const NAMES: &[&str] = &[
    "livekit_room_total",
    "livekit_participant_total",
    "livekit_node_messages",
    "livekit_messagebus_messages",
    "livekit_track_published_total",
    "livekit_packet_total",
    "livekit_nack_total",
    "livekit_pli_total",
    "livekit_fir_total",
    "livekit_track_subscribed_total",
    "livekit_packet_bytes",
    "livekit_packet_loss_total",
    "livekit_packet_loss_percent_count",
    "livekit_jitter_us_count",
    "livekit_rtt_ms_count",
    "livekit_quality_score_count",
    "livekit_quality_rating_count",
    "livekit_participant_join_total",
    "livekit_session_join_latency_ms_count",
];

/// Gauges under one name, told apart by one label.
type Labelled<'a> = &'a [(&'static str, u64)];

/// Writes them.
pub(super) fn encode(figures: &Figures, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let counts = figures.counts;
    let plain = |value: u64, metric: MetricEncoder<'_>| ConstGauge::new(value).encode(metric);
    let name = "livekit_room_total";
    plain(figures.rooms, encoder.encode_descriptor(name, "Rooms.", None, MetricType::Gauge)?)?;
    let name = "livekit_participant_total";
    plain(counts.participants as u64, encoder.encode_descriptor(name, "Participants.", None, MetricType::Gauge)?)?;
    let kinds = |all: usize, videos: usize| [("audio", all.saturating_sub(videos) as u64), ("video", videos as u64)];
    let published = kinds(counts.published, counts.videos_published);
    gauges(encoder, "livekit_track_published_total", "Tracks published.", "kind", &published)?;
    let subscribed = kinds(counts.subscribed, counts.videos_subscribed);
    gauges(encoder, "livekit_track_subscribed_total", "Tracks received.", "kind", &subscribed)?;
    packets(figures, encoder)?;
    messages(figures, encoder)?;
    paths(figures, encoder)?;
    joins(figures, encoder)?;
    figures.meters.requests.encode_twirp(encoder)
}

fn gauges(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    label: &'static str,
    values: Labelled<'_>,
) -> fmt::Result {
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (value, number) in values {
        ConstGauge::new(*number).encode(family.encode_family(&[(label, *value)])?)?;
    }
    Ok(())
}

fn packets(figures: &Figures, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let sum =
        |read: fn(&WorkerCounters) -> u64| figures.threads.iter().map(|thread| read(&thread.counters)).sum::<u64>();
    let mut family = encoder.encode_descriptor("livekit_packet", "Packets of media.", None, MetricType::Counter)?;
    for (direction, value) in [("incoming", sum(|c| c.datagrams_in)), ("outgoing", sum(|c| c.datagrams_out))] {
        counter(&mut family, &[("direction", direction), ("transmission", "initial")], value)?;
    }
    // Not `…_total`, as counters' names end in this format: so it has no type here.
    let name = "livekit_packet_bytes";
    let mut family = encoder.encode_descriptor(name, "Bytes of media.", None, MetricType::Unknown)?;
    for (direction, value) in [("incoming", sum(|c| c.bytes_in)), ("outgoing", sum(|c| c.bytes_out))] {
        let labels = [("direction", direction), ("transmission", "initial")];
        ConstGauge::<u64>::new(value).encode(family.encode_family(&labels)?)?;
    }
    for (name, help, value) in [
        ("livekit_nack", "Requests of receivers for packets again.", sum(|c| c.nacks_in)),
        ("livekit_pli", "Requests of receivers for a keyframe.", sum(|c| c.plis_in)),
        ("livekit_fir", "The same, as full intra requests.", sum(|c| c.firs_in)),
    ] {
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        counter(&mut family, &[("direction", "incoming")], value)?;
    }
    Ok(())
}

fn messages(figures: &Figures, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let traffic = &figures.meters.traffic;
    let help = "Messages of clients (signal) and of media threads (rtc).";
    let mut family = encoder.encode_descriptor("livekit_node_messages", help, None, MetricType::Unknown)?;
    for (kind, status, direction, value) in [
        ("signal", "success", "incoming", traffic.frames_in.get()),
        ("signal", "success", "outgoing", traffic.frames_out.get()),
        ("signal", "failure", "outgoing", traffic.frames_lost.get()),
        ("rtc", "success", "incoming", traffic.reports.get()),
    ] {
        let labels = [("type", kind), ("status", status), ("direction", direction)];
        ConstGauge::<u64>::new(value).encode(family.encode_family(&labels)?)?;
    }
    let help = "Messages between clients' tasks and rooms.";
    let mut family = encoder.encode_descriptor("livekit_messagebus_messages", help, None, MetricType::Unknown)?;
    for (kind, status, value) in [
        ("in", "success", traffic.commands.get()),
        ("out", "success", traffic.events.get()),
        ("out", "failure", traffic.events_lost.get()),
    ] {
        ConstGauge::<u64>::new(value).encode(family.encode_family(&[("type", kind), ("status", status)])?)?;
    }
    Ok(())
}

fn paths(figures: &Figures, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let paths = &figures.meters.paths;
    let help = "Packets that were lost.";
    let mut family = encoder.encode_descriptor("livekit_packet_loss", help, None, MetricType::Counter)?;
    counter(&mut family, &[("direction", "incoming")], paths.lost_in.get())?;
    counter(&mut family, &[("direction", "outgoing")], paths.lost_out.get())?;
    for (name, help, histogram) in [
        ("livekit_packet_loss_percent", "Packets lost of those that were sent, per cent.", &paths.loss_percent),
        ("livekit_jitter_us", "Interarrival jitter, microseconds.", &paths.jitter_us),
        ("livekit_rtt_ms", "Round trip time, ms.", &paths.rtt_ms),
        ("livekit_quality_score", "Mean opinion score of connections.", &paths.score),
        ("livekit_quality_rating", "Grade of connections: 0 poor, 1 good, 2 excellent.", &paths.rating),
    ] {
        histogram.write(&mut encoder.encode_descriptor(name, help, None, MetricType::Histogram)?, 1.0)?;
    }
    Ok(())
}

fn joins(figures: &Figures, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let both = [&figures.meters.v2_joins, &figures.meters.livekit_joins];
    let sum = |read: fn(&Joins) -> u64| both.iter().map(|joins| read(joins)).sum::<u64>();
    let help = "Joins, by how far they came.";
    let mut family = encoder.encode_descriptor("livekit_participant_join", help, None, MetricType::Counter)?;
    for (state, value) in [
        ("signal_connected", sum(|joins| joins.joined.get())),
        ("signal_failed", sum(|joins| joins.refused.get())),
        ("rtc_connected", sum(|joins| joins.connected.get())),
    ] {
        counter(&mut family, &[("state", state)], value)?;
    }
    let name = "livekit_session_join_latency_ms";
    let help = "From a client's socket to the room's answer, ms.";
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
    for (protocol, joins) in [("v2", both[0]), ("livekit", both[1])] {
        let labels = [("protocol_version", protocol)];
        joins.step(super::JoinStep::Signal).write(&mut family.encode_family(&labels)?, 1_000.0)?;
    }
    Ok(())
}
