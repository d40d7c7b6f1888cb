//! `POST /try/join`: tokens of both protocols for the `/try` page. In development mode only: it asks for no credentials.
use super::{Client, Shared};
use crate::clock;
use actix_web::{HttpRequest, HttpResponse, web};
use livekit_api::token::{Claims, VideoGrant, sign};
use serde::{Deserialize, Serialize};
use sfu_core::capability::{NotNow, Refusal};
use std::sync::Arc;
use v2_api::{Origin, V2Port, publisher_token};

/// How long the LiveKit token opens the room, seconds.
const TOKEN_LIFE_S: u64 = 6 * 3600;

pub(super) fn configure(app: &mut web::ServiceConfig) {
    app.route("/try/join", web::post().to(join));
}

/// What the page asks.
#[derive(Deserialize)]
struct Asked {
    room: String,
    name: String,
}

/// What it gets.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Tokens {
    v2_token: String,
    livekit_url: String,
    livekit_token: String,
}

async fn join(request: HttpRequest, asked: web::Json<Asked>, shared: web::Data<Shared>) -> HttpResponse {
    let client = Client::of(&request, &shared.config.http.proxies);
    let origin = Origin { secure: client.secure, host: client.host };
    match tokens(&asked, &shared, origin).await {
        Ok(tokens) => HttpResponse::Ok().json(tokens),
        Err(refusal @ Refusal::Invalid { .. }) => HttpResponse::BadRequest().body(refusal.to_string()),
        Err(refusal) => HttpResponse::Conflict().body(refusal.to_string()),
    }
}

async fn tokens(asked: &Asked, shared: &Shared, origin: Origin) -> Result<Tokens, Refusal> {
    let livekit_url = origin.ws_url();
    let port: Arc<dyn V2Port> = Arc::<super::Ports>::clone(&shared.ports);
    let v2_token = publisher_token(port, origin, &asked.room).await?;
    let unavailable = Refusal::NotNow(NotNow::Unavailable);
    let key = shared.config.livekit.keys.keys().next().ok_or(unavailable.clone())?;
    let grant = VideoGrant { room_join: true, room: asked.room.clone(), ..VideoGrant::default() };
    let number = clock::random().below(u64::MAX);
    let claims = Claims {
        iss: key.clone(),
        sub: format!("{}-{number:x}", asked.name),
        name: asked.name.clone(),
        exp: Some(clock::now().unix_ms / 1000 + TOKEN_LIFE_S),
        video: Some(grant),
        ..Claims::default()
    };
    let livekit_token = sign(&claims, &shared.ports.livekit.keys).map_err(|_| unavailable)?;
    Ok(Tokens { v2_token, livekit_url, livekit_token })
}
