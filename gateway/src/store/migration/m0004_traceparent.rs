//! Letters know the trace of whoever caused their event.
use super::columns::maybe_text;
use sea_orm_migration::prelude::*;

/// The step.
pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m0004_traceparent"
    }
}

#[derive(DeriveIden)]
enum WebhookOutbox {
    Table,
    Traceparent,
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = maybe_text(WebhookOutbox::Traceparent);
        manager.alter_table(Table::alter().table(WebhookOutbox::Table).add_column(column).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let without = Table::alter().table(WebhookOutbox::Table).drop_column(WebhookOutbox::Traceparent).to_owned();
        manager.alter_table(without).await
    }
}
