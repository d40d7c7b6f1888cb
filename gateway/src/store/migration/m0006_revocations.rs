//! Tokens that were revoked.
use super::columns::{long, text};
use sea_orm_migration::prelude::*;

/// The step.
pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m0006_revocations"
    }
}

#[derive(DeriveIden)]
enum TokenRevocation {
    Table,
    Room,
    Identity,
    BeforeS,
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut key = Index::create().col(TokenRevocation::Room).col(TokenRevocation::Identity).to_owned();
        let table = Table::create()
            .table(TokenRevocation::Table)
            .col(text(TokenRevocation::Room))
            .col(text(TokenRevocation::Identity))
            .col(long(TokenRevocation::BeforeS))
            .primary_key(&mut key)
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(TokenRevocation::Table).to_owned()).await
    }
}
