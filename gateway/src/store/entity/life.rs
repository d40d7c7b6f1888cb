//! Something that began and has not ended: a room, a participant, a stream on its way.
use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "life")]
pub struct Model {
    /// Its number, rising: the order in which rows were written.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The number of the room's id.
    pub room: i64,
    /// Which, unique in its room.
    pub life: String,
    /// The fields of the event that began it, JSON.
    #[sea_orm(column_type = "Text")]
    pub fields: String,
}

/// Rows that it refers to: none by the database's own rules.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
