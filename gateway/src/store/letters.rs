//! The outbox as operators see it: how much waits for whom, what was given up, and sending that once more.
use super::entity::webhook_outbox::{ActiveModel, Column, Entity, Model};
use super::outbox::Outbox;
use sea_orm::entity::prelude::*;
use sea_orm::{DbErr, QueryOrder, QuerySelect, Select, Set, TransactionTrait};
use std::collections::{BTreeMap, BTreeSet};

/// Letters that are sent once more by one call.
const REPLAYED_MAX: u64 = 1_000;

/// How much there is for one endpoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct EndpointCounts {
    /// Letters that wait.
    pub waiting: u64,
    /// When the event of the oldest of them happened, ms since 1970.
    pub oldest_waiting_ms: Option<u64>,
    /// Letters that were given up.
    pub dead: u64,
}

/// A letter of the outbox, waiting or given up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutboxLetter {
    /// Its number.
    pub id: i64,
    /// To which endpoint it goes.
    pub endpoint: String,
    /// The id of its event.
    pub event_id: String,
    /// When its event happened, ms since 1970.
    pub created_ms: u64,
    /// When it was given up, ms since 1970.
    pub dead_ms: Option<u64>,
    /// Why.
    pub complaint: Option<String>,
    /// What is sent.
    pub body: String,
}

/// Which letters.
#[derive(Clone, Debug, Default)]
pub struct LetterFilter {
    /// Those that were given up; else those that wait.
    pub dead: bool,
    /// Of this endpoint alone.
    pub endpoint: Option<String>,
    /// This one alone.
    pub id: Option<i64>,
}

impl LetterFilter {
    fn select(&self) -> Select<Entity> {
        let dead = if self.dead { Column::DeadMs.is_not_null() } else { Column::DeadMs.is_null() };
        let mut select = Entity::find().filter(dead).order_by_asc(Column::Id);
        if let Some(endpoint) = &self.endpoint {
            select = select.filter(Column::Endpoint.eq(endpoint));
        }
        if let Some(id) = self.id {
            select = select.filter(Column::Id.eq(id));
        }
        select
    }
}

impl Outbox {
    /// How much there is for each endpoint that there is anything for.
    pub async fn counts(&self) -> Result<BTreeMap<String, EndpointCounts>, DbErr> {
        let mut counts: BTreeMap<String, EndpointCounts> = BTreeMap::new();
        for dead in [false, true] {
            let filter = if dead { Column::DeadMs.is_not_null() } else { Column::DeadMs.is_null() };
            let rows: Vec<(String, i64, Option<i64>)> = Entity::find()
                .select_only()
                .column(Column::Endpoint)
                .column_as(Column::Id.count(), "letters")
                .column_as(Column::CreatedMs.min(), "oldest")
                .filter(filter)
                .group_by(Column::Endpoint)
                .into_tuple()
                .all(self.database())
                .await?;
            for (endpoint, letters, oldest) in rows {
                let of_endpoint = counts.entry(endpoint).or_default();
                let letters = u64::try_from(letters).unwrap_or_default();
                if dead {
                    of_endpoint.dead = letters;
                } else {
                    of_endpoint.waiting = letters;
                    of_endpoint.oldest_waiting_ms = oldest.and_then(|at| u64::try_from(at).ok());
                }
            }
        }
        Ok(counts)
    }

    /// Letters after the one of this number, oldest first.
    pub async fn letters(&self, filter: &LetterFilter, after: i64, limit: u64) -> Result<Vec<OutboxLetter>, DbErr> {
        let rows = filter.select().filter(Column::Id.gt(after)).limit(limit).all(self.database()).await?;
        Ok(rows.into_iter().map(letter).collect())
    }

    /// Letters that were given up wait again, behind what waits already; gives how many, and for which endpoints.
    pub async fn replay(&self, filter: &LetterFilter) -> Result<(u64, BTreeSet<String>), DbErr> {
        let dead = LetterFilter { dead: true, ..filter.clone() };
        let transaction = self.database().begin().await?;
        let rows = dead.select().limit(REPLAYED_MAX).all(&transaction).await?;
        let (mut count, mut endpoints) = (0, BTreeSet::new());
        for row in rows {
            Entity::delete_by_id(row.id).exec(&transaction).await?;
            // A number of its own: couriers do not look behind those that they have.
            let again = ActiveModel {
                event_id: Set(row.event_id),
                endpoint: Set(row.endpoint.clone()),
                created_ms: Set(row.created_ms),
                body: Set(row.body),
                traceparent: Set(row.traceparent),
                ..Default::default()
            };
            Entity::insert(again).exec_without_returning(&transaction).await?;
            count += 1;
            endpoints.insert(row.endpoint);
        }
        transaction.commit().await?;
        Ok((count, endpoints))
    }
}

fn letter(row: Model) -> OutboxLetter {
    OutboxLetter {
        id: row.id,
        endpoint: row.endpoint,
        event_id: row.event_id,
        created_ms: u64::try_from(row.created_ms).unwrap_or_default(),
        dead_ms: row.dead_ms.and_then(|at| u64::try_from(at).ok()),
        complaint: row.complaint,
        body: row.body,
    }
}
