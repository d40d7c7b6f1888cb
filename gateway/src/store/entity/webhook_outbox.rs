//! A letter to a backend that has not been delivered yet, or never will be.
use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_outbox")]
pub struct Model {
    /// Its number, rising: the order in which rows were written.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The id of its event: the same at every attempt.
    pub event_id: String,
    /// The name of the endpoint that it goes to.
    pub endpoint: String,
    /// When its event happened, ms since 1970.
    pub created_ms: i64,
    /// What is sent.
    #[sea_orm(column_type = "Text")]
    pub body: String,
    /// When it was given up, ms since 1970.
    pub dead_ms: Option<i64>,
    /// Why it was.
    pub complaint: Option<String>,
    /// The trace of whoever caused the event, as W3C's header writes it.
    #[sea_orm(column_type = "Text", nullable)]
    pub traceparent: Option<String>,
}

/// Rows that it refers to: none by the database's own rules.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
