//! The history as it is written: a row for each room, participant and published track, opened when it begins and closed when it
//! ends. From the rooms' own records, so that it is there whether anybody is told by webhook or not.
use super::entity::{past_participant, past_room, past_track};
use super::repository::number;
use super::words;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ConnectionTrait, DbErr, Set};
use sfu_core::id::RoomId;
use sfu_core::room::{Happening, LeaveReason, ParticipantInfo, RoomRecord, StreamInfo, TrackInfo};
use std::collections::BTreeSet;

/// Writes what a record changes.
pub(super) async fn record<C: ConnectionTrait>(database: &C, record: &RoomRecord) -> Result<(), DbErr> {
    let room = number(record.room.number());
    match &record.happening {
        Happening::RoomMade => room_made(database, record).await,
        Happening::RoomEnded { reason, .. } => end_room(database, room, record.at_ms, words::leave(*reason)).await,
        Happening::ParticipantJoined(participant) => joined(database, record, participant).await,
        Happening::ParticipantLeft { participant, reason } => {
            left(database, room, participant, record.at_ms, *reason).await
        }
        Happening::TrackPublished { publisher, stream, track } => {
            published(database, record, publisher, stream, track).await
        }
        Happening::TrackUnpublished { publisher, track, .. } => {
            let of = past_track::Column::Track.eq(number(track.id.number()));
            end_tracks(database, room, publisher, of, record.at_ms, "byPublisher").await
        }
        Happening::StreamUnpublished { publisher, stream, cause } => {
            let of = past_track::Column::Stream.eq(number(stream.id.number()));
            end_tracks(database, room, publisher, of, record.at_ms, words::end(*cause)).await
        }
        Happening::ParticipantActivated(_)
        | Happening::StreamPublished { .. }
        | Happening::StreamReceived { .. }
        | Happening::ReceptionEnded { .. }
        | Happening::Signalled { .. } => Ok(()),
    }
}

/// A room broke down, with all that was in it.
pub(super) async fn broken<C: ConnectionTrait>(database: &C, room: RoomId, now_ms: u64) -> Result<(), DbErr> {
    let (room, reason) = (number(room.number()), words::leave(LeaveReason::ServerFailure));
    end_within(database, Some(room), now_ms, reason).await?;
    end_room(database, room, now_ms, reason).await
}

/// The server was started: what was live before has ended; rooms that are not taken up too.
pub(super) async fn restarted<C: ConnectionTrait>(
    database: &C,
    taken_up: &BTreeSet<i64>,
    now_ms: u64,
) -> Result<(), DbErr> {
    end_within(database, None, now_ms, words::KILLED).await?;
    let open = past_room::Entity::find().filter(past_room::Column::EndedMs.is_null()).all(database).await?;
    for row in open.iter().filter(|row| !taken_up.contains(&row.room)) {
        end_room(database, row.room, now_ms, words::KILLED).await?;
    }
    Ok(())
}

/// What ended before this time is forgotten.
pub(super) async fn forget_before<C: ConnectionTrait>(database: &C, at_ms: u64) -> Result<(), DbErr> {
    let at_ms = number(at_ms);
    past_track::Entity::delete_many().filter(past_track::Column::EndedMs.lt(at_ms)).exec(database).await?;
    past_participant::Entity::delete_many().filter(past_participant::Column::EndedMs.lt(at_ms)).exec(database).await?;
    past_room::Entity::delete_many().filter(past_room::Column::EndedMs.lt(at_ms)).exec(database).await?;
    Ok(())
}

async fn room_made<C: ConnectionTrait>(database: &C, record: &RoomRecord) -> Result<(), DbErr> {
    let row = past_room::ActiveModel {
        room: Set(number(record.room.number())),
        name: Set(storable(&record.name)),
        made_by: Set(record.made_by.0.to_owned()),
        began_ms: Set(number(record.created_ms)),
        joins: Set(0),
        ..Default::default()
    };
    past_room::Entity::insert(row).exec_without_returning(database).await?;
    Ok(())
}

