//! `/rtc` and `/rtc/v1`: the signalling WebSockets of LiveKit clients.
use super::openvidu::{crowded, wants_websocket};
use super::{Client, Shared};
use crate::clock;
use crate::telemetry::{Caller, Protocol};
use crate::usage::{self, Face, Tally};
use crate::ws::{Pump, SocketLimits, accept};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use livekit_api::{HttpRefusal, JoinUrl, LiveKitJoin, LiveKitPeer, LiveKitPeerParams, authorize, check_room};
use std::sync::Arc;

/// Bytes of one signalling message: LiveKit's `limit.signal_message_size_limit`.
const LIMITS: SocketLimits = SocketLimits { message_bytes_max: 2 * 1024 * 1024 };

pub(super) fn configure(app: &mut web::ServiceConfig) {
    for path in ["/rtc", "/rtc/", "/rtc/v1", "/rtc/v1/"] {
        app.route(path, web::get().to(open));
    }
}

async fn open(
    request: HttpRequest,
    body: web::Payload,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, actix_web::Error> {
    if !wants_websocket(&request) {
        return Ok(HttpResponse::NotFound().finish());
    }
    let join = match check(&request, &shared).await {
        Ok(join) => join,
        Err(refusal) => return Ok(refused(refusal)),
    };
    let Some(visitor) = shared.lobby.enter(clock::now().instant) else { return Ok(crowded()) };
    let (response, socket) = accept(&request, body, LIMITS)?;
    let address = Client::of(&request, &shared.config.http.proxies).address;
    let config = Arc::clone(&shared.ports.livekit);
    let tally = Tally::new(&shared.usage, usage::app_of(&request, Face::LiveKit, &join.claims.iss));
    let params = LiveKitPeerParams { join, config, address };
    let peer = LiveKitPeer::new(params, clock::now());
    let caller = Caller::client_of_request(Protocol::LiveKit);
    Pump::start(Box::new(peer), (socket, visitor, tally), shared.ports.directory.clone(), shared.peers.clone(), caller);
    Ok(response)
}

async fn check(request: &HttpRequest, shared: &Shared) -> Result<LiveKitJoin, HttpRefusal> {
    let authorization = request.headers().get("authorization").map(|value| value.to_str().unwrap_or_default());
    let url = JoinUrl { path: request.path(), query: request.query_string(), authorization };
    let join = authorize(url, &shared.ports.livekit, clock::now())?;
    check_room(&join, shared.ports.as_ref()).await?;
    Ok(join)
}

fn refused(refusal: HttpRefusal) -> HttpResponse {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    HttpResponse::build(status).content_type("text/plain; charset=utf-8").body(refusal.text)
}
