//! A room that was made, and maybe ended: the history's.
use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "past_room")]
pub struct Model {
    /// Its number, rising: the order in which rows were written.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The number of the room's id.
    pub room: i64,
    /// Its name.
    pub name: String,
    /// Which face made it.
    pub made_by: String,
    /// When it was made, ms since 1970.
    pub began_ms: i64,
    /// When it ended, ms since 1970.
    pub ended_ms: Option<i64>,
    /// Why.
    pub reason: Option<String>,
    /// How many joined it so far.
    pub joins: i64,
}

/// Rows that it refers to: none by the database's own rules.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