async fn joined<C: ConnectionTrait>(
    database: &C,
    record: &RoomRecord,
    participant: &ParticipantInfo,
) -> Result<(), DbErr> {
    let room = number(record.room.number());
    let row = past_participant::ActiveModel {
        room: Set(room),
        room_name: Set(storable(&record.name)),
        participant: Set(number(participant.id.number())),
        identity: Set(storable(&participant.identity)),
        kind: Set(words::kind(participant.kind).to_owned()),
        protocol: Set(participant.protocol.0.to_owned()),
        platform: Set(storable(&participant.platform)),
        began_ms: Set(number(participant.joined_ms)),
        ..Default::default()
    };
    past_participant::Entity::insert(row).exec_without_returning(database).await?;
    past_room::Entity::update_many()
        .col_expr(past_room::Column::Joins, ExprTrait::add(Expr::col(past_room::Column::Joins), 1))
        .filter(past_room::Column::Room.eq(room))
        .exec(database)
        .await?;
    Ok(())
}

async fn left<C: ConnectionTrait>(
    database: &C,
    room: i64,
    participant: &ParticipantInfo,
    at_ms: u64,
    reason: LeaveReason,
) -> Result<(), DbErr> {
    past_participant::Entity::update_many()
        .col_expr(past_participant::Column::EndedMs, Expr::value(number(at_ms)))
        .col_expr(past_participant::Column::Reason, Expr::value(words::leave(reason)))
        .filter(past_participant::Column::Room.eq(room))
        .filter(past_participant::Column::Participant.eq(number(participant.id.number())))
        .filter(past_participant::Column::EndedMs.is_null())
        .exec(database)
        .await?;
    Ok(())
}

async fn published<C: ConnectionTrait>(
    database: &C,
    record: &RoomRecord,
    publisher: &ParticipantInfo,
    stream: &StreamInfo,
    track: &TrackInfo,
) -> Result<(), DbErr> {
    let row = past_track::ActiveModel {
        room: Set(number(record.room.number())),
        participant: Set(number(publisher.id.number())),
        stream: Set(number(stream.id.number())),
        track: Set(number(track.id.number())),
        kind: Set(words::media(track.spec.kind).to_owned()),
        source: Set(words::source(track.spec.source).to_owned()),
        codec: Set(words::codec(track.codec)),
        began_ms: Set(number(record.at_ms)),
        ..Default::default()
    };
    past_track::Entity::insert(row).exec_without_returning(database).await?;
    Ok(())
}

/// Ends those of somebody's tracks that have not ended yet.
async fn end_tracks<C: ConnectionTrait>(
    database: &C,
    room: i64,
    publisher: &ParticipantInfo,
    of: Expr,
    at_ms: u64,
    reason: &str,
) -> Result<(), DbErr> {
    past_track::Entity::update_many()
        .col_expr(past_track::Column::EndedMs, Expr::value(number(at_ms)))
        .col_expr(past_track::Column::Reason, Expr::value(reason))
        .filter(past_track::Column::Room.eq(room))
        .filter(past_track::Column::Participant.eq(number(publisher.id.number())))
        .filter(of)
        .filter(past_track::Column::EndedMs.is_null())
        .exec(database)
        .await?;
    Ok(())
}

async fn end_room<C: ConnectionTrait>(database: &C, room: i64, at_ms: u64, reason: &str) -> Result<(), DbErr> {
    past_room::Entity::update_many()
        .col_expr(past_room::Column::EndedMs, Expr::value(number(at_ms)))
        .col_expr(past_room::Column::Reason, Expr::value(reason))
        .filter(past_room::Column::Room.eq(room))
        .filter(past_room::Column::EndedMs.is_null())
        .exec(database)
        .await?;
    Ok(())
}

/// Ends all participants and tracks, or those of one room.
async fn end_within<C: ConnectionTrait>(
    database: &C,
    room: Option<i64>,
    at_ms: u64,
    reason: &str,
) -> Result<(), DbErr> {
    let mut tracks = past_track::Entity::update_many()
        .col_expr(past_track::Column::EndedMs, Expr::value(number(at_ms)))
        .col_expr(past_track::Column::Reason, Expr::value(reason))
        .filter(past_track::Column::EndedMs.is_null());
    let mut participants = past_participant::Entity::update_many()
        .col_expr(past_participant::Column::EndedMs, Expr::value(number(at_ms)))
        .col_expr(past_participant::Column::Reason, Expr::value(reason))
        .filter(past_participant::Column::EndedMs.is_null());
    if let Some(room) = room {
        tracks = tracks.filter(past_track::Column::Room.eq(room));
        participants = participants.filter(past_participant::Column::Room.eq(room));
    }
    tracks.exec(database).await?;
    participants.exec(database).await?;
    Ok(())
}

/// A text as every database takes it: PostgreSQL has no zeros in texts.
pub(super) fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
