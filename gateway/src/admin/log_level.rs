//! `rooms/{room}/log-level`: one room is logged in more or less detail than the rest, until that is taken back or the room
//! ends. What that means for a line is the log's affair.
use super::problem_kind::ProblemKind;
use super::rooms::find;
use super::tag::{require_match, tag};
use super::{Problem, resource};
use crate::http::Shared;
use crate::telemetry::room_levels;
use actix_web::http::header::ETAG;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(super) fn routes(app: &mut web::ServiceConfig) {
    let level = resource("/rooms/{room}/log-level", "GET, PUT, DELETE");
    app.service(level.route(web::get().to(show)).route(web::put().to(set)).route(web::delete().to(remove)));
}

/// How much is logged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = AdminLogLevel)]
pub(super) enum LogLevel {
    /// Faults alone.
    Error,
    /// What an operator should look at too.
    Warn,
    /// Who comes and goes too.
    Info,
    /// Each step of everybody's way too: joining, publishing, subscribing, ICE and DTLS, what is refused and why.
    Debug,
    /// Each message and report of media too.
    Trace,
}

impl LogLevel {
    const fn of(level: tracing::Level) -> Self {
        match level {
            tracing::Level::ERROR => Self::Error,
            tracing::Level::WARN => Self::Warn,
            tracing::Level::INFO => Self::Info,
            tracing::Level::DEBUG => Self::Debug,
            tracing::Level::TRACE => Self::Trace,
        }
    }

    const fn level(self) -> tracing::Level {
        match self {
            Self::Error => tracing::Level::ERROR,
            Self::Warn => tracing::Level::WARN,
            Self::Info => tracing::Level::INFO,
            Self::Debug => tracing::Level::DEBUG,
            Self::Trace => tracing::Level::TRACE,
        }
    }
}

/// The level that a room has of its own.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminRoomLogLevel, example = json!({ "level": "debug" }))]
pub(super) struct LevelView {
    /// How much is logged of it; null: as much as the server's own filter says.
    #[schema(required)]
    level: Option<LogLevel>,
}

/// The level that a room is to have.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AdminRoomLogLevelOrder, example = json!({ "level": "debug" }))]
pub(super) struct LevelOrder {
    /// How much is to be logged of it.
    level: LogLevel,
}

/// The level of a room that lives.
async fn view(shared: &Shared, room: &str) -> Result<LevelView, Problem> {
    find(shared, room).await?;
    Ok(LevelView { level: room_levels().of(room).map(LogLevel::of) })
}

fn answer(view: &LevelView) -> HttpResponse {
    HttpResponse::Ok().insert_header((ETAG, tag(&view.level))).json(view)
}

/// Shows how much is logged of a room.
#[utoipa::path(get, path = "/admin/v1/rooms/{room}/log-level", tag = "admin", operation_id = "adminGetRoomLogLevel",
    params(("room" = String, Path, description = "Its name", example = "daily")),
    responses((status = 200, description = "The level", body = LevelView, headers(("ETag" = String, description = "Of the level"))),
              (status = 404, description = "There is no such room")))]
pub(super) async fn show(shared: web::Data<Shared>, room: web::Path<String>) -> Result<HttpResponse, Problem> {
    Ok(answer(&view(&shared, &room).await?))
}

/// Logs a room in more or less detail than the rest: of what this server logs of it, lines up to this level, whatever the
/// server's own filter says. It holds until it is taken back, the room ends or the server stops. 64 rooms may have a level of
/// their own.
#[utoipa::path(put, path = "/admin/v1/rooms/{room}/log-level", tag = "admin", operation_id = "adminSetRoomLogLevel",
    params(("room" = String, Path, description = "Its name", example = "daily"),
           ("If-Match" = Option<String>, Header, description = "Only where the level is as this ETag says")),
    request_body(content = LevelOrder, content_type = "application/json"),
    responses((status = 200, description = "The level", body = LevelView, headers(("ETag" = String, description = "Of the level"))),
              (status = 400, description = "A body that is no such order"),
              (status = 404, description = "There is no such room"),
              (status = 412, description = "It was changed in the meantime"),
              (status = 422, description = "64 rooms have a level of their own already")))]
pub(super) async fn set(
    request: HttpRequest,
    shared: web::Data<Shared>,
    room: web::Path<String>,
    order: web::Json<LevelOrder>,
) -> Result<HttpResponse, Problem> {
    require_match(&request, &tag(&view(&shared, &room).await?.level))?;
    let level = order.level;
    let full = |error| Problem::new(ProblemKind::Limit, format!("{error}"));
    room_levels().set(&room, level.level()).map_err(full)?;
    tracing::info!(room = room.as_str(), ?level, "a room is logged at a level of its own, by the admin API");
    // A room takes its level along when it ends: it may have ended before it had one.
    if let Err(gone) = find(&shared, &room).await {
        room_levels().remove(&room);
        return Err(gone);
    }
    Ok(answer(&LevelView { level: Some(level) }))
}

/// Logs a room like the rest again. Idempotent.
#[utoipa::path(delete, path = "/admin/v1/rooms/{room}/log-level", tag = "admin", operation_id = "adminRemoveRoomLogLevel",
    params(("room" = String, Path, description = "Its name", example = "daily"),
           ("If-Match" = Option<String>, Header, description = "Only where the level is as this ETag says")),
    responses((status = 204, description = "It has no level of its own"),
              (status = 404, description = "There is no such room"),
              (status = 412, description = "It was changed in the meantime")))]
pub(super) async fn remove(
    request: HttpRequest,
    shared: web::Data<Shared>,
    room: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    require_match(&request, &tag(&view(&shared, &room).await?.level))?;
    if room_levels().remove(&room) {
        tracing::info!(room = room.as_str(), "a room is logged like the rest again, by the admin API");
    }
    Ok(HttpResponse::NoContent().finish())
}
