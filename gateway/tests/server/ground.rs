//! The grounds that the store stands on: a SQLite file and a PostgreSQL database, each new.
use crate::kit::Folder;
use crate::postgres::Postgres;
use gateway::config::{self, Config};
use gateway::rooms::{EffectRunner, Records};
use gateway::store::{PostgresUrl, Store, StoreSettings};
use gateway::webhook::Scribe;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use sfu_core::room::{Effect, StoredRoom};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// One of them.
pub struct Ground {
    pub folder: Folder,
    pub config: Config,
    pub name: &'static str,
    url: Option<String>,
}

impl Ground {
    /// A SQLite file.
    pub fn file() -> Self {
        let folder = Folder::new();
        let config = config::dev(&folder.0).unwrap();
        Self { folder, config, name: "SQLite", url: None }
    }

    /// A database at this URL.
    pub fn at(url: &str) -> Self {
        let mut ground = Self::file();
        ground.config.database.postgres = Some(PostgresUrl::parse(url).unwrap());
        (ground.name, ground.url) = ("PostgreSQL", Some(url.to_owned()));
        ground
    }

    /// Each that there is.
    pub fn all() -> Vec<Self> {
        let shared = Postgres::shared();
        std::iter::once(Self::file()).chain(shared.map(|url| Self::at(&url))).collect()
    }

    pub fn settings(&self) -> StoreSettings {
        StoreSettings { flush_interval: Duration::from_millis(1), ..self.config.events.store }
    }

    /// Opens the store and sets it to work.
    pub async fn open(&self) -> (Working, Vec<StoredRoom>) {
        self.open_with(self.settings()).await
    }

    pub async fn open_with(&self, settings: StoreSettings) -> (Working, Vec<StoredRoom>) {
        let (store, rooms) =
            Store::open(&self.folder.0, &self.config.database, settings, Scribe::default()).await.unwrap();
        let handles = store.handles();
        let (effects, jobs) = EffectRunner::queue(settings.queue_max, Records::All, handles.state.clone());
        (Working { effects, handles, task: tokio::spawn(store.run(jobs, Arc::default())) }, rooms)
    }

    /// What keeps all others from writing until the transaction ends.
    pub fn lock(&self) -> &'static str {
        match self.url {
            None => "BEGIN EXCLUSIVE",
            Some(_) => "BEGIN; LOCK TABLE batch_mark IN ACCESS EXCLUSIVE MODE",
        }
    }

    /// Looks at the database beside those who write to it.
    pub async fn beside(&self) -> DatabaseConnection {
        let file = format!("sqlite://{}", self.folder.0.join("viaduct.db").display());
        let url = self.url.clone().unwrap_or(file);
        let mut options = ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false);
        Database::connect(options).await.unwrap()
    }
}

/// A store at work.
pub struct Working {
    pub effects: EffectRunner,
    pub handles: gateway::store::StoreHandles,
    task: JoinHandle<Store>,
}

impl Working {
    /// Writes, and says whether it is written.
    pub async fn write(&self, effect: Effect) -> bool {
        assert!(effect.is_durable(), "nobody waits for {effect:?}");
        self.effects.run(effect, None).unwrap().await.unwrap_or(false)
    }

    /// Lets what is queued be written, and closes the database.
    pub async fn close(self) {
        drop(self.effects);
        self.task.await.unwrap().close().await;
    }
}

/// Does something to a database by its own words.
pub async fn tell(database: &DatabaseConnection, statement: &str) {
    database.execute_unprepared(statement).await.unwrap();
}
