//! What one source of configuration says: settings with their place, and what is wrong with it.
use super::key::{Key, Raw};
use super::nearest::nearest;
use std::fmt;

/// How the complaint of an unknown key begins.
const UNKNOWN: &str = "unknown key ";

/// Where a value comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// The table.
    Default,
    /// A line of a file.
    Line(String, u64),
    /// An environment variable.
    Variable(String),
    /// A flag.
    Flag(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Line(path, line) => write!(f, "{path}:{line}"),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::Flag(name) => write!(f, "flag --{name}"),
        }
    }
}

/// A value of a setting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setting {
    /// Which.
    pub key: &'static Key,
    /// The value as it was written.
    pub raw: Raw,
    /// Where.
    pub place: Place,
}

/// Something wrong, with its place and what would be right.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Where.
    pub place: String,
    /// What.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.text)
    }
}

impl Problem {
    /// At a place.
    pub fn new(place: impl fmt::Display, text: impl Into<String>) -> Self {
        Self { place: place.to_string(), text: text.into() }
    }

    /// A key that nobody knows, with the nearest of those that are known.
    pub fn unknown<'a>(place: &Place, key: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let hint = nearest(key, known).map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        Self::new(place, format!("{UNKNOWN}{key}{hint}"))
    }

    /// True where it is one of those.
    pub fn is_unknown_key(&self) -> bool {
        self.text.starts_with(UNKNOWN)
    }
}

/// One source's whole word.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Layer {
    /// The settings, in their order.
    pub settings: Vec<Setting>,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// What is right but not acted upon.
    pub notes: Vec<Problem>,
    /// Nothing of it could be read: what it would have said is not known.
    pub unreadable: bool,
}
