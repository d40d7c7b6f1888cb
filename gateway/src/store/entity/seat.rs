//! A seat that nobody has taken yet.
use sea_orm::entity::prelude::*;

/// A row. Its token and grant are secrets.
#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seat")]
pub struct Model {
    /// The number of the participant's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub participant: i64,
    /// The number of the room's id.
    pub room: i64,
    /// When it was made, ms since 1970.
    pub created_ms: i64,
    /// The token that opens it.
    pub token: String,
    /// What its participant will be and may, JSON.
    #[sea_orm(column_type = "Text")]
    pub grant: String,
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seat").field("participant", &self.participant).field("room", &self.room).finish_non_exhaustive()
    }
}

/// Rows that it refers to: none by the database's own rules.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
