//! Opens connections to the database where [`super::place`] says: one that writes and some that read (SQLite), or a pool
//! (PostgreSQL). Knows no tables.
use super::place::{DatabaseSettings, Durability, Place, PostgresUrl};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr};
use std::path::Path;
use std::time::Duration;

/// The name under which PostgreSQL shows our connections.
const APPLICATION: &str = "viaduct";
/// How long SQLite waits for somebody else's lock on the file.
const BUSY_TIMEOUT_MS: u64 = 1_000;
/// Connections that read a SQLite file beside the one that writes.
const FILE_READERS: u32 = 2;
/// A connection that was used within this time is not asked whether it still stands: its next statement says so.
const TRUSTED_FOR: Duration = Duration::from_secs(2);

/// The open database.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    /// For all that writes, and for what must see its own writes.
    pub writer: DatabaseConnection,
    /// For lists that somebody wants to see: they keep nobody from writing.
    pub reader: DatabaseConnection,
}

impl Connections {
    /// Opens them.
    pub(super) async fn open(place: &Place, settings: &DatabaseSettings) -> Result<Self, DbErr> {
        match place {
            Place::File(path) => {
                let writer = file(path, settings.durability).await?;
                // The writer has made the file by now.
                Ok(Self { writer, reader: file_readers(path).await? })
            }
            Place::Postgres(url) => {
                let pool = postgres(url, settings).await?;
                Ok(Self { writer: pool.clone(), reader: pool })
            }
        }
    }

    /// Closes them.
    pub(super) async fn close(self) -> Result<(), DbErr> {
        self.reader.close().await?;
        self.writer.close().await
    }
}

async fn file(path: &Path, durability: Durability) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", path.display()));
    // One writer: SQLite has no more, and a queue in front of it is ours.
    options.max_connections(1).min_connections(1).sqlx_logging(false);
    let synchronous = if durability.is_on_disk() { "FULL" } else { "NORMAL" };
    options.map_sqlx_sqlite_opts(move |options| {
        options.pragma("journal_mode", "WAL").pragma("synchronous", synchronous).busy_timeout(busy_timeout())
    });
    let database = Database::connect(options).await?;
    database.execute_unprepared("SELECT 1").await?;
    Ok(database)
}

async fn file_readers(path: &Path) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=ro", path.display()));
    options.max_connections(FILE_READERS).min_connections(0).sqlx_logging(false);
    options.map_sqlx_sqlite_opts(|options| options.busy_timeout(busy_timeout()));
    Database::connect(options).await
}

fn busy_timeout() -> Duration {
    Duration::from_millis(BUSY_TIMEOUT_MS)
}

async fn postgres(url: &PostgresUrl, settings: &DatabaseSettings) -> Result<DatabaseConnection, DbErr> {
    // Over TLS: of the two libraries that rustls was built with it must be told one. `Err`: somebody has told it already.
    let _told = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut options = ConnectOptions::new(url.expose());
    options
        .max_connections(settings.pool_size)
        .min_connections(1)
        .acquire_timeout(settings.connect_timeout)
        .set_application_name(APPLICATION)
        .statement_timeout(settings.write_timeout)
        .test_before_acquire_if_idle_for(TRUSTED_FOR)
        .sqlx_logging(false);
    let commit = if settings.durability.is_on_disk() { "on" } else { "off" };
    options.map_sqlx_postgres_opts(move |options| options.options([("synchronous_commit", commit)]));
    Database::connect(options).await
}
