//! `drain`: an operator empties the server before it is stopped. Nobody is put out; who is let in is said here.
use super::tag::{require_match, tag};
use super::{Problem, resource};
use crate::clock;
use crate::http::Shared;
use crate::rooms::Admitted;
use actix_web::http::header::ETAG;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(super) fn routes(app: &mut web::ServiceConfig) {
    let drain = resource("/drain", "GET, POST, DELETE");
    app.service(drain.route(web::get().to(show)).route(web::post().to(begin)).route(web::delete().to(end)));
}

/// How far the server is emptied.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminDrain)]
pub(super) struct DrainView {
    /// It is being emptied.
    draining: bool,
    /// Who may join.
    joins: Joins,
    /// Since when, ms since 1970; null while it is not being emptied.
    #[schema(required)]
    since_ms: Option<u64>,
    /// Rooms that are left.
    rooms: u64,
    /// Participants that are left.
    participants: usize,
}

/// Who may join.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Joins {
    /// Everybody.
    All,
    /// Who joins a room that is there: meetings go on, none begins.
    ExistingRooms,
    /// Nobody.
    None,
}

/// How to empty the server.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AdminDrainOrder, example = json!({ "joins": "existing_rooms" }))]
pub(super) struct DrainOrder {
    /// Who may still join; `existing_rooms` where it is absent.
    joins: Option<Joins>,
}

async fn view(shared: &Shared) -> DrainView {
    let intake = shared.ports.directory.intake();
    let (rooms, counts) = shared.ports.directory.counts().await;
    let joins = match intake.admitted() {
        Admitted::All => Joins::All,
        Admitted::ExistingRooms => Joins::ExistingRooms,
        Admitted::Nobody => Joins::None,
    };
    let since_ms = intake.since_ms();
    DrainView { draining: since_ms.is_some(), joins, since_ms, rooms, participants: counts.participants }
}

fn answer(view: &DrainView) -> HttpResponse {
    HttpResponse::Ok().insert_header((ETAG, tag(&view.joins))).json(view)
}

async fn require(request: &HttpRequest, shared: &Shared) -> Result<(), Problem> {
    require_match(request, &tag(&view(shared).await.joins))
}

/// Shows whether the server is being emptied, and what is left.
#[utoipa::path(get, path = "/admin/v1/drain", tag = "admin", operation_id = "adminGetDrain",
    responses((status = 200, description = "The state", body = DrainView, headers(("ETag" = String, description = "Of who may join")))))]
pub(super) async fn show(shared: web::Data<Shared>) -> HttpResponse {
    answer(&view(&shared).await)
}

/// Begins to empty the server: no new rooms, and joins only as `joins` says. Refused clients of both protocols are told that
/// the server cannot take them at the moment; `/readyz` says that it is not ready. Meetings go on.
#[utoipa::path(post, path = "/admin/v1/drain", tag = "admin", operation_id = "adminBeginDrain",
    params(("Idempotency-Key" = Option<String>, Header, description = "Sent again with it, this is done once", max_length = 255),
           ("If-Match" = Option<String>, Header, description = "Only where the state is as this ETag says")),
    request_body(content = Option<DrainOrder>, content_type = "application/json"),
    responses((status = 200, description = "The state", body = DrainView, headers(("ETag" = String, description = "Of who may join"))),
              (status = 400, description = "A body that is no such order"),
              (status = 409, description = "The first request with this key is not done yet, was cut off by the server's end, or its answer was too long to be kept"),
              (status = 412, description = "It was changed in the meantime"),
              (status = 422, description = "The key was used for another request"),
              (status = 503, description = "The key cannot be stored")))]
pub(super) async fn begin(
    request: HttpRequest,
    shared: web::Data<Shared>,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let order: Option<DrainOrder> = super::optional_json(&body)?;
    let admitted = match order.and_then(|order| order.joins).unwrap_or(Joins::ExistingRooms) {
        Joins::ExistingRooms => Admitted::ExistingRooms,
        Joins::None => Admitted::Nobody,
        Joins::All => return Err(Problem::invalid("joins is all: DELETE /admin/v1/drain lets everybody in again")),
    };
    require(&request, &shared).await?;
    shared.ports.directory.intake().admit(admitted, clock::now().unix_ms);
    tracing::warn!(?admitted, "the server is being emptied, by the admin API");
    Ok(answer(&view(&shared).await))
}

/// Lets everybody in again.
#[utoipa::path(delete, path = "/admin/v1/drain", tag = "admin", operation_id = "adminEndDrain",
    params(("If-Match" = Option<String>, Header, description = "Only where the state is as this ETag says")),
    responses((status = 204, description = "Everybody is let in"),
              (status = 412, description = "It was changed in the meantime")))]
pub(super) async fn end(request: HttpRequest, shared: web::Data<Shared>) -> Result<HttpResponse, Problem> {
    require(&request, &shared).await?;
    shared.ports.directory.intake().admit(Admitted::All, clock::now().unix_ms);
    tracing::info!("everybody is let in again, by the admin API");
    Ok(HttpResponse::NoContent().finish())
}
