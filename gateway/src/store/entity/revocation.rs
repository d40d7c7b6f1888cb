//! Tokens that open their room no more: of whom, and from before when.
use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "token_revocation")]
pub struct Model {
    /// The room's name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub room: String,
    /// Whose tokens.
    #[sea_orm(primary_key, auto_increment = false)]
    pub identity: String,
    /// Those that are valid from before this time, seconds since 1970.
    pub before_s: i64,
}

/// Rows that it refers to: none by the database's own rules.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
