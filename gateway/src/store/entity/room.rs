//! A room that lives.
use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "room")]
pub struct Model {
    /// The number of its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Its name.
    pub name: String,
    /// When it was made, ms since 1970.
    pub created_ms: i64,
    /// By an API: it is taken up after a restart even where it has no seats.
    pub by_api: bool,
    /// Its settings, JSON.
    #[sea_orm(column_type = "Text")]
    pub settings: String,
}

/// Rows that it refers to: none by the database's own rules.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
