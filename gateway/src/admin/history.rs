//! `history`: which rooms there were, who was in them, what they published, what backends were told. Newest first.
use super::page::{Page, PageQuery};
use super::problem_kind::ProblemKind;
use super::{Problem, resource};
use crate::http::Shared;
use crate::store::{PastEvent, PastParticipant, PastRoom, PastTrack};
use actix_web::web;
use livekit_api::ids::{parse_room_sid, participant_sid, room_sid};
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use sfu_core::id::{ParticipantId, RoomId};
use utoipa::{IntoParams, ToSchema};

pub(super) fn routes(app: &mut web::ServiceConfig) {
    app.service(resource("/history/rooms", "GET").route(web::get().to(rooms)));
    app.service(resource("/history/participants", "GET").route(web::get().to(participants)));
    app.service(resource("/history/tracks", "GET").route(web::get().to(tracks)));
    app.service(resource("/history/events", "GET").route(web::get().to(events)));
}

/// Which part of the history.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct HistoryQuery {
    /// Of rooms of this name alone (rooms, events).
    name: Option<String>,
    /// Of this life of a room alone, by its id (participants, tracks).
    #[param(example = "RM_CyqWpDmbLMbN")]
    room: Option<String>,
    /// Most items of a page; 50 where it is absent.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// A room that there was.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminPastRoom)]
pub(super) struct PastRoomView {
    /// The id of this life of it.
    #[schema(example = "RM_CyqWpDmbLMbN")]
    id: String,
    /// Its name.
    #[schema(example = "daily")]
    name: String,
    /// By which protocol's client or API it was made.
    made_by: String,
    /// How many joined it.
    joins: u64,
    /// Since when, ms since 1970.
    began_ms: u64,
    /// Until when, ms since 1970; null: it lives.
    #[schema(required)]
    ended_ms: Option<u64>,
    /// Why it ended; null where it lives.
    #[schema(required)]
    reason: Option<String>,
}

/// Somebody who was in a room.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminPastParticipant)]
pub(super) struct PastParticipantView {
    /// Its id.
    #[schema(example = "PA_CyqWpDmbLMbN")]
    id: String,
    /// The id of the room's life.
    room_id: String,
    /// The room's name.
    room: String,
    /// Its identity.
    identity: String,
    /// `standard`, `agent`, `egress` and so on.
    kind: String,
    /// The protocol that it spoke.
    #[schema(example = "openvidu-v2")]
    protocol: String,
    /// Its platform as its client described it.
    platform: String,
    /// Since when, ms since 1970.
    began_ms: u64,
    /// Until when, ms since 1970; null: it is there.
    #[schema(required)]
    ended_ms: Option<u64>,
    /// Why it left; null where it is there.
    #[schema(required)]
    reason: Option<String>,
}

/// A track that was published.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminPastTrack)]
pub(super) struct PastTrackView {
    /// The id of the room's life.
    room_id: String,
    /// The id of who published it.
    participant: String,
    /// `audio` or `video`.
    #[schema(example = "video")]
    kind: String,
    /// Where it came from.
    #[schema(example = "camera")]
    source: String,
    /// Its codec.
    codec: String,
    /// Since when, ms since 1970.
    began_ms: u64,
    /// Until when, ms since 1970; null: it is published.
    #[schema(required)]
    ended_ms: Option<u64>,
    /// Why it ended; null where it is published.
    #[schema(required)]
    reason: Option<String>,
}

/// An event that backends or call detail records were told.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminPastEvent)]
pub(super) struct PastEventView {
    /// The id under which receivers see it.
    id: String,
    /// Its name.
    #[schema(example = "participantJoined")]
    name: String,
    /// The room's name.
    room: String,
    /// When, ms since 1970.
    at_ms: u64,
    /// Its fields.
    #[schema(value_type = Object)]
    fields: serde_json::Value,
}

fn unreadable(error: DbErr) -> Problem {
    tracing::error!(%error, "the history cannot be read for the admin API");
    Problem::new(ProblemKind::Unavailable, "the database cannot be reached".to_owned())
}

/// Ids as the rest of the admin API spells them.
fn room_id(number: i64) -> String {
    u64::try_from(number).ok().and_then(RoomId::from_number).map(room_sid).unwrap_or_default()
}

fn participant_id(number: i64) -> String {
    u64::try_from(number).ok().and_then(ParticipantId::from_number).map(participant_sid).unwrap_or_default()
}

/// A query that makes sense.
struct Asked<'a> {
    name: Option<&'a str>,
    room: Option<i64>,
    after: Option<i64>,
    limit: usize,
}

impl Asked<'_> {
    /// One more than the page holds says whether there are further ones.
    const fn rows(&self) -> u64 {
        self.limit as u64 + 1
    }
}

impl HistoryQuery {
    fn read(&self) -> Result<Asked<'_>, Problem> {
        let page = PageQuery::new(self.limit, self.cursor.clone());
        let number = |sid: &String| {
            let id = parse_room_sid(sid).ok_or_else(|| Problem::invalid("room is no id of a room: RM_…"))?;
            i64::try_from(id.number()).map_err(|_| Problem::invalid("room is no id of a room"))
        };
        Ok(Asked {
            name: self.name.as_deref(),
            room: self.room.as_ref().map(number).transpose()?,
            after: page.after()?,
            limit: page.limit()?,
        })
    }
}

