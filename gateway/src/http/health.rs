//! `GET /` and `GET /healthz`: the server is there. `GET /readyz`: it can do its work, and if not, which part cannot and why.
use super::Shared;
use crate::rooms::Admitted;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use std::time::Duration;

/// How long a part may take to give a sign of life.
const PATIENCE: Duration = Duration::from_millis(500);

pub(super) fn configure(app: &mut web::ServiceConfig) {
    app.route("/", web::get().to(ok)).route("/healthz", web::get().to(ok)).route("/readyz", web::get().to(ready));
}

async fn ok() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("OK")
}

/// The whole answer.
#[derive(Debug, Serialize)]
struct Readiness {
    ready: bool,
    parts: Vec<Part>,
}

/// A part of the server.
#[derive(Debug, Serialize)]
struct Part {
    name: &'static str,
    state: State,
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
}

/// How a part is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// At work.
    Ok,
    /// Not asked for.
    Off,
    /// At work, but somebody should look at it. Clients are served.
    Degraded,
    /// Not able: no clients should be sent here.
    Down,
}

impl Part {
    fn new(name: &'static str, state: State, reason: impl Into<String>) -> Self {
        Self { name, state, reason: reason.into() }
    }

    fn ok(name: &'static str) -> Self {
        Self::new(name, State::Ok, "")
    }
}

async fn ready(shared: web::Data<Shared>) -> HttpResponse {
    let (rooms, workers, database) = tokio::join!(rooms(&shared), workers(&shared), database(&shared));
    let parts = vec![Part::ok("web"), rooms, workers, database, outbox(&shared), turn(&shared), draining(&shared)];
    let ready = parts.iter().all(|part| part.state != State::Down);
    let readiness = Readiness { ready, parts };
    let mut answer = if ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    answer.insert_header(("Cache-Control", "no-store")).json(readiness)
}

async fn rooms(shared: &Shared) -> Part {
    match tokio::time::timeout(PATIENCE, shared.ports.directory.counts()).await {
        Ok(_) => Part::ok("rooms"),
        Err(_) => Part::new("rooms", State::Down, "a task that owns rooms does not answer"),
    }
}

async fn workers(shared: &Shared) -> Part {
    let mut silent = Vec::new();
    for link in &shared.links {
        if !link.answers(PATIENCE).await {
            silent.push(link.worker().0.to_string());
        }
    }
    if silent.is_empty() {
        return Part::ok("workers");
    }
    Part::new("workers", State::Down, format!("media threads that do not answer: {}", silent.join(", ")))
}

async fn database(shared: &Shared) -> Part {
    let state = &shared.store.state;
    let waiting = state.waiting();
    let most = shared.config.events.store.queue_max as u64;
    let reached = tokio::time::timeout(PATIENCE, shared.store.outbox.ping()).await;
    let is_writing = state.away_since_ms().is_none();
    match reached {
        Ok(Ok(())) if is_writing && waiting < most / 2 => Part::ok("database"),
        Ok(Ok(())) if is_writing => {
            Part::new("database", State::Degraded, format!("{waiting} of at most {most} changes wait for it"))
        }
        // The error may hold the database's address; it stands in the log.
        Ok(Ok(()) | Err(_)) => {
            Part::new("database", State::Down, format!("it takes nothing; {waiting} of at most {most} changes wait"))
        }
        Err(_) => Part::new("database", State::Down, format!("no answer; {waiting} of at most {most} changes wait")),
    }
}

fn outbox(shared: &Shared) -> Part {
    if shared.endpoints.is_empty() {
        return Part::new("outbox", State::Off, "no webhook and no call detail records are configured");
    }
    let troubled = shared.ports.directory.meters().deliveries.troubled();
    if troubled.is_empty() {
        return Part::ok("outbox");
    }
    Part::new("outbox", State::Degraded, format!("events are not taken by: {}", troubled.join(", ")))
}

fn turn(shared: &Shared) -> Part {
    if shared.has_turn { Part::ok("turn") } else { Part::new("turn", State::Off, "turn.enabled is not set") }
}

fn draining(shared: &Shared) -> Part {
    if shared.peers.is_closed() {
        return Part::new("draining", State::Down, "the server is stopping");
    }
    match shared.ports.directory.intake().admitted() {
        Admitted::All => Part::new("draining", State::Off, ""),
        Admitted::ExistingRooms => Part::new("draining", State::Down, "new rooms are not let in"),
        Admitted::Nobody => Part::new("draining", State::Down, "nobody is let in"),
    }
}
