//! Where the database is, and how it is spoken to: `database.*`.
use super::keys;
use super::layer::Problem;
use super::resolve::Settings;
use crate::store::{DatabaseSettings, Durability, PostgresUrl};
use std::time::Duration;

pub(super) fn database(settings: &Settings, problems: &mut Vec<Problem>) -> DatabaseSettings {
    let seconds = |key| Duration::from_secs(settings.number(key));
    let postgres = match settings.text(&keys::DATABASE_URL) {
        "" => None,
        text => match PostgresUrl::parse(text) {
            Ok(url) => Some(url),
            Err(error) => {
                problems.push(Problem::new(settings.place(&keys::DATABASE_URL), format!("database.url: {error}")));
                None
            }
        },
    };
    DatabaseSettings {
        postgres,
        pool_size: settings.narrow(&keys::DATABASE_POOL),
        connect_timeout: seconds(&keys::DATABASE_CONNECT_TIMEOUT),
        write_timeout: seconds(&keys::DATABASE_WRITE_TIMEOUT),
        durability: Durability::from_word(settings.text(&keys::DATABASE_DURABILITY)),
    }
}
