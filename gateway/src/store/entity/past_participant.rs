//! Somebody who joined, and maybe left: the history's. Holds no address and no metadata.
use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "past_participant")]
pub struct Model {
    /// Its number, rising: the order in which rows were written.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The number of the room's id.
    pub room: i64,
    /// The room's name.
    pub room_name: String,
    /// The number of the participant's id.
    pub participant: i64,
    /// Its identity.
    pub identity: String,
    /// What it is: a person, an agent, a recorder.
    pub kind: String,
    /// The signalling protocol that it came by.
    pub protocol: String,
    /// Its platform as the client described it.
    pub platform: String,
    /// When it joined, ms since 1970.
    pub began_ms: i64,
    /// When it left, ms since 1970.
    pub ended_ms: Option<i64>,
    /// Why.
    pub reason: Option<String>,
}

/// Rows that it refers to: none by the database's own rules.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
