//! A run: lets participants in at the agreed rate, measures, and ends when it is done or when somebody failed too often.
use crate::media::{Engine, EngineError, EngineSettings, Snapshot};
use crate::plan::{Course, Plan};
use crate::process::{self, CpuTime};
use crate::progress::{Progress, Verdict};
use crate::results::{Measurement, Results, Sample, ThreadCost};
use crate::signal::{self, Ticket};
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Wait before a failed participant tries again.
const RETRY_AFTER: Duration = Duration::from_millis(500);
/// How long leaving may take.
const FAREWELL: Duration = Duration::from_secs(5);
const SAMPLE_INTERVAL: Duration = Duration::from_secs(1);

/// Why a run could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The URL names no host that can be found.
    #[error("{url}: {source}")]
    Server {
        /// The URL.
        url: String,
        /// Why.
        source: io::Error,
    },
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The server's process cannot be looked at.
    #[error("process {pid}: {source}")]
    Process {
        /// Which.
        pid: u32,
        /// Why.
        source: io::Error,
    },
}

struct Stage {
    plan: Plan,
    engine: Engine,
    started: Instant,
    progress: Mutex<Progress>,
    /// Somebody failed too often.
    over: watch::Sender<bool>,
    stop: watch::Sender<bool>,
}

impl Stage {
    fn at_ms(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes a run.
pub async fn run(plan: Plan) -> Result<Results, RunError> {
    let (ip, server) = addresses(&plan.url).map_err(|source| RunError::Server { url: plan.url.clone(), source })?;
    let settings = EngineSettings {
        ip,
        server,
        pattern: plan.pattern,
        tick: plan.tick,
        verify_every: plan.verify_every,
        loss_max: plan.loss_max,
        offload: plan.offload,
    };
    let (engine, thread) = Engine::start(settings)?;
    let idle_bytes = plan.server_pid.map(|pid| look(pid, process::resident_bytes(pid))).transpose()?;
    let stage = Arc::new(Stage {
        plan,
        engine,
        started: Instant::now(),
        progress: Mutex::default(),
        over: watch::Sender::new(false),
        stop: watch::Sender::new(false),
    });
    let sampler = tokio::spawn(sample(Arc::clone(&stage)));
    let mut tasks = JoinSet::new();
    let measured = measure_all(&stage, &mut tasks).await;
    let last = stage.engine.snapshot().await?;
    stage.stop.send_replace(true);
    let _ = tokio::time::timeout(FAREWELL, async { while tasks.join_next().await.is_some() {} }).await;
    tasks.shutdown().await;
    let samples = sampler.await.unwrap_or_default();
    let (measurements, ending) = measured?;
    let results = Results::new(&stage.plan, &stage.progress(), measurements, samples, &last, idle_bytes, ending);
    drop(stage);
    let _ = tokio::task::spawn_blocking(|| thread.join()).await;
    Ok(results)
}

fn look<T>(pid: u32, result: io::Result<T>) -> Result<T, RunError> {
    result.map_err(|source| RunError::Process { pid, source })
}

/// Goes through the levels; gives what was measured and how it ended.
async fn measure_all(stage: &Arc<Stage>, tasks: &mut JoinSet<()>) -> Result<(Vec<Measurement>, String), RunError> {
    let mut measurements = Vec::new();
    let mut joined = 0;
    let mut over = stage.over.subscribe();
    for level in stage.plan.levels() {
        let step = async {
            join(stage, tasks, joined, level).await;
            wait_until_up(stage, level).await;
            tokio::time::sleep(stage.plan.warmup).await;
            measure(stage, level).await
        };
        let measurement = tokio::select! {
            measurement = step => measurement?,
            () = told(&mut over) => return Ok((measurements, ended_by(stage))),
        };
        joined = level;
        let loss = measurement.loss;
        if !stage.plan.quiet {
            eprintln!("{}", measurement.line());
        }
        measurements.push(measurement);
        if matches!(stage.plan.course, Course::Ramp { .. }) && loss > stage.plan.loss_max {
            let ending = format!("{:.1} % of packets were lost with {level} participants", loss * 100.0);
            return Ok((measurements, ending));
        }
    }
    Ok((measurements, "done".to_owned()))
}

fn ended_by(stage: &Stage) -> String {
    let progress = stage.progress();
    let who = progress.ended_by().unwrap_or_default();
    let reason = progress.changes().iter().rev().find(|change| change.participant == who && change.reason.is_some());
    let reason = reason.and_then(|change| change.reason.clone()).unwrap_or_default();
    format!("participant {who} failed too often, the last time because: {reason}")
}

async fn join(stage: &Arc<Stage>, tasks: &mut JoinSet<()>, from: usize, to: usize) {
    let pause = Duration::from_secs_f64(1.0 / stage.plan.rate.max(0.01));
    let mut due = tokio::time::Instant::now();
    for number in from..to {
        tokio::time::sleep_until(due).await;
        due += pause;
        tasks.spawn(live(Arc::clone(stage), number));
    }
}

/// Waits until everybody is up; those that never are will end the run by themselves.
async fn wait_until_up(stage: &Stage, level: usize) {
    while stage.progress().count().up < level {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// One participant, attempt after attempt.
async fn live(stage: Arc<Stage>, number: usize) {
    let plan = &stage.plan;
    let ticket = Ticket {
        url: plan.url.clone(),
        entrance: plan.entrance.clone(),
        room: plan.room_of(number),
        identity: format!("load-{number}"),
        seat: number,
        simulcast: plan.pattern.simulcast,
        patience: plan.patience,
        part: plan.part(number),
    };
    let mut stop = stage.stop.subscribe();
    loop {
        stage.progress().begin(number, stage.at_ms());
        let up = || stage.progress().come_up(number, stage.at_ms());
        let Err(error) = signal::attend(&ticket, &stage.engine, stage.stop.subscribe(), up).await else { break };
        let verdict = stage.progress().fail(number, error.to_string(), stage.at_ms());
        if !plan.quiet {
            eprintln!("participant {number} failed: {error}");
        }
        let _ = stage.engine.send(crate::media::Command::Close { seat: number });
        if verdict == Verdict::EndRun {
            stage.over.send_replace(true);
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(RETRY_AFTER) => {}
            () = told(&mut stop) => return,
        }
    }
    let _ = stage.engine.send(crate::media::Command::Close { seat: number });
}

struct Reading {
    at: Instant,
    media: Snapshot,
    server: Option<CpuTime>,
    threads: BTreeMap<u32, (String, CpuTime)>,
    own: CpuTime,
    thrown_away: u64,
}

async fn read(stage: &Stage) -> Result<Reading, RunError> {
    let media = stage.engine.snapshot().await?;
    let pid = stage.plan.server_pid;
    Ok(Reading {
        at: Instant::now(),
        media,
        server: pid.map(|pid| look(pid, process::cpu(pid))).transpose()?,
        threads: pid.map(|pid| look(pid, process::threads(pid))).transpose()?.unwrap_or_default(),
        own: process::cpu(std::process::id()).unwrap_or_default(),
        thrown_away: process::datagrams_thrown_away(),
    })
}

/// One measurement.
async fn measure(stage: &Stage, level: usize) -> Result<Measurement, RunError> {
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
async fn sample(stage: Arc<Stage>) -> Vec<Sample> {
    let mut samples = Vec::new();
    let mut stop = stage.stop.subscribe();
    let mut ticks = tokio::time::interval(SAMPLE_INTERVAL);
    let mut before: Option<(Instant, Option<CpuTime>, CpuTime, Snapshot)> = None;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = told(&mut stop) => return samples,
        }
        let Ok(media) = stage.engine.snapshot().await else { return samples };
        let pid = stage.plan.server_pid;
        let server = pid.and_then(|pid| process::cpu(pid).ok());
        let own = process::cpu(std::process::id()).unwrap_or_default();
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

/// Waits for the word, or for nobody being there to give it.
pub(crate) async fn told(word: &mut watch::Receiver<bool>) {
    // What it gives holds a lock: dropped here.
    let _ = word.wait_for(|said| *said).await;
}

/// Our address towards the server, and the server's.
fn addresses(url: &str) -> io::Result<(IpAddr, IpAddr)> {
    let bare = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = bare.split('/').next().unwrap_or(bare);
    let with_port = if host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
        host.to_owned()
    } else {
        format!("{host}:80")
    };
    let found: Vec<SocketAddr> = with_port.to_socket_addrs()?.collect();
    let server = found.iter().find(|address| address.is_ipv4()).or(found.first());
    let server = server.ok_or_else(|| io::Error::other("the host has no address"))?;
    let any = if server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let probe = UdpSocket::bind(any)?;
    probe.connect(server)?;
    Ok((probe.local_addr()?.ip(), server.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_towards_a_loopback_server_is_loopback() {
        for url in ["ws://127.0.0.1:7880", "http://127.0.0.1", "127.0.0.1:1/path"] {
            let (own, server) = addresses(url).unwrap();
            assert!(own.is_loopback() && server.is_loopback(), "{url}");
        }
        assert!(addresses("ws://").is_err());
    }
}
