//! Admin API requests with idempotency keys: that they were begun, and what they were answered. Kept for a day, at most
//! [`ANSWERS_MAX`] of them. What a key means to whoever sends it is not decided here.
use super::entity::answer::{ActiveModel, Column, Entity, Model};
use super::repository::number;
use sea_orm::entity::prelude::*;
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, PaginatorTrait, QueryOrder, QuerySelect, Set, TransactionTrait,
};
use std::time::Duration;

/// Requests that are remembered; the oldest go first.
pub const ANSWERS_MAX: u64 = 1_024;
/// How long they are, ms.
pub const ANSWERS_KEPT_MS: u64 = 24 * 3_600 * 1_000;
/// Bytes of a body that is kept.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// The requests; cheap to clone.
#[derive(Clone, Debug)]
pub struct AnswerTable {
    database: DatabaseConnection,
    patience: Duration,
}

/// An answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredAnswer {
    /// The HTTP status.
    pub status: u16,
    /// Headers that belong to it.
    pub headers: Vec<(String, String)>,
    /// The body; `None`: it is longer than [`ANSWER_BYTES_MAX`], or no text.
    pub body: Option<String>,
}

/// What is known of a key that somebody comes with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KnownKey {
    /// Nothing: it is begun now.
    New,
    /// It came with another request.
    Other,
    /// It was begun and never answered.
    Begun,
    /// It was answered.
    Answered(StoredAnswer),
}

/// The database does not say, or does not take it.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// It said so.
    #[error(transparent)]
    Database(#[from] DbErr),
    /// It does not answer.
    #[error("no answer in {0:?}")]
    Slow(Duration),
}

impl AnswerTable {
    /// In this database, of which each transaction may take `patience`.
    pub(super) const fn new(database: DatabaseConnection, patience: Duration) -> Self {
        Self { database, patience }
    }

    /// Begins `request` under this key, or says what is known of it. `again`: who asks knows that what was begun was not done,
    /// and does it anew.
    pub async fn begin(&self, key: &str, request: &str, again: bool, now_ms: u64) -> Result<KnownKey, AnswerError> {
        self.in_time(async {
            let transaction = self.database.begin().await?;
            forget(&transaction, now_ms).await?;
            let known = match Entity::find_by_id(key.to_owned()).one(&transaction).await? {
                Some(row) if row.request != request => KnownKey::Other,
                Some(Model { status: Some(status), headers, body, .. }) => {
                    let headers = headers.and_then(|headers| serde_json::from_str(&headers).ok()).unwrap_or_default();
                    KnownKey::Answered(StoredAnswer { status: u16::try_from(status).unwrap_or(500), headers, body })
                }
                Some(_) if again => KnownKey::New,
                Some(_) => KnownKey::Begun,
                None => {
                    let row = ActiveModel {
                        idempotency_key: Set(key.to_owned()),
                        request: Set(request.to_owned()),
                        began_ms: Set(number(now_ms)),
                        status: Set(None),
                        headers: Set(None),
                        body: Set(None),
                    };
                    Entity::insert(row).exec_without_returning(&transaction).await?;
                    KnownKey::New
                }
            };
            transaction.commit().await?;
            Ok(known)
        })
        .await
    }

    /// What was begun under this key is answered so.
    pub async fn finish(&self, key: &str, answer: &StoredAnswer) -> Result<(), AnswerError> {
        let row = ActiveModel {
            status: Set(Some(i64::from(answer.status))),
            headers: Set(Some(serde_json::to_string(&answer.headers).unwrap_or_default())),
            body: Set(answer.body.clone()),
            ..Default::default()
        };
        let written = Entity::update_many().set(row).filter(Column::IdempotencyKey.eq(key));
        self.in_time(async { Ok(written.exec(&self.database).await.map(|_| ())?) }).await
    }

    /// What was begun under this key came to nothing: the key is new again.
    pub async fn strike(&self, key: &str) -> Result<(), AnswerError> {
        let struck = Entity::delete_many().filter(Column::IdempotencyKey.eq(key));
        self.in_time(async { Ok(struck.exec(&self.database).await.map(|_| ())?) }).await
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T, AnswerError>>) -> Result<T, AnswerError> {
        tokio::time::timeout(self.patience, work).await.unwrap_or(Err(AnswerError::Slow(self.patience)))
    }
}

/// Makes room for one more, and forgets what is too old.
async fn forget(transaction: &DatabaseTransaction, now_ms: u64) -> Result<(), DbErr> {
    let before = number(now_ms.saturating_sub(ANSWERS_KEPT_MS));
    Entity::delete_many().filter(Column::BeganMs.lt(before)).exec(transaction).await?;
    let count = Entity::find().count(transaction).await?;
    if count < ANSWERS_MAX {
        return Ok(());
    }
    let oldest: Vec<String> = Entity::find()
        .select_only()
        .column(Column::IdempotencyKey)
        .order_by_asc(Column::BeganMs)
        .order_by_asc(Column::IdempotencyKey)
        .limit(count - ANSWERS_MAX + 1)
        .into_tuple()
        .all(transaction)
        .await?;
    Entity::delete_many().filter(Column::IdempotencyKey.is_in(oldest)).exec(transaction).await?;
    Ok(())
}
