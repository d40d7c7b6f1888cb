//! What an admin API request with an idempotency key was, and what it was answered.
use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "admin_answer")]
pub struct Model {
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub idempotency_key: String,
    /// What was asked, as a hash.
    pub request: String,
    /// When it was begun, ms since 1970.
    pub began_ms: i64,
    /// The HTTP status of the answer; `None`: there is none yet.
    pub status: Option<i64>,
    /// Its headers, a JSON list of pairs.
    pub headers: Option<String>,
    /// Its body; `None` beside a status: it is too long to be kept.
    pub body: Option<String>,
}

/// Rows that it refers to: none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
