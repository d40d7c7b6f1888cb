//! What was: rooms, participants, tracks; how often APIs were used; the mark of the last batch.
use super::columns::{long, maybe_long, maybe_text, numbered, text};
use sea_orm_migration::prelude::*;

/// The step.
pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m0003_history"
    }
}

#[derive(DeriveIden)]
enum PastRoom {
    Table,
    Id,
    Room,
    Name,
    MadeBy,
    BeganMs,
    EndedMs,
    Reason,
    Joins,
}

#[derive(DeriveIden)]
enum PastParticipant {
    Table,
    Id,
    Room,
    RoomName,
    Participant,
    Identity,
    Kind,
    Protocol,
    Platform,
    BeganMs,
    EndedMs,
    Reason,
}

#[derive(DeriveIden)]
enum PastTrack {
    Table,
    Id,
    Room,
    Participant,
    Stream,
    Track,
    Kind,
    Source,
    Codec,
    BeganMs,
    EndedMs,
    Reason,
}

#[derive(DeriveIden)]
enum ApiUsage {
    Table,
    Kind,
    Name,
    Value,
    App,
    Count,
    FirstMs,
    LastMs,
}

#[derive(DeriveIden)]
enum BatchMark {
    Table,
    Id,
    Batch,
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(rooms()).await?;
        manager.create_table(participants()).await?;
        manager.create_table(tracks()).await?;
        for (name, table, column) in [
            ("past_room_room", PastRoom::Table.into_iden(), PastRoom::Room.into_iden()),
            ("past_room_name", PastRoom::Table.into_iden(), PastRoom::Name.into_iden()),
            ("past_room_ended", PastRoom::Table.into_iden(), PastRoom::EndedMs.into_iden()),
            ("past_participant_room", PastParticipant::Table.into_iden(), PastParticipant::Room.into_iden()),
            ("past_participant_ended", PastParticipant::Table.into_iden(), PastParticipant::EndedMs.into_iden()),
            ("past_track_room", PastTrack::Table.into_iden(), PastTrack::Room.into_iden()),
            ("past_track_ended", PastTrack::Table.into_iden(), PastTrack::EndedMs.into_iden()),
        ] {
            manager.create_index(Index::create().name(name).table(table).col(column).to_owned()).await?;
        }
        manager.create_table(usage()).await?;
        let mark = Table::create()
            .table(BatchMark::Table)
            .col(ColumnDef::new(BatchMark::Id).integer().not_null().primary_key())
            .col(long(BatchMark::Batch))
            .to_owned();
        manager.create_table(mark).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            BatchMark::Table.into_iden(),
            ApiUsage::Table.into_iden(),
            PastTrack::Table.into_iden(),
            PastParticipant::Table.into_iden(),
            PastRoom::Table.into_iden(),
        ] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn rooms() -> TableCreateStatement {
    Table::create()
        .table(PastRoom::Table)
        .col(numbered(PastRoom::Id))
        .col(long(PastRoom::Room))
        .col(text(PastRoom::Name))
        .col(text(PastRoom::MadeBy))
        .col(long(PastRoom::BeganMs))
        .col(maybe_long(PastRoom::EndedMs))
        .col(maybe_text(PastRoom::Reason))
        .col(long(PastRoom::Joins))
        .to_owned()
}

fn participants() -> TableCreateStatement {
    Table::create()
        .table(PastParticipant::Table)
        .col(numbered(PastParticipant::Id))
        .col(long(PastParticipant::Room))
        .col(text(PastParticipant::RoomName))
        .col(long(PastParticipant::Participant))
        .col(text(PastParticipant::Identity))
        .col(text(PastParticipant::Kind))
        .col(text(PastParticipant::Protocol))
        .col(text(PastParticipant::Platform))
        .col(long(PastParticipant::BeganMs))
        .col(maybe_long(PastParticipant::EndedMs))
        .col(maybe_text(PastParticipant::Reason))
        .to_owned()
}

fn tracks() -> TableCreateStatement {
    Table::create()
        .table(PastTrack::Table)
        .col(numbered(PastTrack::Id))
        .col(long(PastTrack::Room))
        .col(long(PastTrack::Participant))
        .col(long(PastTrack::Stream))
        .col(long(PastTrack::Track))
        .col(text(PastTrack::Kind))
        .col(text(PastTrack::Source))
        .col(text(PastTrack::Codec))
        .col(long(PastTrack::BeganMs))
        .col(maybe_long(PastTrack::EndedMs))
        .col(maybe_text(PastTrack::Reason))
        .to_owned()
}

fn usage() -> TableCreateStatement {
    let key =
        Index::create().col(ApiUsage::Kind).col(ApiUsage::Name).col(ApiUsage::Value).col(ApiUsage::App).to_owned();
    Table::create()
        .table(ApiUsage::Table)
        .col(text(ApiUsage::Kind))
        .col(text(ApiUsage::Name))
        .col(text(ApiUsage::Value))
        .col(text(ApiUsage::App))
        .col(long(ApiUsage::Count))
        .col(long(ApiUsage::FirstMs))
        .col(long(ApiUsage::LastMs))
        .primary_key(&mut key.clone())
        .to_owned()
}
