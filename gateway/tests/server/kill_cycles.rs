//! The program under a load of API calls, killed at a random moment, started again; and a ledger of what it acknowledged.
//!
//! `KILLS` says how often (the ordinary tests: a few), by `cargo xtask kill-cycles`.
use crate::kit::{Folder, PATIENCE, V2Client, livekit_join, try_twirp, v2_api};
use crate::ledger::{Ledger, Writer};
use crate::postgres::Postgres;
use crate::program::{Program, command};
use crate::receiver::Receiver;
use rand::RngExt;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// API clients that write at the same time.
const WRITERS: usize = 4;
/// What a start may take, from the process's start to the first answer: each in a long run, half of them in a short one, on a
/// machine that does other things beside.
const START_MAX: Duration = Duration::from_secs(2);
/// Rooms that are left at the end of a cycle, of each protocol and writer.
const ROOMS_LEFT: usize = 6;

/// What all cycles came to.
#[derive(Default, Debug)]
struct Tally {
    acknowledged: usize,
    broken_off: usize,
    joined: usize,
    starts: Vec<Duration>,
}

fn kills(ordinary: usize) -> usize {
    std::env::var("KILLS").ok().and_then(|number| number.parse().ok()).unwrap_or(ordinary)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_cycles_lose_nothing_that_was_acknowledged_on_sqlite() {
    cycles("SQLite", kills(20), None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_cycles_lose_nothing_that_was_acknowledged_on_postgresql() {
    if let Some(url) = Postgres::shared() {
        cycles("PostgreSQL", kills(5), Some(url)).await;
    }
}

async fn cycles(name: &str, kills: usize, url: Option<String>) {
    let (folder, records) = (Folder::new(), Folder::new());
    let mut backend = Receiver::listen(0).await;
    let endpoint = Receiver::url(backend.port);
    let cdr = records.0.to_string_lossy().into_owned();
    let mut settings = vec![
        ("OPENVIDU_WEBHOOK", "true"),
        ("OPENVIDU_WEBHOOK_ENDPOINT", endpoint.as_str()),
        ("OPENVIDU_CDR", "true"),
        ("OPENVIDU_CDR_PATH", cdr.as_str()),
        ("VIADUCT_OUTBOX_RETRY_MAX", "1"),
        ("RUST_LOG", "off"),
    ];
    settings.extend(url.as_deref().map(|url| ("VIADUCT_DATABASE_URL", url)));
    let mut ledgers: Vec<Ledger> = (0..WRITERS).map(Ledger::new).collect();
    let (mut tally, mut told) = (Tally::default(), Told::default());
    for cycle in 0..kills {
        let program = Program::start(&folder, &settings);
        let mut writers = JoinSet::new();
        for ledger in std::mem::take(&mut ledgers) {
            writers.spawn(Writer::new(program.port, ledger, cycle).write());
        }
        let until_the_kill = Duration::from_millis(rand::rng().random_range(50..400));
        tokio::time::sleep(until_the_kill).await;
        program.kill();
        ledgers = writers.join_all().await;
        let (status, said) = command(&folder, &["db", "check"], &settings[6..]);
        assert_eq!(status, Some(0), "{name}, cycle {cycle}: {said}");
        let program = Program::start(&folder, &settings);
        tally.starts.push(program.answered_after);
        audit(program.port, &mut ledgers, &format!("{name}, cycle {cycle}")).await;
        tally.joined += join_some(program.port, &mut ledgers).await;
        for ledger in &mut ledgers {
            ledger.thin_out(program.port, ROOMS_LEFT).await;
        }
        program.kill();
        told.collect(&mut backend, &cdr);
    }
    let program = Program::start(&folder, &settings);
    all_told(&mut backend, &mut told, &ledgers, &cdr).await;
    program.kill();
    for ledger in &ledgers {
        tally.acknowledged += ledger.acknowledged;
        tally.broken_off += ledger.broken_off;
    }
    report(name, kills, &mut tally);
}

/// All that was acknowledged is there, and nothing that was deleted.
async fn audit(port: u16, ledgers: &mut [Ledger], at: &str) {
    let listed = v2_api(port, "GET", "/sessions?pendingConnections=true", Value::Null).await.json();
    let mut sessions: BTreeMap<String, Value> = BTreeMap::new();
    for session in listed["content"].as_array().unwrap() {
        sessions.insert(session["sessionId"].as_str().unwrap().to_owned(), session.clone());
    }
    let listed = try_twirp(port, "ListRooms", "", json!({})).await.unwrap().json();
    let mut rooms: BTreeMap<String, Value> = BTreeMap::new();
    for room in listed["rooms"].as_array().into_iter().flatten() {
        rooms.insert(room["name"].as_str().unwrap().to_owned(), room.clone());
    }
    for ledger in ledgers {
        ledger.compare(&sessions, &rooms, at);
    }
}

/// Tokens that were handed out before the kill let their bearers in.
async fn join_some(port: u16, ledgers: &mut [Ledger]) -> usize {
    let mut joined = 0;
    for ledger in ledgers {
        if let Some((session, token)) = ledger.use_token() {
            let mut client = V2Client::connect(port).await;
            client.join(&session, &token).await;
            client.call("leaveRoom", json!({})).await;
            joined += 1;
        }
        if let Some((room, sid)) = ledger.some_room() {
            let (_socket, first) = livekit_join(port, &room, "ann").await;
            let is_in = first.windows(sid.len()).any(|part| part == sid.as_bytes());
            assert!(is_in, "{room} is joined as {sid}, the room that was made: {first:?}");
            joined += 1;
        }
    }
    joined
}

/// Which events came: names with their sessions.
#[derive(Default)]
struct Told {
    /// By webhook, with the ids that they had.
    delivered: BTreeMap<(String, String), BTreeSet<String>>,
    /// In call detail records.
    recorded: BTreeSet<(String, String)>,
}

impl Told {
    /// Takes what has come by now. Each start begins a file of records and the oldest of thirty goes, so that they are read
    /// after every cycle.
    fn collect(&mut self, backend: &mut Receiver, folder: &str) {
        while let Some(arrival) = backend.try_next() {
            let text = |field: &str| arrival.body[field].as_str().unwrap_or_default().to_owned();
            let event = (text("event"), text("sessionId"));
            self.delivered.entry(event).or_default().insert(arrival.id().to_owned());
        }
        self.recorded.extend(records(folder));
    }

    fn has(&self, event: &(String, String)) -> bool {
        self.delivered.contains_key(event) && self.recorded.contains(event)
    }
}

/// Every event of an acknowledged call comes, by webhook and into the call detail records: once, or again with its id.
async fn all_told(backend: &mut Receiver, told: &mut Told, ledgers: &[Ledger], folder: &str) {
    let expected: Vec<(String, String)> = ledgers.iter().flat_map(Ledger::events).collect();
    assert!(!expected.is_empty());
    let (mut until, mut fewest) = (Instant::now() + PATIENCE, expected.len());
    loop {
        told.collect(backend, folder);
        let missing: Vec<_> = expected.iter().filter(|event| !told.has(event)).collect();
        if missing.is_empty() {
            break;
        }
        if missing.len() < fewest {
            // A slow machine is waited for as long as anything comes.
            (until, fewest) = (Instant::now() + PATIENCE, missing.len());
        }
        assert!(Instant::now() < until, "{} events did not come, {:?} among them", missing.len(), missing[0]);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for event in &expected {
        assert_eq!(told.delivered[event].len(), 1, "{event:?} was told under several ids");
    }
}

/// The events in the files of call detail records.
fn records(folder: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for file in std::fs::read_dir(folder).unwrap().flatten() {
        for line in std::fs::read_to_string(file.path()).unwrap_or_default().lines() {
            let record: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("half a line: {line}"));
            let (event, fields) = record.as_object().unwrap().iter().next().unwrap();
            found.insert((event.clone(), fields["sessionId"].as_str().unwrap_or_default().to_owned()));
        }
    }
    found
}

fn report(name: &str, kills: usize, tally: &mut Tally) {
    tally.starts.sort();
    let at = |part: usize| tally.starts[(tally.starts.len() - 1) * part / 100].as_millis();
    println!(
        "{name}: {kills} kills, {} calls acknowledged and found, {} broken off by a kill, {} tokens of before a kill joined; start \
         to first answer: median {} ms, longest {} ms",
        tally.acknowledged,
        tally.broken_off,
        tally.joined,
        at(50),
        at(100)
    );
    // The ordinary run shares its machine with the other tests.
    let (judged, calls_a_kill) = if std::env::var_os("KILLS").is_some() { (100, 10) } else { (50, 1) };
    assert!(at(judged) < START_MAX.as_millis(), "{name}: {:?}", tally.starts);
    assert!(tally.acknowledged > kills * calls_a_kill && tally.joined > 0, "{tally:?}");
}
