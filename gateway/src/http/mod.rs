//! The web server: the routes of both protocols on both ports, and the few of our own.
//!
//! A handler here finds out who the client is and hands over; what the protocols say is in the faces.
mod bundle;
pub(crate) mod capabilities;
mod client;
mod dashboard;
mod docs;
mod document;
pub(crate) mod guide;
mod health;
pub mod metrics;
pub mod openapi;
mod openvidu;
mod ports;
mod revocations;
mod rtc;
pub mod tls;
mod traced;
mod try_join;
mod try_page;

pub use client::Client;
pub use ports::Ports;
pub use revocations::Revocations;

use crate::admin::{self, Access, Ledger};
use crate::clock;
use crate::config::{Config, Proxies};
use crate::media::{Board, MediaLink};
use crate::store::StoreHandles;
use crate::telemetry::{LoadHistory, Totals, Traces};
use crate::usage::{self, Usage};
use crate::webhook::Recipient;
use crate::ws::{Line, Lobby, Peers};
use actix_web::dev::{Server, Service};
use actix_web::{App, HttpMessage, HttpServer, web};
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

/// How long a client may take to send the head of a request.
const REQUEST_PATIENCE: Duration = Duration::from_secs(10);
/// How long a client that has not been read to its end may take to end its connection: ended at once, it might lose the
/// answer. As in Go's server.
const LINGER: Duration = Duration::from_millis(500);
/// How long a connection without a request is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long the last answers may take when the server stops.
const STOP_PATIENCE_S: u64 = 2;
/// Bytes of an API request's body: LiveKit's `limit.max_api_request_body_size`.
const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;

/// What the handlers use.
pub struct Shared {
    /// The configuration.
    pub config: Arc<Config>,
    /// The way to the rooms, as both faces see it.
    pub ports: Arc<Ports>,
    /// The signalling clients.
    pub peers: Peers,
    /// Places for clients that have not joined a room yet.
    pub lobby: Lobby,
    /// The media threads' figures.
    pub boards: Vec<Board>,
    /// What opens the admin API.
    pub access: Access,
    /// Who is told of events.
    pub recipients: Vec<Recipient>,
    /// The admin API's answers to requests that may be sent again.
    pub ledger: Ledger,
    /// What others use of the store: outbox, history, usage counts, how it is doing.
    pub store: StoreHandles,
    /// The ways to the media threads.
    pub links: Vec<MediaLink>,
    /// Where spans go.
    pub traces: Traces,
    /// The endpoints that letters go to.
    pub endpoints: Vec<String>,
    /// There is a TURN server.
    pub has_turn: bool,
    /// How much there was to do in the last minutes.
    pub load: LoadHistory,
    /// What apps use.
    pub usage: Arc<Usage>,
}

/// The listening sockets.
pub struct Listeners {
    /// Plain HTTP.
    pub plain: Vec<TcpListener>,
    /// TLS.
    pub tls: Vec<TcpListener>,
}

/// Starts the web server; it runs as long as the returned future is driven.
pub fn serve(shared: &Arc<Shared>, listeners: Listeners, tls: &rustls::ServerConfig) -> io::Result<Server> {
    let state = Arc::clone(shared);
    let mut server = HttpServer::new(move || {
        let shared = Arc::clone(&state);
        let proxies = shared.config.http.proxies.clone();
        let access = shared.config.v2.restapi_access.clone();
        let traced = Arc::clone(&shared);
        let usage = Arc::clone(&shared.usage);
        App::new()
            .wrap_fn(move |request, service| {
                let client = Client::of_head(request.head(), request.app_config(), &proxies);
                let kept_out = access.as_ref().is_some_and(|ranges| !is_in(ranges, &client.address));
                if kept_out {
                    request.extensions_mut().insert(v2_api::KeptOut);
                }
                let origin = v2_api::Origin { secure: client.secure, host: client.host };
                request.extensions_mut().insert(origin);
                service.call(request)
            })
            .wrap_fn(move |request, service| traced::serve(&traced, request, service))
            .wrap_fn(move |request, service| {
                let (usage, answer) = (Arc::clone(&usage), service.call(request));
                async move {
                    let response = answer.await?;
                    usage::count(&usage, &response, clock::now().unix_ms);
                    Ok(response)
                }
            })
            .app_data(web::PayloadConfig::new(BODY_BYTES_MAX))
            .configure(move |app| routes(app, &shared))
    })
    .on_connect(Line::keep)
    .tcp_nodelay(true)
    .client_request_timeout(REQUEST_PATIENCE)
    .client_disconnect_timeout(LINGER)
    .keep_alive(KEEP_ALIVE)
    .shutdown_timeout(STOP_PATIENCE_S)
    .disable_signals();
    for listener in listeners.plain {
        server = server.listen(listener)?;
    }
    for listener in listeners.tls {
        server = server.listen_rustls_0_23(listener, tls.clone())?;
    }
    Ok(server.run())
}

/// Notes every few seconds how much there is to do.
pub async fn watch_load(shared: Arc<Shared>) {
    let mut ticks = tokio::time::interval(LoadHistory::INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let (rooms, counts) = shared.ports.directory.counts().await;
        let threads = shared.boards.iter().filter_map(Board::report);
        let mut totals = Totals { rooms, participants: counts.participants as u64, ..Totals::default() };
        for counters in threads.map(|thread| thread.counters) {
            totals.packets_in += counters.datagrams_in;
            totals.packets_out += counters.datagrams_out;
            totals.bytes_in += counters.bytes_in;
            totals.bytes_out += counters.bytes_out;
        }
        shared.load.note(totals, crate::clock::now());
    }
}

fn is_in(ranges: &Proxies, address: &str) -> bool {
    address.parse().is_ok_and(|address| ranges.contain(address))
}

fn routes(app: &mut web::ServiceConfig, shared: &Arc<Shared>) {
    app.app_data(web::Data::from(Arc::clone(shared)));
    health::configure(app);
    metrics::configure(app);
    capabilities::configure(app);
    openapi::configure(app);
    admin::configure(app, &shared.ledger);
    docs::configure(app);
    guide::configure(app);
    if shared.config.dev {
        try_join::configure(app);
    }
    try_page::configure(app);
    dashboard::configure(app);
    openvidu::configure(app);
    rtc::configure(app);
    livekit_api::configure(app, Arc::<Ports>::clone(&shared.ports));
    v2_api::configure(app, Arc::<Ports>::clone(&shared.ports));
}
