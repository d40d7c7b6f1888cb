//! The few kinds of columns that the tables are made of, the same on each database.
use sea_orm_migration::prelude::*;

/// The table's own rising number.
pub(super) fn numbered(name: impl IntoIden) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().auto_increment().primary_key().to_owned()
}

/// A number.
pub(super) fn long(name: impl IntoIden) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().to_owned()
}

/// A number or nothing.
pub(super) fn maybe_long(name: impl IntoIden) -> ColumnDef {
    ColumnDef::new(name).big_integer().to_owned()
}

/// A text of any length.
pub(super) fn text(name: impl IntoIden) -> ColumnDef {
    ColumnDef::new(name).text().not_null().to_owned()
}

/// A text or nothing.
pub(super) fn maybe_text(name: impl IntoIden) -> ColumnDef {
    ColumnDef::new(name).text().to_owned()
}
