//! `GET /metrics`: the server's figures for Prometheus, on the plain port and, where one is configured, on a port of their
//! own. With a name and password configured, whoever shows them may read; without, on the plain port only this machine
//! may, as that is open to the world.
use super::{Client, Shared};
use crate::config::MetricsConfig;
use crate::telemetry::{self, Figures};
use actix_web::dev::Server;
use actix_web::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io;
use std::net::{IpAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

/// What Prometheus takes this format by.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// How long the database is waited for: figures come without it, too.
const DATABASE_PATIENCE: Duration = Duration::from_millis(500);

pub(super) fn configure(app: &mut web::ServiceConfig) {
    app.route("/metrics", web::get().to(show_on_the_plain_port));
}

/// Serves the figures on a port of their own, on every path, as LiveKit does.
pub fn serve(shared: &Arc<Shared>, listeners: Vec<TcpListener>) -> io::Result<Server> {
    let state = Arc::clone(shared);
    let mut server = HttpServer::new(move || {
        App::new().app_data(web::Data::from(Arc::clone(&state))).default_service(web::get().to(show_on_their_own_port))
    })
    .workers(1)
    .shutdown_timeout(1)
    .disable_signals();
    for listener in listeners {
        server = server.listen(listener)?;
    }
    Ok(server.run())
}

async fn show_on_the_plain_port(request: HttpRequest, shared: web::Data<Shared>) -> HttpResponse {
    show(&request, &shared, Door::Public).await
}

async fn show_on_their_own_port(request: HttpRequest, shared: web::Data<Shared>) -> HttpResponse {
    show(&request, &shared, Door::Own).await
}

/// Where the figures are asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Door {
    /// The port that is open to the world.
    Public,
    /// A port that the operator opened for them alone.
    Own,
}

/// Whether the figures are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Access {
    Granted,
    /// The password is missing or wrong.
    Password,
    /// No password is set, and the client is on another machine.
    Local,
}

async fn show(request: &HttpRequest, shared: &Shared, door: Door) -> HttpResponse {
    let config = &shared.config;
    let client = Client::of(request, &config.http.proxies);
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match access(&config.metrics, header, &client.address, door) {
        Access::Granted => {}
        Access::Password => {
            let challenge = (WWW_AUTHENTICATE, "Basic realm=\"metrics\"");
            return HttpResponse::Unauthorized().insert_header(challenge).body("a name and password are needed");
        }
        Access::Local => {
            let text = "figures are shown to this machine alone; set prometheus.username and prometheus.password";
            return HttpResponse::Forbidden().body(text);
        }
    }
    let (rooms, counts) = shared.ports.directory.counts().await;
    let threads = shared.boards.iter().filter_map(|board| board.report()).collect();
    let refusals = shared.ports.directory.refusals().snapshot().collect();
    let meters = shared.ports.directory.shared_meters();
    let (store_waiting, store_lost) = (shared.store.state.waiting(), shared.store.state.lost());
    let profile = shared.config.profile.name();
    let outbox = outbox(shared).await;
    let figures = Figures { profile, meters, store_waiting, store_lost, outbox, rooms, counts, threads, refusals };
    match telemetry::write(figures) {
        Ok(text) => HttpResponse::Ok().content_type(OPEN_METRICS).body(text),
        Err(error) => {
            tracing::error!(%error, "the figures cannot be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// What waits for each endpoint, where the database says so in time.
async fn outbox(shared: &Shared) -> Option<Vec<(String, u64, u64)>> {
    let counted = tokio::time::timeout(DATABASE_PATIENCE, shared.store.outbox.counts()).await;
    let found = counted.ok()?.inspect_err(|error| tracing::debug!(%error, "the outbox cannot be counted")).ok()?;
    let depth = |endpoint: &String| {
        let counts = found.get(endpoint).copied().unwrap_or_default();
        (endpoint.clone(), counts.waiting, counts.dead)
    };
    Some(shared.endpoints.iter().map(depth).collect())
}

fn access(config: &MetricsConfig, authorization: &str, address: &str, door: Door) -> Access {
    if config.username.is_empty() {
        let is_local = address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        return if is_local || door == Door::Own { Access::Granted } else { Access::Local };
    }
    let encoded = authorization.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
    let given = encoded.and_then(|(_, encoded)| STANDARD.decode(encoded.trim()).ok());
    let is_right = given.is_some_and(|given| config.password.is_of(&config.username, &given));
    if is_right { Access::Granted } else { Access::Password }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    #[test]
    fn without_a_password_this_machine_alone_reads_and_with_one_whoever_knows_it() {
        let open = MetricsConfig::default();
        let closed = MetricsConfig { port: None, username: "prom".to_owned(), password: Secret::new("etheus") };
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        let cases = [
            (&open, String::new(), "127.0.0.1", Access::Granted),
            (&open, String::new(), "::1", Access::Granted),
            (&open, String::new(), "203.0.113.9", Access::Local),
            (&open, String::new(), "", Access::Local),
            (&closed, basic("prom:etheus"), "203.0.113.9", Access::Granted),
            (&closed, basic("prom:other"), "203.0.113.9", Access::Password),
            (&closed, String::new(), "127.0.0.1", Access::Password),
        ];
        for (config, header, address, expected) in cases {
            assert_eq!(access(config, &header, address, Door::Public), expected, "{header} {address}");
        }
        assert_eq!(access(&open, "", "203.0.113.9", Door::Own), Access::Granted);
        assert_eq!(access(&closed, "", "203.0.113.9", Door::Own), Access::Password);
    }
}
