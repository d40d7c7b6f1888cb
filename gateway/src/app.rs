//! The whole server: starts its parts in order, and stops them in the reverse one.
use crate::admin::{Access, Ledger};
use crate::clock;
use crate::config::{self, Config, HttpConfig, Secret, TurnOffer, TurnSection};
use crate::http::tls::{self, Certificate, TlsError};
use crate::http::{self, Listeners, Ports, Shared};
use crate::listen;
use crate::media::{MediaError, MediaPool, MediaSettings, external_ip};
use crate::rooms::{Directory, EffectRunner, Records, ReportQueues, RoomsSettings};
use crate::store::{Outbox, Store, StoreError, StoreHandles};
use crate::telemetry::{self, LoadHistory, Meters, OtlpError};
use crate::turn::{Authority, Peers, TurnError, TurnServer};
use crate::usage::{self, Catalog, Usage};
use crate::webhook::{CdrError, Courier, Couriers, Endpoint, LiveKitWords, Recipient, Scribe};
use crate::ws::{self, Lobby};
use actix_web::dev::ServerHandle;
use sfu_core::media::WorkerFacts;
use sfu_core::sdp::Protocol;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// How long clients may take to be told that the server stops.
const FAREWELL: Duration = Duration::from_secs(3);
/// How long the last effects may take to be written.
const FLUSH: Duration = Duration::from_secs(3);
/// How often the certificate's files are looked at.
const CERTIFICATE_INTERVAL: Duration = Duration::from_secs(30);

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be used.
    #[error("data folder {path}: {source}")]
    DataDir {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A port is taken, or may not be used.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The folder of call detail records.
    #[error(transparent)]
    Cdr(#[from] CdrError),
    /// The media threads.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// The TURN server.
    #[error(transparent)]
    Turn(#[from] TurnError),
    /// The collector of traces.
    #[error(transparent)]
    Otlp(#[from] OtlpError),
    /// The compat table.
    #[error(transparent)]
    Compat(#[from] &'static openapi::compat::CompatError),
    /// The web server.
    #[error("the web server cannot be started: {0}")]
    Web(io::Error),
}

/// A running server.
pub struct Running {
    /// The plain port.
    pub port: u16,
    /// The TLS port.
    pub tls_port: u16,
    /// The port of figures, where they have one of their own.
    pub metrics_port: Option<u16>,
    shared: Arc<Shared>,
    web: ServerHandle,
    web_task: JoinHandle<io::Result<()>>,
    metrics: Option<ServerHandle>,
    certificate_task: JoinHandle<()>,
    load_task: JoinHandle<()>,
    usage_task: JoinHandle<()>,
    store_task: JoinHandle<Store>,
    couriers: Couriers,
    media: MediaPool,
    turn: Option<TurnServer>,
}

impl Running {
    /// Starts a server.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        std::fs::create_dir_all(&config.data_dir)
            .map_err(|source| StartError::DataDir { path: config.data_dir.clone(), source })?;
        let (plain, port) = listen(&config.http, config.http.port)?;
        let (tls_listeners, tls_port) = listen(&config.http, config.http.tls_port)?;
        let metrics_listeners = config.metrics.port.map(|port| listen(&config.http, port)).transpose()?;
        let certificate = certificate(&config)?;
        let (report_senders, reports) = ReportQueues::new(shards());
        let media = MediaPool::start(&with_external_ip(&config.media).await, &report_senders)?;
        let traces = telemetry::start_traces(config.otlp_endpoint.as_deref())?;
        let meters = Arc::<Meters>::default();
        let (endpoints, subscribers): (Vec<Endpoint>, Vec<_>) =
            crate::webhook::endpoints(&config.events)?.into_iter().unzip();
        let recipients =
            endpoints.iter().zip(&subscribers).map(|(endpoint, told)| Recipient::new(endpoint, told)).collect();
        let endpoint_names = endpoints.iter().map(|endpoint| endpoint.name.clone()).collect();
        let full_room = config.events.livekit_webhook.as_ref().is_some_and(|webhook| webhook.full_room);
        let words = LiveKitWords { config: Arc::new(config::livekit(&config, None)), full_room };
        let scribe = Scribe::new(subscribers, words);
        let settings = config.events.store;
        let records = match (scribe.is_needed(), settings.history_kept.is_zero()) {
            (true, _) => Records::All,
            (false, false) => Records::Lives,
            (false, true) => Records::None,
        };
        let (store, stored) = Store::open(&config.data_dir, &config.database, settings, scribe.clone()).await?;
        let handles = store.handles();
        let couriers = Couriers::start(Courier::of(endpoints, &scribe, &handles.outbox, &meters));
        let (effects, jobs) = EffectRunner::queue(settings.queue_max, records, handles.state.clone());
        let effects = effects.with_answers_waiting(config.database.durability.answers_wait());
        let store_task = tokio::spawn(store.run(jobs, Arc::clone(&meters)));
        let (profile, consumers_per_worker) = (config.profile, config.media.consumers_per_worker);
        let rooms = RoomsSettings {
            profile,
            consumers_per_worker,
            native: config.native.rooms,
            effects,
            meters,
            traces: traces.clone(),
        };
        let directory = Directory::start(rooms, &media, reports);
        for room in stored {
            directory.restore(room).await;
        }
        let (turn, offer) = match &config.turn {
            Some(section) => {
                turn_server(section, &media, &certificate).await.map(|(turn, offer)| (Some(turn), Some(offer)))?
            }
            None => (None, None),
        };
        let v2 = Arc::new(config::v2(&config, tls_port, offer.as_ref()));
        let livekit = Arc::new(config::livekit(&config, offer.as_ref()));
        let ports = Arc::new(Ports {
            directory,
            v2,
            livekit,
            revocations: http::Revocations::restore(handles.revocations.clone()).await,
            started_ms: clock::now().unix_ms,
        });
        let lobby = Lobby::new(config.http.unjoined_clients_max);
        let (config, peers, boards) = (Arc::new(config), ws::Peers::default(), media.boards());
        let access = Access::new(&config.admin, config.dev, &config.v2.secret);
        let usage = Arc::new(Usage::new(Catalog::new(openapi::compat::table()?), clock::now().unix_ms));
        usage::restore(&usage, &handles.usage).await;
        let usage_task = tokio::spawn(usage::keep(Arc::clone(&usage), handles.usage.clone()));
        let shared = Arc::new(Shared {
            config,
            ports,
            peers,
            lobby,
            boards,
            access,
            recipients,
            ledger: Ledger::new(handles.answers.clone()),
            store: handles,
            links: media.links().to_vec(),
            traces,
            endpoints: endpoint_names,
            has_turn: turn.is_some(),
            load: LoadHistory::default(),
            usage,
        });
        let load_task = tokio::spawn(http::watch_load(Arc::clone(&shared)));
        let listeners = Listeners { plain, tls: tls_listeners };
        let server = http::serve(&shared, listeners, &certificate.server_config()?).map_err(StartError::Web)?;
        let web = server.handle();
        let web_task = tokio::spawn(server);
        let (metrics, metrics_port) = match metrics_listeners {
            Some((listeners, port)) => {
                let server = http::metrics::serve(&shared, listeners).map_err(StartError::Web)?;
                let handle = server.handle();
                tokio::spawn(server);
                (Some(handle), Some(port))
            }
            None => (None, None),
        };
        let certificate_task = tokio::spawn(watch(certificate));
        Ok(Self {
            port,
            tls_port,
            metrics_port,
            shared,
            web,
            web_task,
            metrics,
            certificate_task,
            load_task,
            usage_task,
            store_task,
            couriers,
            media,
            turn,
        })
    }

    /// The configuration in force.
    pub fn config(&self) -> &Config {
        &self.shared.config
    }

    /// The UDP ports of media.
    pub fn media_ports(&self) -> Vec<u16> {
        let first = |facts: &WorkerFacts| port_of(facts, Protocol::Udp);
        self.media.facts().iter().filter_map(first).collect()
    }

    /// The letters to backends that wait or were given up.
    pub fn outbox(&self) -> &Outbox {
        &self.shared.store.outbox
    }

    /// What others use of the store.
    pub fn store(&self) -> &StoreHandles {
        &self.shared.store
    }

    /// The TCP port of media, where there is one.
    pub fn media_tcp_port(&self) -> Option<u16> {
        self.media.facts().first().and_then(|facts| port_of(facts, Protocol::Tcp))
    }

    /// The ports of TURN, UDP and TLS, where there is a TURN server.
    pub fn turn_ports(&self) -> Option<(Option<u16>, Option<u16>)> {
        self.turn.as_ref().map(|turn| (turn.udp_port, turn.tls_port))
    }

    /// Stops it: nobody new comes in, everybody is told, what is queued is written. Takes a few seconds at most.
    pub async fn stop(self) {
        self.certificate_task.abort();
        self.load_task.abort();
        self.usage_task.abort();
        self.web.pause().await;
        self.shared.peers.shut_down(FAREWELL).await;
        self.web.stop(true).await;
        if let Some(metrics) = self.metrics {
            metrics.stop(false).await;
        }
        match self.web_task.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the web server ended badly"),
            Err(error) => tracing::error!(%error, "the web server broke down"),
        }
        self.shared.ports.directory.stop().await;
        usage::flush(&self.shared.usage, &self.shared.store.usage).await;
        let store = tokio::time::timeout(FLUSH, self.store_task).await;
        self.couriers.stop().await;
        match store {
            Ok(Ok(store)) => store.close().await,
            Ok(Err(error)) => tracing::error!(%error, "the store broke down"),
            Err(_) => {
                let waiting = self.shared.store.state.waiting();
                tracing::error!(waiting, "what was queued for the store could not all be written");
            }
        }
        drop(self.turn);
        let traces = self.shared.traces.clone();
        if tokio::task::spawn_blocking(move || traces.stop()).await.is_err() {
            tracing::error!("the last traces were not sent");
        }
        if tokio::task::spawn_blocking(|| self.media.stop()).await.is_err() {
            tracing::error!("the media threads did not end");
        }
    }
}

fn port_of(facts: &WorkerFacts, protocol: Protocol) -> Option<u16> {
    facts.candidates.iter().find(|found| found.protocol == protocol).map(|found| found.address.port())
}

/// The media settings, with the address under which this machine is seen from outside where that is to be asked for.
async fn with_external_ip(settings: &MediaSettings) -> MediaSettings {
    let mut settings = settings.clone();
    let servers = std::mem::take(&mut settings.addresses.ask);
    if !servers.is_empty() {
        let asked = tokio::task::spawn_blocking(move || external_ip(&servers)).await.ok().flatten();
        match asked {
            Some(ip) => tracing::info!(%ip, "external address"),
            None => tracing::error!("no STUN server says the external address: clients outside may not reach media"),
        }
        settings.addresses.public_ip = asked.or(settings.addresses.public_ip);
    }
    settings
}

/// Starts the TURN server, and says how clients reach it.
async fn turn_server(
    section: &TurnSection,
    media: &MediaPool,
    certificate: &Arc<Certificate>,
) -> Result<(TurnServer, TurnOffer), StartError> {
    let own = section.certificate.clone().map(Certificate::load).transpose()?;
    let tls = Arc::new(own.as_ref().unwrap_or(certificate).server_config()?);
    let secret = section.secret.clone().unwrap_or_else(|| Secret::new(format!("{:032x}", rand::random::<u128>())));
    let candidates = media.facts().iter().flat_map(|facts| &facts.candidates);
    let told: Vec<SocketAddr> =
        candidates.filter(|candidate| candidate.protocol == Protocol::Udp).map(|candidate| candidate.address).collect();
    let authority = Authority::new(secret.clone());
    let turn = TurnServer::start(&section.server, authority, Peers::new(told.iter().copied()), tls).await?;
    let host = match (section.host.as_str(), told.first().map(SocketAddr::ip)) {
        ("", Some(IpAddr::V6(ip))) => format!("[{ip}]"),
        ("", Some(IpAddr::V4(ip))) => ip.to_string(),
        (host, _) => host.to_owned(),
    };
    let tls_port = turn.tls_port.map(|port| if section.server.external_tls { 443 } else { port });
    let offer = TurnOffer { host, udp_port: turn.udp_port, tls_port, secret, ttl: section.ttl };
    Ok((turn, offer))
}

/// Tasks that own rooms: one for each core.
fn shards() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Listens on `port` of every address; 0: any free port, the same for all.
fn listen(config: &HttpConfig, port: u16) -> Result<(Vec<TcpListener>, u16), StartError> {
    let mut port = port;
    let mut listeners: Vec<TcpListener> = Vec::new();
    for ip in &config.bind {
        let address = SocketAddr::new(*ip, port);
        match listen::tcp(address) {
            Ok((listener, bound)) => {
                port = bound;
                listeners.push(listener);
            }
            // A machine without IPv6 has no such address; nobody asked for it by name.
            Err(source) if config.bind_by_default && !listeners.is_empty() && lacks_address(&source) => {}
            Err(source) => return Err(StartError::Listen { address, source }),
        }
    }
    Ok((listeners, port))
}

fn lacks_address(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported)
        || error.raw_os_error() == Some(97)
}

fn certificate(config: &Config) -> Result<Arc<Certificate>, TlsError> {
    let files = match &config.http.certificate {
        Some(files) => files.clone(),
        None => {
            let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
            names.extend(config.media.addresses.node_ips.iter().map(IpAddr::to_string));
            tls::self_signed(&config.data_dir, names)?
        }
    };
    Certificate::load(files)
}

/// Takes up a certificate that was renewed on disk.
async fn watch(certificate: Arc<Certificate>) {
    loop {
        tokio::time::sleep(CERTIFICATE_INTERVAL).await;
        match certificate.reload() {
            Ok(true) => tracing::info!("the certificate was renewed"),
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "the renewed certificate cannot be used; the old one stays"),
        }
    }
}
