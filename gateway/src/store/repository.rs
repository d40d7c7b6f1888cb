//! Effects as changes of rows, and rows as rooms.
use super::entity::{room, seat};
use super::record::{GrantRecord, SettingsRecord};
use super::{events, lives};
use crate::clock;
use crate::telemetry::TraceContext;
use crate::webhook::Scribe;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, DbErr, Set};
use sfu_core::id::{ParticipantId, RoomId};
use sfu_core::room::{Effect, Grant, LeaveReason, Reservation, RoomSettings, StoredRoom};
use std::collections::HashMap;

/// Writes one effect, which somebody caused within `trace`.
pub(super) async fn apply<C: ConnectionTrait>(
    database: &C,
    scribe: &Scribe,
    effect: &Effect,
    trace: Option<TraceContext>,
) -> Result<(), DbErr> {
    match effect {
        Effect::RoomMade { room, name, settings, created_ms, by_api } => {
            let row = room::ActiveModel {
                id: Set(number(room.number())),
                name: Set(name.clone()),
                created_ms: Set(number(*created_ms)),
                by_api: Set(*by_api),
                settings: Set(json(&SettingsRecord::from(settings.as_ref()))?),
            };
            room::Entity::insert(row).exec_without_returning(database).await?;
        }
        Effect::RoomDescribed { room, settings } => {
            let settings = json(&SettingsRecord::from(settings.as_ref()))?;
            room::Entity::update_many()
                .col_expr(room::Column::Settings, Expr::value(settings))
                .filter(room::Column::Id.eq(number(room.number())))
                .exec(database)
                .await?;
        }
        Effect::RoomEnded { room, reason, .. } => {
            if *reason == LeaveReason::ServerFailure {
                let now_ms = clock::now().unix_ms;
                events::broken(database, scribe, *room, now_ms).await?;
                lives::broken(database, *room, now_ms).await?;
            } else {
                events::forget(database, *room).await?;
            }
            forget(database, number(room.number())).await?;
        }
        Effect::Happened(record) => {
            lives::record(database, record).await?;
            events::record(database, scribe, record, trace).await?;
        }
        Effect::SeatReserved { room, reservation } => reserve(database, *room, reservation).await?,
        Effect::SeatGone { participant, .. } => {
            seat::Entity::delete_by_id(number(participant.number())).exec(database).await?;
        }
    }
    Ok(())
}

async fn reserve<C: ConnectionTrait>(database: &C, room: RoomId, reservation: &Reservation) -> Result<(), DbErr> {
    let Some(participant) = reservation.grant.id else {
        return Err(DbErr::Custom("a reserved seat has no participant id".to_owned()));
    };
    let row = seat::ActiveModel {
        participant: Set(number(participant.number())),
        room: Set(number(room.number())),
        created_ms: Set(number(reservation.created_ms)),
        token: Set(reservation.token.clone()),
        grant: Set(json(&GrantRecord::from(&reservation.grant))?),
    };
    let again = OnConflict::column(seat::Column::Participant)
        .update_columns([seat::Column::Token, seat::Column::Grant])
        .to_owned();
    seat::Entity::insert(row).on_conflict(again).exec_without_returning(database).await?;
    Ok(())
}

async fn forget<C: ConnectionTrait>(database: &C, room: i64) -> Result<(), DbErr> {
    seat::Entity::delete_many().filter(seat::Column::Room.eq(room)).exec(database).await?;
    room::Entity::delete_by_id(room).exec(database).await?;
    Ok(())
}

/// The rooms to take up after a restart: those made by an API, and others for which seats were given out. The rest is
/// forgotten, with rows that cannot be read.
pub(super) async fn rooms<C: ConnectionTrait>(database: &C) -> Result<Vec<StoredRoom>, DbErr> {
    let mut seats: HashMap<i64, Vec<seat::Model>> = HashMap::new();
    for row in seat::Entity::find().all(database).await? {
        seats.entry(row.room).or_default().push(row);
    }
    let mut rooms = Vec::new();
    for row in room::Entity::find().all(database).await? {
        let seats = seats.remove(&row.id).unwrap_or_default();
        let wanted = row.by_api || !seats.is_empty();
        match read(&row, &seats).filter(|_| wanted) {
            Some(room) => rooms.push(room),
            None => {
                if wanted {
                    tracing::error!(room = row.name, "a stored room cannot be read and is forgotten");
                }
                forget(database, row.id).await?;
            }
        }
    }
    Ok(rooms)
}

/// True where a room can be taken up with its seats.
pub(super) fn is_readable(row: &room::Model, seats: &[seat::Model]) -> bool {
    read(row, seats).is_some()
}

fn read(row: &room::Model, seats: &[seat::Model]) -> Option<StoredRoom> {
    let settings: SettingsRecord = serde_json::from_str(&row.settings).ok()?;
    Some(StoredRoom {
        id: RoomId::from_number(u64::try_from(row.id).ok()?)?,
        name: row.name.clone(),
        created_ms: u64::try_from(row.created_ms).ok()?,
        settings: RoomSettings::from(settings),
        reservations: seats.iter().map(reservation).collect::<Option<Vec<_>>>()?,
    })
}

fn reservation(row: &seat::Model) -> Option<Reservation> {
    let grant: GrantRecord = serde_json::from_str(&row.grant).ok()?;
    let mut grant = Grant::from(grant);
    grant.id = ParticipantId::from_number(u64::try_from(row.participant).ok()?);
    Some(Reservation { token: row.token.clone(), grant, created_ms: u64::try_from(row.created_ms).ok()? })
}

/// Numbers of ids and times fit, as ids stay below 2^59.
pub(super) fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn json(record: &impl serde::Serialize) -> Result<String, DbErr> {
    serde_json::to_string(record).map_err(|error| DbErr::Custom(error.to_string()))
}
