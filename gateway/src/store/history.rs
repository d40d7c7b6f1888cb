//! The history as others read it: rooms, participants, tracks and events, newest first, a page at a time.
//!
//! A page is continued with the `id` of its last row; what is written meanwhile moves nothing. Written by `lives`
//! and `events`.
use super::entity::{event, past_participant, past_room, past_track};
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, QueryOrder, QuerySelect};
use serde::Serialize;

pub(super) use super::lives::forget_before;

/// The history; cheap to clone. Reading it keeps nobody from writing.
#[derive(Clone, Debug)]
pub struct History {
    database: DatabaseConnection,
}

/// What began, and maybe ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Span {
    /// Since when, ms since 1970.
    pub began_ms: u64,
    /// Until when, ms since 1970; `None`: it lives.
    pub ended_ms: Option<u64>,
    /// Why it ended, in the history's own words.
    pub reason: Option<String>,
}

/// A room that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PastRoom {
    /// The row's number: the cursor.
    #[serde(skip)]
    pub id: i64,
    /// The number of the room's id: one life of a name.
    pub room: i64,
    /// Its name.
    pub name: String,
    /// The protocol of the face that made it: `openvidu-v2`, `livekit`.
    pub made_by: String,
    /// How many joined it so far.
    pub joins: u64,
    /// From when to when.
    #[serde(flatten)]
    pub span: Span,
}

/// Somebody who joined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PastParticipant {
    /// The row's number: the cursor.
    #[serde(skip)]
    pub id: i64,
    /// The number of the room's id.
    pub room: i64,
    /// The room's name.
    pub room_name: String,
    /// The number of its id.
    pub participant: i64,
    /// Its identity.
    pub identity: String,
    /// `standard`, `agent`, `egress`, …
    pub kind: String,
    /// The signalling protocol that it came by.
    pub protocol: String,
    /// Its platform as the client described it.
    pub platform: String,
    /// From when to when.
    #[serde(flatten)]
    pub span: Span,
}

/// A track that was published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PastTrack {
    /// The row's number: the cursor.
    #[serde(skip)]
    pub id: i64,
    /// The number of the room's id.
    pub room: i64,
    /// The number of its publisher's id.
    pub participant: i64,
    /// `audio` or `video`.
    pub kind: String,
    /// `camera`, `microphone`, `screenShare`, `screenShareAudio`, `unknown`.
    pub source: String,
    /// Its codec.
    pub codec: String,
    /// From when to when.
    #[serde(flatten)]
    pub span: Span,
}

/// An event that backends were told, or the CDR: there are none where nobody is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PastEvent {
    /// The row's number: the cursor.
    #[serde(skip)]
    pub id: i64,
    /// The id under which receivers see it.
    pub event_id: String,
    /// Its name.
    pub name: String,
    /// The room's name.
    pub room_name: String,
    /// When, ms since 1970.
    pub at_ms: u64,
    /// Its fields, JSON.
    pub fields: String,
}

impl History {
    pub(super) fn new(database: DatabaseConnection) -> Self {
        Self { database }
    }

    /// Rooms, those of one name where one is given. `after`: the `id` of the last row of the page before.
    pub async fn rooms(&self, name: Option<&str>, after: Option<i64>, limit: u64) -> Result<Vec<PastRoom>, DbErr> {
        let mut rows = past_room::Entity::find().order_by_desc(past_room::Column::Id).limit(limit);
        if let Some(name) = name {
            rows = rows.filter(past_room::Column::Name.eq(name));
        }
        if let Some(after) = after {
            rows = rows.filter(past_room::Column::Id.lt(after));
        }
        Ok(rows.all(&self.database).await?.into_iter().map(room).collect())
    }

    /// The participants of a life of a room, or of all.
    pub async fn participants(
        &self,
        room: Option<i64>,
        after: Option<i64>,
        limit: u64,
    ) -> Result<Vec<PastParticipant>, DbErr> {
        let mut rows = past_participant::Entity::find().order_by_desc(past_participant::Column::Id).limit(limit);
        if let Some(room) = room {
            rows = rows.filter(past_participant::Column::Room.eq(room));
        }
        if let Some(after) = after {
            rows = rows.filter(past_participant::Column::Id.lt(after));
        }
        Ok(rows.all(&self.database).await?.into_iter().map(participant).collect())
    }

    /// The tracks of a life of a room, or of all.
    pub async fn tracks(&self, room: Option<i64>, after: Option<i64>, limit: u64) -> Result<Vec<PastTrack>, DbErr> {
        let mut rows = past_track::Entity::find().order_by_desc(past_track::Column::Id).limit(limit);
        if let Some(room) = room {
            rows = rows.filter(past_track::Column::Room.eq(room));
        }
        if let Some(after) = after {
            rows = rows.filter(past_track::Column::Id.lt(after));
        }
        Ok(rows.all(&self.database).await?.into_iter().map(track).collect())
    }

    /// Events of one room's name, or of all.
    pub async fn events(&self, room: Option<&str>, after: Option<i64>, limit: u64) -> Result<Vec<PastEvent>, DbErr> {
        let mut rows = event::Entity::find().order_by_desc(event::Column::Id).limit(limit);
        if let Some(room) = room {
            rows = rows.filter(event::Column::RoomName.eq(room));
        }
        if let Some(after) = after {
            rows = rows.filter(event::Column::Id.lt(after));
        }
        Ok(rows.all(&self.database).await?.into_iter().map(happened).collect())
    }

    /// Asks the database whether it answers.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.database.execute_unprepared("SELECT 1").await.map(|_| ())
    }
}

fn span(began_ms: i64, ended_ms: Option<i64>, reason: Option<String>) -> Span {
    Span { began_ms: whole(began_ms), ended_ms: ended_ms.map(whole), reason }
}

/// Times and counts are never below zero.
fn whole(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

fn room(row: past_room::Model) -> PastRoom {
    let span = span(row.began_ms, row.ended_ms, row.reason);
    PastRoom { id: row.id, room: row.room, name: row.name, made_by: row.made_by, joins: whole(row.joins), span }
}

fn participant(row: past_participant::Model) -> PastParticipant {
    PastParticipant {
        id: row.id,
        room: row.room,
        room_name: row.room_name,
        participant: row.participant,
        identity: row.identity,
        kind: row.kind,
        protocol: row.protocol,
        platform: row.platform,
        span: span(row.began_ms, row.ended_ms, row.reason),
    }
}

fn track(row: past_track::Model) -> PastTrack {
    PastTrack {
        id: row.id,
        room: row.room,
        participant: row.participant,
        kind: row.kind,
        source: row.source,
        codec: row.codec,
        span: span(row.began_ms, row.ended_ms, row.reason),
    }
}

fn happened(row: event::Model) -> PastEvent {
    PastEvent {
        id: row.id,
        event_id: row.event_id,
        name: row.name,
        room_name: row.room_name,
        at_ms: whole(row.at_ms),
        fields: row.fields,
    }
}
