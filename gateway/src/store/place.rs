//! Where the database is: a file in the data folder, or a PostgreSQL server by its URL; and how it is spoken to.
//!
//! Reads a URL, shows it without its password. Opens nothing: that is [`super::connect`]'s.
use crate::config::Secret;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file's name in the data folder.
const FILE: &str = "viaduct.db";
/// How `database.url` may begin.
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// How `sslmode` may be, with `sslmode` and `ssl-mode` the names that drivers know it under.
const SSL_MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/// `database.url` cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum UrlError {
    /// It is no such URL.
    #[error("write postgres://user:password@host:port/name, or leave it unset for SQLite in the data folder")]
    Form,
    /// It asks for TLS in a way that there is none of.
    #[error("sslmode is one of disable, allow, prefer, require, verify-ca, verify-full")]
    SslMode,
}

/// A PostgreSQL database.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PostgresUrl {
    url: Secret,
    shown: String,
}

impl PostgresUrl {
    /// Reads a URL.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let text = text.trim();
        let rest = SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme)).ok_or(UrlError::Form)?;
        let (authority, path) = rest.split_once('/').ok_or(UrlError::Form)?;
        let (name, query) = path.split_once('?').unwrap_or((path, ""));
        // The host may be said in the query too: a folder with a Unix socket.
        let asked = query.split('&').find_map(|pair| pair.strip_prefix("host="));
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let host = asked.filter(|_| host.is_empty()).unwrap_or(host);
        if name.is_empty() || host.is_empty() || text.contains(char::is_whitespace) {
            return Err(UrlError::Form);
        }
        let names = ["sslmode=", "ssl-mode="];
        let mut modes = query.split('&').filter_map(|pair| names.iter().find_map(|name| pair.strip_prefix(name)));
        if !modes.all(|mode| SSL_MODES.contains(&mode)) {
            return Err(UrlError::SslMode);
        }
        Ok(Self { url: Secret::new(format!("{}{rest}", SCHEMES[0])), shown: format!("PostgreSQL {host}/{name}") })
    }

    pub(super) fn expose(&self) -> &str {
        self.url.expose()
    }
}

/// How much a failure may cost.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Durability {
    /// What was acknowledged survives the kill of this server, and the machine's power cut.
    #[default]
    Full,
    /// It survives the kill of this server; a power cut, or a crash of PostgreSQL, may cost the last second.
    Relaxed,
    /// Answers do not wait for the database: a kill of this server may cost the last flush interval.
    None,
}

impl Durability {
    /// The words of the setting.
    pub const WORDS: [&'static str; 3] = ["full", "relaxed", "none"];

    /// Reads one of them.
    pub fn from_word(word: &str) -> Self {
        match word {
            "relaxed" => Self::Relaxed,
            "none" => Self::None,
            _ => Self::Full,
        }
    }

    /// True where the answer to an API call waits until what it caused is written.
    pub fn answers_wait(self) -> bool {
        match self {
            Self::Full | Self::Relaxed => true,
            Self::None => false,
        }
    }

    /// True where a write waits until it is on the disk.
    pub(super) fn is_on_disk(self) -> bool {
        match self {
            Self::Full => true,
            Self::Relaxed | Self::None => false,
        }
    }
}

/// The settings of the connection.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// PostgreSQL; `None`: SQLite in the data folder.
    pub postgres: Option<PostgresUrl>,
    /// Connections to PostgreSQL at most.
    pub pool_size: u32,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long one transaction may take.
    pub write_timeout: Duration,
    /// What a failure may cost.
    pub durability: Durability,
}

impl DatabaseSettings {
    /// Where the database is.
    pub fn place(&self, data_dir: &Path) -> Place {
        match &self.postgres {
            Some(url) => Place::Postgres(url.clone()),
            None => Place::File(data_dir.join(FILE)),
        }
    }
}

/// Where the database is; shown without secrets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// A file.
    File(PathBuf),
    /// A server.
    Postgres(PostgresUrl),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "SQLite {}", path.display()),
            Self::Postgres(url) => f.write_str(&url.shown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_password() {
        let cases = [
            ("postgres://via:hush@db.example:5433/calls", "PostgreSQL db.example:5433/calls"),
            ("postgresql://via:hu@sh@db/calls?sslmode=require", "PostgreSQL db/calls"),
            ("postgres:///calls?host=/run/pg&user=via&password=hush", "PostgreSQL /run/pg/calls"),
        ];
        for (text, shown) in cases {
            let url = PostgresUrl::parse(text).unwrap();
            assert_eq!(Place::Postgres(url.clone()).to_string(), shown);
            assert!(!format!("{url:?}").contains("hu"), "{url:?}");
            assert!(url.expose().starts_with("postgres://") && url.expose().contains("hu"));
        }
    }

    #[test]
    fn what_is_no_url_of_postgresql_is_refused() {
        for text in ["", "calls", "mysql://a@b/c", "postgres://a:b@host", "postgres:///calls", "postgres://a b@h/c"] {
            assert_eq!(PostgresUrl::parse(text), Err(UrlError::Form), "{text}");
        }
        for mode in SSL_MODES {
            assert!(PostgresUrl::parse(&format!("postgres://a:b@c/d?sslmode={mode}")).is_ok(), "{mode}");
        }
        for query in ["sslmode=required", "sslmode=", "host=h&ssl-mode=verify_full", "sslmode=disable&sslmode=on"] {
            assert_eq!(PostgresUrl::parse(&format!("postgres://a:b@c/d?{query}")), Err(UrlError::SslMode), "{query}");
        }
    }

    #[test]
    fn without_a_url_the_database_is_a_file_of_the_data_folder() {
        let settings = DatabaseSettings {
            postgres: None,
            pool_size: 1,
            connect_timeout: Duration::from_secs(1),
            write_timeout: Duration::from_secs(1),
            durability: Durability::Full,
        };
        assert_eq!(settings.place(Path::new("/d")), Place::File("/d/viaduct.db".into()));
    }
}
