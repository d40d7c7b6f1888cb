//! A measurement: everything read twice, and the difference; and the state of things once a second.
use super::{RunError, Stage, look, told};
use crate::media::Snapshot;
use crate::process::{self, CpuTime};
use crate::results::{Measurement, Sample, ThreadCost};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::MissedTickBehavior;

const SAMPLE_INTERVAL: Duration = Duration::from_secs(1);

struct Reading {
    at: Instant,
    media: Snapshot,
    server: Option<CpuTime>,
    threads: BTreeMap<u32, (String, CpuTime)>,
    own: CpuTime,
    thrown_away: u64,
}

async fn read(stage: &Stage) -> Result<Reading, RunError> {
    let media = stage.crew.snapshot().await?;
    let pid = stage.plan.server_pid;
    Ok(Reading {
        at: Instant::now(),
        media,
        server: pid.map(|pid| look(pid, process::cpu(pid))).transpose()?,
        threads: pid.map(|pid| look(pid, process::threads(pid))).transpose()?.unwrap_or_default(),
        own: stage.crew.cpu(),
        thrown_away: process::datagrams_thrown_away(),
    })
}

/// One measurement.
pub(super) async fn measure(stage: &Stage, level: usize) -> Result<Measurement, RunError> {
    let before = read(stage).await?;
    tokio::time::sleep(stage.plan.window).await;
    let after = read(stage).await?;
    let seconds = (after.at - before.at).as_secs_f64();
    let delivered = after.media.total.since(&before.media.total);
    let server = after.server.zip(before.server).map(|(after, before)| after.since(&before));
    let jitters: Vec<f64> = after.media.seats.values().map(|seat| seat.jitter_ms).collect();
    let mut threads: Vec<ThreadCost> = after
        .threads
        .into_iter()
        .map(|(number, (name, cpu))| {
            let earlier = before.threads.get(&number).map(|(_, cpu)| *cpu).unwrap_or_default();
            ThreadCost { name, cpu: cpu.since(&earlier) }
        })
        .filter(|thread| thread.cpu.total_us() > 0)
        .collect();
    threads.sort_by_key(|thread| std::cmp::Reverse(thread.cpu.total_us()));
    Ok(Measurement {
        participants: level,
        seconds,
        delivered: delivered.received,
        delivered_bytes: delivered.bytes,
        sent: after.media.sent.saturating_sub(before.media.sent),
        lost: delivered.lost(),
        loss: delivered.loss(),
        jitter_ms: crate::results::median(&jitters),
        jitter_max_ms: jitters.iter().copied().fold(0.0, f64::max),
        server,
        threads,
        own: after.own.since(&before.own),
        resident_bytes: stage.plan.server_pid.and_then(|pid| process::resident_bytes(pid).ok()),
        thrown_away: after.thrown_away.saturating_sub(before.thrown_away),
        late_beats: after.media.late_beats.saturating_sub(before.media.late_beats),
        beats: after.media.beats.saturating_sub(before.media.beats),
    })
}

/// Writes down the state of things once a second, until the run stops.
pub(super) async fn sample(stage: Arc<Stage>) -> Vec<Sample> {
    let mut samples = Vec::new();
    let mut stop = stage.stop.subscribe();
    let mut ticks = tokio::time::interval(SAMPLE_INTERVAL);
    // A look at pages may take longer than that on a full machine; what was missed is not made up for.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut before: Option<(Instant, Option<CpuTime>, CpuTime, Snapshot)> = None;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = told(&mut stop) => return samples,
        }
        let Ok(media) = stage.crew.snapshot().await else { return samples };
        let pid = stage.plan.server_pid;
        let server = pid.and_then(|pid| process::cpu(pid).ok());
        let own = stage.crew.cpu();
        let now = Instant::now();
        if let Some((at, server_before, own_before, media_before)) = &before {
            let seconds = (now - *at).as_secs_f64();
            let share = |cpu: CpuTime| cpu.total_us() as f64 / 1e6 / seconds;
            let delivered = media.total.since(&media_before.total);
            samples.push(Sample {
                at_ms: stage.at_ms(),
                count: stage.progress().count(),
                server_cores: server.zip(*server_before).map(|(now, before)| share(now.since(&before))),
                own_cores: share(own.since(own_before)),
                resident_bytes: pid.and_then(|pid| process::resident_bytes(pid).ok()),
                delivered_per_s: delivered.received as f64 / seconds,
                loss: delivered.loss(),
            });
        }
        before = Some((now, server, own, media));
    }
}
