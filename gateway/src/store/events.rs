//! Events, open lives and letters, as rows: written with the effects that cause them, in their transaction.
use super::entity::{event, life, webhook_outbox};
use super::lives::storable;
use super::repository::number;
use crate::telemetry::TraceContext;
use crate::webhook::{Entry, LifeChange, Scribe};
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, DbErr, QueryOrder, Set};
use sfu_core::id::RoomId;
use sfu_core::room::RoomRecord;
use std::collections::BTreeSet;

/// Writes what a room's record means to those who are told.
pub(super) async fn record<C: ConnectionTrait>(
    database: &C,
    scribe: &Scribe,
    record: &RoomRecord,
    trace: Option<TraceContext>,
) -> Result<(), DbErr> {
    write(database, (number(record.room.number()), &record.name), scribe.entries(record), trace).await
}

/// A room broke down: what was live in it ends, itself too.
pub(super) async fn broken<C: ConnectionTrait>(
    database: &C,
    scribe: &Scribe,
    room: RoomId,
    now_ms: u64,
) -> Result<(), DbErr> {
    end_lives(database, scribe, number(room.number()), true, now_ms).await
}

/// A room ended in order: what is still noted as live in it (a room that v2 collects without a word) is forgotten.
pub(super) async fn forget<C: ConnectionTrait>(database: &C, room: RoomId) -> Result<(), DbErr> {
    let of_room = life::Column::Room.eq(number(room.number()));
    life::Entity::delete_many().filter(of_room).exec(database).await?;
    Ok(())
}

/// The server was started: what was live before ends; rooms that are not taken up end too.
pub(super) async fn restarted<C: ConnectionTrait>(
    database: &C,
    scribe: &Scribe,
    taken_up: &BTreeSet<i64>,
    now_ms: u64,
) -> Result<(), DbErr> {
    let mut rooms: Vec<i64> = Vec::new();
    for row in life::Entity::find().order_by_asc(life::Column::Id).all(database).await? {
        if !rooms.contains(&row.room) {
            rooms.push(row.room);
        }
    }
    for room in rooms {
        end_lives(database, scribe, room, !taken_up.contains(&room), now_ms).await?;
    }
    Ok(())
}

/// Events from before this time are forgotten.
pub(super) async fn forget_before<C: ConnectionTrait>(database: &C, at_ms: u64) -> Result<(), DbErr> {
    event::Entity::delete_many().filter(event::Column::AtMs.lt(number(at_ms))).exec(database).await?;
    Ok(())
}

async fn end_lives<C: ConnectionTrait>(
    database: &C,
    scribe: &Scribe,
    room: i64,
    room_too: bool,
    now_ms: u64,
) -> Result<(), DbErr> {
    let rows = life::Entity::find().filter(life::Column::Room.eq(room)).order_by_asc(life::Column::Id);
    let open: Vec<(String, String)> = rows.all(database).await?.into_iter().map(|row| (row.life, row.fields)).collect();
    if open.is_empty() {
        return Ok(());
    }
    let ends = scribe.crashed(open, room_too, now_ms);
    let name = ends.first().map(|entry| entry.room_name.clone()).unwrap_or_default();
    write(database, (room, &name), ends, None).await
}

async fn write<C: ConnectionTrait>(
    database: &C,
    (room, room_name): (i64, &str),
    entries: Vec<Entry>,
    trace: Option<TraceContext>,
) -> Result<(), DbErr> {
    for entry in entries {
        match entry.life {
            LifeChange::None => {}
            LifeChange::Begins(name) => {
                let row = life::ActiveModel {
                    room: Set(room),
                    life: Set(name),
                    fields: Set(entry.fields.clone()),
                    ..Default::default()
                };
                life::Entity::insert(row).exec_without_returning(database).await?;
            }
            LifeChange::Ends(name) => {
                life::Entity::delete_many()
                    .filter(life::Column::Room.eq(room))
                    .filter(life::Column::Life.eq(name))
                    .exec(database)
                    .await?;
            }
        }
        let row = event::ActiveModel {
            event_id: Set(entry.event_id.clone()),
            name: Set(entry.name.to_owned()),
            room: Set(room),
            room_name: Set(storable(room_name)),
            at_ms: Set(number(entry.at_ms)),
            fields: Set(entry.fields),
            ..Default::default()
        };
        event::Entity::insert(row).exec_without_returning(database).await?;
        for (endpoint, body) in entry.letters {
            let row = webhook_outbox::ActiveModel {
                event_id: Set(entry.event_id.clone()),
                endpoint: Set(endpoint),
                created_ms: Set(number(entry.at_ms)),
                body: Set(body),
                traceparent: Set(trace.map(|trace| trace.child().to_string())),
                ..Default::default()
            };
            webhook_outbox::Entity::insert(row).exec_without_returning(database).await?;
        }
    }
    Ok(())
}
