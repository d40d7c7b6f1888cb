//! Which tokens were revoked, so that none of them is good again after a restart. Whether a token is one of them is asked
//! elsewhere, of what is in memory.
use super::entity::revocation::{ActiveModel, Column, Entity, Model};
use super::lives::storable;
use super::repository::number;
use sea_orm::entity::prelude::*;
use sea_orm::{DatabaseConnection, DbErr, QueryOrder, QuerySelect, Set, TransactionTrait};

/// The revocations; cheap to clone.
#[derive(Clone, Debug)]
pub struct RevocationTable {
    database: DatabaseConnection,
}

/// Tokens of one identity for one room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// The room's name.
    pub room: String,
    /// Whose tokens.
    pub identity: String,
    /// Those that are valid from before this time, seconds since 1970.
    pub before_s: u64,
}

impl RevocationTable {
    pub(super) fn new(database: DatabaseConnection) -> Self {
        Self { database }
    }

    /// Keeps a revocation; of two of the same tokens the one of more stays.
    pub async fn add(&self, revocation: &Revocation) -> Result<(), DbErr> {
        let Revocation { room, identity, before_s } = revocation;
        let (room, identity, before_s) = (storable(room), storable(identity), number(*before_s));
        let transaction = self.database.begin().await?;
        match Entity::find_by_id((room.clone(), identity.clone())).one(&transaction).await? {
            Some(Model { before_s: known, .. }) if known >= before_s => {}
            Some(known) => {
                let known = ActiveModel { before_s: Set(before_s), ..known.into() };
                Entity::update(known).exec(&transaction).await?;
            }
            None => {
                let new = ActiveModel { room: Set(room), identity: Set(identity), before_s: Set(before_s) };
                Entity::insert(new).exec_without_returning(&transaction).await?;
            }
        }
        transaction.commit().await
    }

    /// The latest of them, this many at most, latest first; the others are forgotten.
    pub async fn latest(&self, max: u64) -> Result<Vec<Revocation>, DbErr> {
        let rows = Entity::find().order_by_desc(Column::BeforeS).limit(max).all(&self.database).await?;
        if u64::try_from(rows.len()).is_ok_and(|found| found >= max)
            && let Some(last) = rows.last()
        {
            Entity::delete_many().filter(Column::BeforeS.lt(last.before_s)).exec(&self.database).await?;
        }
        let revocation = |Model { room, identity, before_s }| Revocation {
            room,
            identity,
            before_s: u64::try_from(before_s).unwrap_or_default(),
        };
        Ok(rows.into_iter().map(revocation).collect())
    }
}