impl From<PastRoom> for PastRoomView {
    fn from(row: PastRoom) -> Self {
        let PastRoom { id: _, room, name, made_by, joins, span } = row;
        Self {
            id: room_id(room),
            name,
            made_by,
            joins,
            began_ms: span.began_ms,
            ended_ms: span.ended_ms,
            reason: span.reason,
        }
    }
}

impl From<PastParticipant> for PastParticipantView {
    fn from(row: PastParticipant) -> Self {
        Self {
            id: participant_id(row.participant),
            room_id: room_id(row.room),
            room: row.room_name,
            identity: row.identity,
            kind: row.kind,
            protocol: row.protocol,
            platform: row.platform,
            began_ms: row.span.began_ms,
            ended_ms: row.span.ended_ms,
            reason: row.span.reason,
        }
    }
}

impl From<PastTrack> for PastTrackView {
    fn from(row: PastTrack) -> Self {
        Self {
            room_id: room_id(row.room),
            participant: participant_id(row.participant),
            kind: row.kind,
            source: row.source,
            codec: row.codec,
            began_ms: row.span.began_ms,
            ended_ms: row.span.ended_ms,
            reason: row.span.reason,
        }
    }
}

impl From<PastEvent> for PastEventView {
    fn from(row: PastEvent) -> Self {
        let PastEvent { id: _, event_id, name, room_name, at_ms, fields } = row;
        // What is no JSON is shown as the text that it is.
        let fields = serde_json::from_str(&fields).unwrap_or(serde_json::Value::String(fields));
        Self { id: event_id, name, room: room_name, at_ms, fields }
    }
}

/// Lists the rooms that there were, newest first; those that live too.
#[utoipa::path(get, path = "/admin/v1/history/rooms", tag = "admin", operation_id = "adminListPastRooms", params(HistoryQuery),
    responses((status = 200, description = "A page of rooms", body = Page<PastRoomView>),
              (status = 400, description = "A query that makes no sense"),
              (status = 503, description = "The database cannot be reached")))]
pub(super) async fn rooms(
    shared: web::Data<Shared>,
    query: web::Query<HistoryQuery>,
) -> Result<web::Json<Page<PastRoomView>>, Problem> {
    let asked = query.read()?;
    let found = shared.store.history.rooms(asked.name, asked.after, asked.rows()).await.map_err(unreadable)?;
    Ok(web::Json(Page::of(found, asked.limit, |row| row.id).map(PastRoomView::from)))
}

/// Lists who was in rooms, newest first; who is there too.
#[utoipa::path(get, path = "/admin/v1/history/participants", tag = "admin", operation_id = "adminListPastParticipants", params(HistoryQuery),
    responses((status = 200, description = "A page of participants", body = Page<PastParticipantView>),
              (status = 400, description = "A query that makes no sense"),
              (status = 503, description = "The database cannot be reached")))]
pub(super) async fn participants(
    shared: web::Data<Shared>,
    query: web::Query<HistoryQuery>,
) -> Result<web::Json<Page<PastParticipantView>>, Problem> {
    let asked = query.read()?;
    let found = shared.store.history.participants(asked.room, asked.after, asked.rows()).await.map_err(unreadable)?;
    Ok(web::Json(Page::of(found, asked.limit, |row| row.id).map(PastParticipantView::from)))
}

/// Lists the tracks that were published, newest first; those that are too.
#[utoipa::path(get, path = "/admin/v1/history/tracks", tag = "admin", operation_id = "adminListPastTracks", params(HistoryQuery),
    responses((status = 200, description = "A page of tracks", body = Page<PastTrackView>),
              (status = 400, description = "A query that makes no sense"),
              (status = 503, description = "The database cannot be reached")))]
pub(super) async fn tracks(
    shared: web::Data<Shared>,
    query: web::Query<HistoryQuery>,
) -> Result<web::Json<Page<PastTrackView>>, Problem> {
    let asked = query.read()?;
    let found = shared.store.history.tracks(asked.room, asked.after, asked.rows()).await.map_err(unreadable)?;
    Ok(web::Json(Page::of(found, asked.limit, |row| row.id).map(PastTrackView::from)))
}

/// Lists what backends and call detail records were told, newest first. Nothing is noted where nobody is told.
#[utoipa::path(get, path = "/admin/v1/history/events", tag = "admin", operation_id = "adminListPastEvents", params(HistoryQuery),
    responses((status = 200, description = "A page of events", body = Page<PastEventView>),
              (status = 400, description = "A query that makes no sense"),
              (status = 503, description = "The database cannot be reached")))]
pub(super) async fn events(
    shared: web::Data<Shared>,
    query: web::Query<HistoryQuery>,
) -> Result<web::Json<Page<PastEventView>>, Problem> {
    let asked = query.read()?;
    let found = shared.store.history.events(asked.name, asked.after, asked.rows()).await.map_err(unreadable)?;
    Ok(web::Json(Page::of(found, asked.limit, |row| row.id).map(PastEventView::from)))
}
