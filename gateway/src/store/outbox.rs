//! The outbox as those see it who deliver: what waits, what is delivered, what is given up.
use super::entity::webhook_outbox::{ActiveModel, Column, Entity, Model};
use super::repository::number;
use crate::webhook::Letter;
use sea_orm::entity::prelude::*;
use sea_orm::{DatabaseConnection, DbErr, QueryOrder, QuerySelect, Set};

/// Characters of a complaint that are kept.
const COMPLAINT_CHARS_MAX: usize = 300;

/// The outbox; cheap to clone.
#[derive(Clone)]
pub struct Outbox {
    database: DatabaseConnection,
}

/// A letter that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The letter.
    pub letter: Letter,
    /// When it was given up, ms since 1970.
    pub dead_ms: u64,
    /// Why.
    pub complaint: String,
}

impl Outbox {
    pub(super) fn new(database: DatabaseConnection) -> Self {
        Self { database }
    }

    pub(super) const fn database(&self) -> &DatabaseConnection {
        &self.database
    }

    /// The next letters to this endpoint after the one of this number, in their order.
    pub async fn waiting(&self, endpoint: &str, after: i64, limit: u64) -> Result<Vec<Letter>, DbErr> {
        let rows = Entity::find()
            .filter(Column::Endpoint.eq(endpoint))
            .filter(Column::DeadMs.is_null())
            .filter(Column::Id.gt(after))
            .order_by_asc(Column::Id)
            .limit(limit);
        Ok(rows.all(&self.database).await?.into_iter().map(letter).collect())
    }

    /// All letters to this endpoint up to the one of this number are delivered.
    pub async fn settle(&self, endpoint: &str, through: i64) -> Result<(), DbErr> {
        Entity::delete_many()
            .filter(Column::Endpoint.eq(endpoint))
            .filter(Column::DeadMs.is_null())
            .filter(Column::Id.lte(through))
            .exec(&self.database)
            .await?;
        Ok(())
    }

    /// A letter is given up.
    pub async fn bury(&self, id: i64, complaint: &str, now_ms: u64) -> Result<(), DbErr> {
        let complaint: String = complaint.chars().take(COMPLAINT_CHARS_MAX).collect();
        let row = ActiveModel {
            id: Set(id),
            dead_ms: Set(Some(number(now_ms))),
            complaint: Set(Some(complaint)),
            ..Default::default()
        };
        Entity::update_many().set(row).filter(Column::Id.eq(id)).exec(&self.database).await?;
        Ok(())
    }

    /// Asks the database for a sign of life.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.database.ping().await
    }

    /// The letters that were given up, oldest first.
    pub async fn dead(&self, limit: u64) -> Result<Vec<DeadLetter>, DbErr> {
        let rows = Entity::find().filter(Column::DeadMs.is_not_null()).order_by_asc(Column::Id).limit(limit);
        let dead = |row: Model| DeadLetter {
            dead_ms: row.dead_ms.and_then(|at| u64::try_from(at).ok()).unwrap_or_default(),
            complaint: row.complaint.clone().unwrap_or_default(),
            letter: letter(row),
        };
        Ok(rows.all(&self.database).await?.into_iter().map(dead).collect())
    }
}

fn letter(row: Model) -> Letter {
    Letter {
        id: row.id,
        event_id: row.event_id,
        created_ms: u64::try_from(row.created_ms).unwrap_or_default(),
        body: row.body,
        traceparent: row.traceparent,
    }
}
