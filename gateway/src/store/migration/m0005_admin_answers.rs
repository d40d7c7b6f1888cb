//! Answers to admin API requests with idempotency keys.
use super::columns::{long, maybe_long, maybe_text, text};
use sea_orm_migration::prelude::*;

/// The step.
pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m0005_admin_answers"
    }
}

#[derive(DeriveIden)]
enum AdminAnswer {
    Table,
    IdempotencyKey,
    Request,
    BeganMs,
    Status,
    Headers,
    Body,
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let answer = Table::create()
            .table(AdminAnswer::Table)
            .col(text(AdminAnswer::IdempotencyKey).primary_key())
            .col(text(AdminAnswer::Request))
            .col(long(AdminAnswer::BeganMs))
            .col(maybe_long(AdminAnswer::Status))
            .col(maybe_text(AdminAnswer::Headers))
            .col(maybe_text(AdminAnswer::Body))
            .to_owned();
        manager.create_table(answer).await?;
        let by_time =
            Index::create().name("admin_answer_began").table(AdminAnswer::Table).col(AdminAnswer::BeganMs).to_owned();
        manager.create_index(by_time).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(AdminAnswer::Table).to_owned()).await
    }
}
