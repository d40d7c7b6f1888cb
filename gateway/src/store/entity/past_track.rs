//! A track that was published, and maybe is no longer: the history's.
use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "past_track")]
pub struct Model {
    /// Its number, rising: the order in which rows were written.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The number of the room's id.
    pub room: i64,
    /// The number of its publisher's id.
    pub participant: i64,
    /// The number of its stream's id, which is its publisher's own.
    pub stream: i64,
    /// The number of its id.
    pub track: i64,
    /// `audio` or `video`.
    pub kind: String,
    /// What it shows: camera, microphone, screen.
    pub source: String,
    /// Its codec.
    pub codec: String,
    /// When it was published, ms since 1970.
    pub began_ms: i64,
    /// When it ended, ms since 1970.
    pub ended_ms: Option<i64>,
    /// Why.
    pub reason: Option<String>,
}

/// Rows that it refers to: none by the database's own rules.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
