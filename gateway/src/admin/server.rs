//! `server`: which program runs, since when, and what its media threads carry.
use super::resource;
use crate::clock;
use crate::http::Shared;
use crate::media::ThreadReport;
use actix_web::web;
use serde::Serialize;
use utoipa::ToSchema;

pub(super) fn routes(app: &mut web::ServiceConfig) {
    app.service(resource("/server", "GET").route(web::get().to(show)));
}

/// The server.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminServer)]
pub(super) struct ServerView {
    /// Its version.
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// The engine profile.
    #[schema(example = "mediasoup")]
    profile: &'static str,
    /// Development mode, with secrets that everybody knows.
    development: bool,
    /// When it was started, ms since 1970.
    started_ms: u64,
    /// Its time, ms since 1970.
    now_ms: u64,
    /// It is being emptied; see `drain`.
    draining: bool,
    /// Rooms.
    rooms: u64,
    /// Participants in them.
    participants: usize,
    /// Tracks published.
    tracks: usize,
    /// Tracks received, counted once for each receiver.
    subscriptions: usize,
    /// Signalling sockets, joined or not.
    sockets: usize,
    /// The media threads. One that has had nothing to do is not there yet.
    workers: Vec<WorkerView>,
}

/// A media thread. Counters are since the start; two readings make rates.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminWorker)]
pub(super) struct WorkerView {
    /// Its number.
    worker: u8,
    /// ICE and DTLS associations.
    transports: usize,
    /// Incoming tracks.
    producers: usize,
    /// Outgoing copies.
    consumers: usize,
    /// Datagrams received.
    datagrams_in: u64,
    /// Datagrams sent.
    datagrams_out: u64,
    /// Bytes received.
    bytes_in: u64,
    /// Bytes sent.
    bytes_out: u64,
}

/// Shows which program runs, since when, and what it carries.
#[utoipa::path(get, path = "/admin/v1/server", tag = "admin", operation_id = "adminGetServer",
    responses((status = 200, description = "The server", body = ServerView)))]
pub(super) async fn show(shared: web::Data<Shared>) -> web::Json<ServerView> {
    let directory = &shared.ports.directory;
    let (rooms, counts) = directory.counts().await;
    web::Json(ServerView {
        version: env!("CARGO_PKG_VERSION"),
        profile: shared.config.profile.name(),
        development: shared.config.dev,
        started_ms: shared.ports.started_ms,
        now_ms: clock::now().unix_ms,
        draining: directory.intake().since_ms().is_some(),
        rooms,
        participants: counts.participants,
        tracks: counts.published,
        subscriptions: counts.subscribed,
        sockets: shared.peers.count(),
        workers: shared.boards.iter().filter_map(|board| board.report()).map(|report| worker(&report)).collect(),
    })
}

fn worker(report: &ThreadReport) -> WorkerView {
    WorkerView {
        worker: report.worker.0,
        transports: report.census.transports,
        producers: report.census.producers,
        consumers: report.census.consumers,
        datagrams_in: report.counters.datagrams_in,
        datagrams_out: report.counters.datagrams_out,
        bytes_in: report.counters.bytes_in,
        bytes_out: report.counters.bytes_out,
    }
}
