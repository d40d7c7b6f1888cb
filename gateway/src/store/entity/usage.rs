//! How often something of an API was used, by whom. Holds no room, no person, no address.
use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_usage")]
pub struct Model {
    /// What kind of thing: a route, a method, an event, an option, an SDK, a refusal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    /// Its name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The value that was used, where it has values; else empty.
    #[sea_orm(primary_key, auto_increment = false)]
    pub value: String,
    /// Which app used it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub app: String,
    /// How often.
    pub count: i64,
    /// When first, ms since 1970.
    pub first_ms: i64,
    /// When last, ms since 1970.
    pub last_ms: i64,
}

/// Rows that it refers to: none by the database's own rules.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
