//! How often something of an API was used, by whom: counts that are added up over restarts. What is counted, and under
//! which names, is not decided here.
use super::entity::usage::{ActiveModel, Column, Entity, Model};
use super::lives::storable;
use super::repository::number;
use sea_orm::entity::prelude::*;
use sea_orm::{DatabaseConnection, DbErr, QueryOrder, Set, TransactionTrait};

/// The counts; cheap to clone.
#[derive(Clone, Debug)]
pub struct UsageTable {
    database: DatabaseConnection,
}

/// One thing that was used by one app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageRow {
    /// What kind of thing: a route, a method, an event, an option, an SDK, a refusal.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The value that was used, where it has values; else empty.
    pub value: String,
    /// Which app used it.
    pub app: String,
    /// How often.
    pub count: u64,
    /// When first, ms since 1970.
    pub first_ms: u64,
    /// When last, ms since 1970.
    pub last_ms: u64,
}

impl UsageTable {
    pub(super) fn new(database: DatabaseConnection) -> Self {
        Self { database }
    }

    /// Adds these to what is there, all or none.
    pub async fn add(&self, rows: &[UsageRow]) -> Result<(), DbErr> {
        let transaction = self.database.begin().await?;
        for row in rows {
            let [kind, name, value, app] = [&row.kind, &row.name, &row.value, &row.app].map(|text| storable(text));
            let key = (kind.clone(), name.clone(), value.clone(), app.clone());
            match Entity::find_by_id(key).one(&transaction).await? {
                Some(known) => {
                    let known = ActiveModel {
                        count: Set(known.count.saturating_add(number(row.count))),
                        first_ms: Set(known.first_ms.min(number(row.first_ms))),
                        last_ms: Set(known.last_ms.max(number(row.last_ms))),
                        ..known.into()
                    };
                    Entity::update(known).exec(&transaction).await?;
                }
                None => {
                    let new = ActiveModel {
                        kind: Set(kind),
                        name: Set(name),
                        value: Set(value),
                        app: Set(app),
                        count: Set(number(row.count)),
                        first_ms: Set(number(row.first_ms)),
                        last_ms: Set(number(row.last_ms)),
                    };
                    Entity::insert(new).exec_without_returning(&transaction).await?;
                }
            }
        }
        transaction.commit().await
    }

    /// All of them, in the order of their keys.
    pub async fn all(&self) -> Result<Vec<UsageRow>, DbErr> {
        let rows = Entity::find()
            .order_by_asc(Column::App)
            .order_by_asc(Column::Kind)
            .order_by_asc(Column::Name)
            .order_by_asc(Column::Value);
        Ok(rows.all(&self.database).await?.into_iter().map(row).collect())
    }
}

fn row(row: Model) -> UsageRow {
    let whole = |number: i64| u64::try_from(number).unwrap_or_default();
    UsageRow {
        kind: row.kind,
        name: row.name,
        value: row.value,
        app: row.app,
        count: whole(row.count),
        first_ms: whole(row.first_ms),
        last_ms: whole(row.last_ms),
    }
}
