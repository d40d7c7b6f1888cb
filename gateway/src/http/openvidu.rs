//! `/openvidu`: the signalling WebSocket of OpenVidu v2 clients.
use super::{Client, Shared};
use crate::clock;
use crate::telemetry::{Caller, Protocol};
use crate::usage::{self, Face, Tally};
use crate::ws::{Pump, SocketLimits, accept};
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::Arc;
use v2_api::{Origin, V2Peer, V2PeerParams};

/// Bytes of one JSON-RPC message: far above any SDP.
const LIMITS: SocketLimits = SocketLimits { message_bytes_max: 1024 * 1024 };

pub(super) fn configure(app: &mut web::ServiceConfig) {
    app.route("/openvidu", web::get().to(open));
}

async fn open(
    request: HttpRequest,
    body: web::Payload,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, actix_web::Error> {
    if !wants_websocket(&request) {
        return Ok(HttpResponse::BadRequest().body(r#"Can "Upgrade" only to "WebSocket"."#));
    }
    let Some(visitor) = shared.lobby.enter(clock::now().instant) else { return Ok(crowded()) };
    let (response, socket) = accept(&request, body, LIMITS)?;
    let client = Client::of(&request, &shared.config.http.proxies);
    let config = Arc::clone(&shared.ports.v2);
    let origin = config.public_origin.clone().unwrap_or(Origin { secure: client.secure, host: client.host });
    let tally = Tally::new(&shared.usage, usage::app_of(&request, Face::V2, ""));
    let params = V2PeerParams { config, random: clock::random(), origin, address: client.address };
    let peer = Box::new(V2Peer::new(params));
    let caller = Caller::client_of_request(Protocol::V2);
    Pump::start(peer, (socket, visitor, tally), shared.ports.directory.clone(), shared.peers.clone(), caller);
    Ok(response)
}

/// The answer while too many clients have opened a socket and joined no room.
pub(super) fn crowded() -> HttpResponse {
    HttpResponse::ServiceUnavailable().body("too many clients have not joined a room yet; try again")
}

/// True where the request asks for a WebSocket.
pub(super) fn wants_websocket(request: &HttpRequest) -> bool {
    let upgrade = request.headers().get("upgrade").and_then(|value| value.to_str().ok()).unwrap_or_default();
    upgrade.split(',').any(|protocol| protocol.trim().eq_ignore_ascii_case("websocket"))
}
