//! What durability costs `POST /sessions`: its times on each database, beside the same server whose answers wait for less.
//!
//! A measurement, not a test: `cargo xtask durability`, with `SERVER_BIN` for the program that is measured.
use crate::kit::Folder;
use crate::postgres::Postgres;
use crate::program::Program;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// Calls of one measurement.
const CALLS: usize = 1_000;
/// Clients that call at the same time.
const CROWD: usize = 8;

/// One row of the table.
struct Row {
    database: &'static str,
    durability: &'static str,
    clients: usize,
    /// p50 and p99 of each round, microseconds; calls a second.
    rounds: Vec<(u128, u128, f64)>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement: cargo xtask durability"]
async fn durability_costs_this_much() {
    let mut rows = Vec::new();
    for database in ["SQLite", "PostgreSQL"] {
        for durability in gateway::store::Durability::WORDS {
            for clients in [1, CROWD] {
                rows.push(Row { database, durability, clients, rounds: Vec::new() });
            }
        }
    }
    let postgres = Postgres::start();
    // Round by round, so that what the machine does beside hits all alike.
    // The median of them counts.
    let rounds = std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(3);
    for round in 0..rounds {
        for row in &mut rows {
            let name = format!("cost_{}_{}_{round}", row.durability, row.clients);
            let url = match (row.database, &postgres) {
                ("SQLite", _) => None,
                (_, Some(postgres)) => Some(postgres.database(&name)),
                (_, None) => continue,
            };
            row.rounds.push(measure(row, url.as_deref()).await);
        }
    }
    println!("| database | durability | clients | p50 | p99 | calls/s |\n|---|---|---|---|---|---|");
    for row in rows.iter_mut().filter(|row| !row.rounds.is_empty()) {
        row.rounds.sort_by_key(|round| round.0);
        let (p50, p99, rate) = row.rounds[row.rounds.len() / 2];
        let ms = |us: u128| us as f64 / 1000.0;
        let Row { database, durability, clients, .. } = row;
        println!("| {database} | {durability} | {clients} | {:.2} ms | {:.2} ms | {rate:.0} |", ms(p50), ms(p99));
    }
    println!("load average: {}", std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
}

async fn measure(row: &Row, url: Option<&str>) -> (u128, u128, f64) {
    let folder = Folder::new();
    let mut settings = vec![("VIADUCT_DATABASE_DURABILITY", row.durability), ("RUST_LOG", "off")];
    settings.extend(url.map(|url| ("VIADUCT_DATABASE_URL", url)));
    let program = Program::start(&folder, &settings);
    let started = Instant::now();
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..row.clients {
        clients.spawn(call(program.port, client, CALLS / row.clients));
    }
    let mut times: Vec<Duration> = clients.join_all().await.concat();
    let rate = times.len() as f64 / started.elapsed().as_secs_f64();
    times.sort();
    let at = |part: usize| times[(times.len() - 1) * part / 100].as_micros();
    (at(50), at(99), rate)
}

/// Makes sessions over one connection; gives how long each took.
async fn call(port: u16, client: usize, calls: usize) -> Vec<Duration> {
    let mut stream = BufReader::new(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
    stream.get_ref().set_nodelay(true).unwrap();
    let authorization = STANDARD.encode("OPENVIDUAPP:MY_SECRET");
    let mut times = Vec::new();
    for number in 0..calls {
        let body = format!("{{\"customSessionId\":\"s-{client}-{number}\"}}");
        let request = format!(
            "POST /openvidu/api/sessions HTTP/1.1\r\nhost: a\r\nauthorization: Basic {authorization}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let asked = Instant::now();
        stream.get_mut().write_all(request.as_bytes()).await.unwrap();
        answered(&mut stream).await;
        times.push(asked.elapsed());
    }
    times
}

async fn answered(stream: &mut BufReader<TcpStream>) {
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    assert!(line.starts_with("HTTP/1.1 200"), "{line}");
    let mut length = 0;
    loop {
        line.clear();
        stream.read_line(&mut line).await.unwrap();
        if line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap();
        }
    }
    stream.read_exact(&mut vec![0; length]).await.unwrap();
}
