//! An event that happened: the same as in the CDR.
use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    /// Its number, rising: the order in which rows were written.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The id under which receivers see it.
    pub event_id: String,
    /// Its name.
    pub name: String,
    /// The number of the room's id.
    pub room: i64,
    /// The room's name.
    pub room_name: String,
    /// When, ms since 1970.
    pub at_ms: i64,
    /// Its fields, JSON.
    #[sea_orm(column_type = "Text")]
    pub fields: String,
}

/// Rows that it refers to: none by the database's own rules.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
