//! `rooms`: what meetings there are, one of them with everybody in it, and its end.
use super::page::{Page, PageQuery};
use super::participants::ParticipantView;
use super::tag::{require_match, tag};
use super::{Problem, resource};
use crate::http::Shared;
use crate::rooms::Inspected;
use actix_web::http::header::ETAG;
use actix_web::{HttpRequest, HttpResponse, web};
use livekit_api::ids::room_sid;
use serde::Serialize;
use sfu_core::room::{LeaveReason, RoomCommand, RoomSnapshot};
use utoipa::ToSchema;

pub(super) fn routes(app: &mut web::ServiceConfig) {
    app.service(resource("/rooms", "GET").route(web::get().to(list)));
    app.service(resource("/rooms/{room}", "GET, DELETE").route(web::get().to(show)).route(web::delete().to(end)));
}

/// A room in the list.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminRoomSummary)]
pub(super) struct RoomSummary {
    /// Its name: the session of OpenVidu clients, the room of LiveKit clients.
    #[schema(example = "daily")]
    name: String,
    /// The id of this life of it.
    #[schema(example = "RM_CyqWpDmbLMbN")]
    id: String,
    /// When it was made, ms since 1970.
    created_ms: u64,
    /// Somebody has joined it.
    active: bool,
    /// By which protocol's client or API it was made.
    #[schema(example = "openvidu-v2")]
    made_by: &'static str,
    /// Its metadata.
    metadata: String,
    /// Most participants at the same time; 0: no limit.
    max_participants: u32,
    /// How many are in it.
    participants: ParticipantCounts,
    /// Tracks published.
    tracks: usize,
    /// Seats given out by tokens and not taken yet.
    reserved_seats: usize,
}

/// Participants by the protocol that they speak.
#[derive(Serialize, ToSchema)]
pub(super) struct ParticipantCounts {
    /// All of them.
    total: usize,
    /// Who speaks OpenVidu v2.
    openvidu_v2: usize,
    /// Who speaks LiveKit.
    livekit: usize,
}

/// A room with everybody in it.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminRoom)]
pub(super) struct RoomView {
    #[serde(flatten)]
    summary: RoomSummary,
    /// Who is in it, in the order in which they joined.
    members: Vec<ParticipantView>,
}

impl RoomSummary {
    fn of(room: &RoomSnapshot) -> Self {
        let speaking = |protocol| room.participants.iter().filter(|one| one.protocol == protocol).count();
        let streams = room.participants.iter().flat_map(|participant| &participant.streams);
        Self {
            name: room.name.clone(),
            id: room_sid(room.id),
            created_ms: room.created_ms,
            active: room.active,
            made_by: room.settings.made_by.0,
            metadata: room.settings.metadata.clone(),
            max_participants: room.settings.max_participants,
            participants: ParticipantCounts {
                total: room.participants.len(),
                openvidu_v2: speaking(v2_api::PROTOCOL),
                livekit: speaking(livekit_api::PROTOCOL),
            },
            tracks: streams.map(|stream| stream.tracks().count()).sum(),
            reserved_seats: room.reservations.len(),
        }
    }
}

impl RoomView {
    fn of(seen: &Inspected) -> Self {
        let members = seen.room.participants.iter().map(|one| ParticipantView::of(one, &seen.traffic)).collect();
        Self { summary: RoomSummary::of(&seen.room), members }
    }

    /// The same without what changes by itself: what its tag is made of.
    fn still(&self) -> impl Serialize + use<'_> {
        (&self.summary, self.members.iter().map(ParticipantView::still).collect::<Vec<_>>())
    }
}

/// The room of this name, with what flows in it.
pub(super) async fn find(shared: &Shared, name: &str) -> Result<Inspected, Problem> {
    shared.ports.directory.inspect(name).await.ok_or_else(|| Problem::not_found("room"))
}

/// Gives an order to a room.
pub(super) async fn order(shared: &Shared, room: &str, command: RoomCommand) -> Result<(), Problem> {
    shared.ports.directory.api_command(room, command).await?;
    Ok(())
}

/// Lists the rooms, oldest first.
#[utoipa::path(get, path = "/admin/v1/rooms", tag = "admin", operation_id = "adminListRooms", params(PageQuery),
    responses((status = 200, description = "A page of rooms", body = Page<RoomSummary>),
              (status = 400, description = "A limit or cursor that makes no sense")))]
pub(super) async fn list(
    shared: web::Data<Shared>,
    query: web::Query<PageQuery>,
) -> Result<web::Json<Page<RoomSummary>>, Problem> {
    let rooms = shared.ports.directory.rooms().await;
    let page = query.cut(rooms, |room| (room.created_ms, room.name.clone()))?;
    Ok(web::Json(page.map(|room| RoomSummary::of(&room))))
}

/// Shows a room with everybody in it, their tracks, and what flows. Bitrates and losses are of the last seconds: there from
/// the second look on.
#[utoipa::path(get, path = "/admin/v1/rooms/{room}", tag = "admin", operation_id = "adminGetRoom",
    params(("room" = String, Path, description = "Its name", example = "daily")),
    responses((status = 200, description = "The room", body = RoomView,
               headers(("ETag" = String, description = "Of what does not change by itself"))),
              (status = 404, description = "There is none")))]
pub(super) async fn show(shared: web::Data<Shared>, room: web::Path<String>) -> Result<HttpResponse, Problem> {
    let view = RoomView::of(&find(&shared, &room).await?);
    Ok(HttpResponse::Ok().insert_header((ETAG, tag(&view.still()))).json(&view))
}

/// Ends a room. Everybody in it is told in their own protocol's words: OpenVidu clients `sessionDisconnected` with reason
/// `sessionClosedByServer`, LiveKit clients `ROOM_DELETED`.
#[utoipa::path(delete, path = "/admin/v1/rooms/{room}", tag = "admin", operation_id = "adminEndRoom",
    params(("room" = String, Path, description = "Its name", example = "daily"),
           ("If-Match" = Option<String>, Header, description = "Only where the room is as this ETag says")),
    responses((status = 204, description = "It is ended"),
              (status = 404, description = "There is none"),
              (status = 412, description = "It was changed in the meantime"),
              (status = 503, description = "It could not be stored")))]
pub(super) async fn end(
    request: HttpRequest,
    shared: web::Data<Shared>,
    room: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let view = RoomView::of(&find(&shared, &room).await?);
    require_match(&request, &tag(&view.still()))?;
    order(&shared, &room, RoomCommand::Close { reason: LeaveReason::RoomClosedByApi }).await?;
    Ok(HttpResponse::NoContent().finish())
}
