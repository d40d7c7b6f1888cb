//! Rooms and their seats.
use sea_orm_migration::prelude::*;

/// The step.
pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m0001_rooms_and_seats"
    }
}

#[derive(DeriveIden)]
enum Room {
    Table,
    Id,
    Name,
    CreatedMs,
    ByApi,
    Settings,
}

#[derive(DeriveIden)]
enum Seat {
    Table,
    Participant,
    Room,
    CreatedMs,
    Token,
    Grant,
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let room = Table::create()
            .table(Room::Table)
            .col(ColumnDef::new(Room::Id).big_integer().not_null().primary_key())
            .col(ColumnDef::new(Room::Name).string().not_null())
            .col(ColumnDef::new(Room::CreatedMs).big_integer().not_null())
            .col(ColumnDef::new(Room::ByApi).boolean().not_null())
            .col(ColumnDef::new(Room::Settings).text().not_null())
            .to_owned();
        manager.create_table(room).await?;
        let seat = Table::create()
            .table(Seat::Table)
            .col(ColumnDef::new(Seat::Participant).big_integer().not_null().primary_key())
            .col(ColumnDef::new(Seat::Room).big_integer().not_null())
            .col(ColumnDef::new(Seat::CreatedMs).big_integer().not_null())
            .col(ColumnDef::new(Seat::Token).string().not_null())
            .col(ColumnDef::new(Seat::Grant).text().not_null())
            .to_owned();
        manager.create_table(seat).await?;
        let by_room = Index::create().name("seat_room").table(Seat::Table).col(Seat::Room).to_owned();
        manager.create_index(by_room).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Seat::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(Room::Table).to_owned()).await
    }
}
