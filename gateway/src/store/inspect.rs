//! `viaduct db check`: is the database whole, of the present form, and can every row be read. Changes nothing.
use super::connect::Connections;
use super::entity::{life, past_participant, past_track, room, seat, webhook_outbox};
use super::open::StoreError;
use super::place::{DatabaseSettings, Place};
use super::{repository, schema};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, IsolationLevel, Statement, TransactionTrait};
use std::collections::HashSet;
use std::path::Path;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Where the database is, without secrets.
    pub place: String,
    /// What was looked at, with how much of it there is.
    pub counted: Vec<(&'static str, u64)>,
    /// What is wrong; empty: nothing.
    pub problems: Vec<String>,
}

/// Looks at the database.
pub async fn inspect(settings: &DatabaseSettings, data_dir: &Path) -> Result<Inspection, StoreError> {
    let place = settings.place(data_dir);
    let mut found = Inspection { place: place.to_string(), counted: Vec::new(), problems: Vec::new() };
    if let Place::File(path) = &place
        && !path.exists()
    {
        found.problems.push("there is no such file: `viaduct db up` makes it, a server's start too".to_owned());
        return Ok(found);
    }
    let failed = |source| StoreError::at(&place, source);
    let connections = Connections::open(&place, settings).await.map_err(failed)?;
    let database = &connections.writer;
    let status = schema::read(database, &place).await.map_err(failed)?;
    found.problems.extend(status.pending.iter().map(|step| format!("step {step} is missing: run `viaduct db up`")));
    found.problems.extend(status.unknown.iter().map(|step| format!("step {step} is a newer version's")));
    whole(database, &mut found).await.map_err(failed)?;
    if status.is_current() {
        // One moment of a database that is maybe written to meanwhile; SQLite's transactions are that by themselves.
        let is_postgres = database.get_database_backend() == DbBackend::Postgres;
        let isolation = is_postgres.then_some(IsolationLevel::RepeatableRead);
        let moment = database.begin_with_config(isolation, None).await.map_err(failed)?;
        rows(&moment, &mut found).await.map_err(failed)?;
        moment.rollback().await.map_err(failed)?;
    }
    connections.close().await.map_err(failed)?;
    Ok(found)
}

/// What the database itself says.
async fn whole<C: ConnectionTrait>(database: &C, found: &mut Inspection) -> Result<(), DbErr> {
    if database.get_database_backend() != DbBackend::Sqlite {
        return Ok(());
    }
    let asked = Statement::from_string(DbBackend::Sqlite, "PRAGMA integrity_check");
    for row in database.query_all_raw(asked).await? {
        let said: String = row.try_get_by_index(0)?;
        if said != "ok" {
            found.problems.push(format!("integrity: {said}"));
        }
    }
    Ok(())
}

/// Can every row be read, and do they refer to rows that are there.
async fn rows<C: ConnectionTrait>(database: &C, found: &mut Inspection) -> Result<(), DbErr> {
    let rooms = room::Entity::find().all(database).await?;
    let seats = seat::Entity::find().all(database).await?;
    let known: HashSet<i64> = rooms.iter().map(|room| room.id).collect();
    let mut names = HashSet::new();
    for room in &rooms {
        let own: Vec<seat::Model> = seats.iter().filter(|seat| seat.room == room.id).cloned().collect();
        if !repository::is_readable(room, &own) {
            found.problems.push(format!("room {:?} cannot be read", room.name));
        }
        if !names.insert(room.name.as_str()) {
            found.problems.push(format!("room {:?} is there twice", room.name));
        }
    }
    for seat in seats.iter().filter(|seat| !known.contains(&seat.room)) {
        found.problems.push(format!("seat {} belongs to no room", seat.participant));
    }
    let lives = life::Entity::find().all(database).await?;
    for life in lives.iter().filter(|life| serde_json::from_str::<serde_json::Value>(&life.fields).is_err()) {
        found.problems.push(format!("open life {:?} cannot be read", life.life));
    }
    let backwards = past_participant::Entity::find()
        .filter(ExprTrait::lt(
            Expr::col(past_participant::Column::EndedMs),
            Expr::col(past_participant::Column::BeganMs),
        ))
        .count(database)
        .await?;
    if backwards > 0 {
        found.problems.push(format!("{backwards} participants of the history left before they came"));
    }
    found.counted = vec![
        ("rooms", rooms.len() as u64),
        ("seats", seats.len() as u64),
        ("open lives", lives.len() as u64),
        ("letters", webhook_outbox::Entity::find().count(database).await?),
        ("events", super::entity::event::Entity::find().count(database).await?),
        ("participants of the history", past_participant::Entity::find().count(database).await?),
        ("answers of the admin API", super::entity::answer::Entity::find().count(database).await?),
        ("tracks of the history", past_track::Entity::find().count(database).await?),
    ];
    Ok(())
}
