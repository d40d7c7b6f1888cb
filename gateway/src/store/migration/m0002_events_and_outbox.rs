//! Events, what they are still open of, and what is to be delivered.
use sea_orm_migration::prelude::*;

/// The step.
pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m0002_events_and_outbox"
    }
}

#[derive(DeriveIden)]
#[expect(clippy::enum_variant_names, reason = "columns' names")]
enum Event {
    Table,
    Id,
    EventId,
    Name,
    Room,
    RoomName,
    AtMs,
    Fields,
}

#[derive(DeriveIden)]
#[expect(clippy::enum_variant_names, reason = "columns' names")]
enum Life {
    Table,
    Id,
    Room,
    Life,
    Fields,
}

#[derive(DeriveIden)]
enum WebhookOutbox {
    Table,
    Id,
    EventId,
    Endpoint,
    CreatedMs,
    Body,
    DeadMs,
    Complaint,
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let numbered =
            |name: DynIden| ColumnDef::new(name).big_integer().not_null().auto_increment().primary_key().to_owned();
        let event = Table::create()
            .table(Event::Table)
            .col(numbered(Event::Id.into_iden()))
            .col(ColumnDef::new(Event::EventId).string().not_null())
            .col(ColumnDef::new(Event::Name).string().not_null())
            .col(ColumnDef::new(Event::Room).big_integer().not_null())
            .col(ColumnDef::new(Event::RoomName).string().not_null())
            .col(ColumnDef::new(Event::AtMs).big_integer().not_null())
            .col(ColumnDef::new(Event::Fields).text().not_null())
            .to_owned();
        manager.create_table(event).await?;
        let by_time = Index::create().name("event_at").table(Event::Table).col(Event::AtMs).to_owned();
        manager.create_index(by_time).await?;
        let life = Table::create()
            .table(Life::Table)
            .col(numbered(Life::Id.into_iden()))
            .col(ColumnDef::new(Life::Room).big_integer().not_null())
            .col(ColumnDef::new(Life::Life).string().not_null())
            .col(ColumnDef::new(Life::Fields).text().not_null())
            .to_owned();
        manager.create_table(life).await?;
        let by_room = Index::create().name("life_room").table(Life::Table).col(Life::Room).col(Life::Life).to_owned();
        manager.create_index(by_room).await?;
        let outbox = Table::create()
            .table(WebhookOutbox::Table)
            .col(numbered(WebhookOutbox::Id.into_iden()))
            .col(ColumnDef::new(WebhookOutbox::EventId).string().not_null())
            .col(ColumnDef::new(WebhookOutbox::Endpoint).string().not_null())
            .col(ColumnDef::new(WebhookOutbox::CreatedMs).big_integer().not_null())
            .col(ColumnDef::new(WebhookOutbox::Body).text().not_null())
            .col(ColumnDef::new(WebhookOutbox::DeadMs).big_integer())
            .col(ColumnDef::new(WebhookOutbox::Complaint).string())
            .to_owned();
        manager.create_table(outbox).await?;
        let by_endpoint = Index::create()
            .name("webhook_outbox_endpoint")
            .table(WebhookOutbox::Table)
            .col(WebhookOutbox::Endpoint)
            .col(WebhookOutbox::Id)
            .to_owned();
        manager.create_index(by_endpoint).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(WebhookOutbox::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(Life::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(Event::Table).to_owned()).await
    }
}
