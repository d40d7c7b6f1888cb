//! The table of what becomes of every part of OpenVidu v2 (`migration-guides/compat.yaml`), read and typed.
//!
//! The marks in the OpenAPI document, the pages of the guide and the usage report follow from it. Whether it is complete,
//! and whether the tests that it names exist, is checked where all crates are known (`tests/all`).
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::LazyLock;

const TEXT: &str = include_str!("../../migration-guides/compat.yaml");

/// The table cannot be read: never so in a build whose tests pass.
#[derive(Debug, thiserror::Error)]
#[error("the compat table cannot be read: {0}")]
pub struct CompatError(String);

/// What a row is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An operation of the REST API: `POST /openvidu/api/sessions`.
    Rest,
    /// A method of the JSON-RPC API.
    Rpc,
    /// A message that clients are sent unasked.
    Notification,
    /// An event of openvidu-browser: `Session@streamCreated`.
    Event,
    /// A value that an event comes with: `streamDestroyed: unpublish`.
    Value,
    /// A method of openvidu-browser: `Session.connect()`.
    Method,
    /// An option of a call or request with a value: `role: MODERATOR`.
    Option,
    /// An event of the webhook and of the CDR.
    Webhook,
    /// A name of the `.env`; with an underscore at its end all names that begin so.
    Config,
}

impl Kind {
    /// Every kind, in the order of the guide.
    pub const ALL: [Self; 9] = [
        Self::Rest,
        Self::Rpc,
        Self::Notification,
        Self::Option,
        Self::Method,
        Self::Event,
        Self::Value,
        Self::Webhook,
        Self::Config,
    ];
}

/// How an app moves it to LiveKit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// There is the same under another name.
    Direct,
    /// There is the like of another shape.
    Adapt,
    /// It is done in another way altogether.
    Redesign,
    /// There is no such thing.
    None,
}

impl State {
    /// Every state, from the easiest on.
    pub const ALL: [Self; 4] = [Self::Direct, Self::Adapt, Self::Redesign, Self::None];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Adapt => "adapt",
            Self::Redesign => "redesign",
            Self::None => "none",
        }
    }
}

/// What it does on this server.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Works {
    /// All that it did.
    Full,
    /// Some of it; the note says which.
    Part,
    /// It is answered with an explicit error.
    Refused,
    /// Nothing.
    No,
}

impl Works {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Part => "part",
            Self::Refused => "refused",
            Self::No => "no",
        }
    }
}

/// A part of v2.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its stable code: `OVM-0101`.
    pub code: String,
    /// What it is.
    pub kind: Kind,
    /// Its name in v2.
    pub v2: String,
    /// The version of v2 that first had it.
    pub since: String,
    /// How an app moves it.
    pub state: State,
    /// What it does here.
    pub works: Works,
    /// Where it went in LiveKit's API or protocol.
    #[serde(default)]
    pub livekit: Option<String>,
    /// The symbol of LiveKit's SDKs.
    #[serde(default)]
    pub sdk: Option<String>,
    /// The capability on whose profile it depends: `VIA-0101`.
    #[serde(default)]
    pub via: Option<String>,
    /// What shows it: `path::name`.
    #[serde(default)]
    pub tests: Vec<String>,
    /// What a developer should know.
    #[serde(default)]
    pub note: Option<String>,
}

/// Rows that an app's developer reads together; a page of the guide.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The name of its page.
    pub group: String,
    /// Its heading.
    pub title: String,
    /// What is said before its rows.
    pub intro: String,
    /// The rows.
    pub rows: Vec<Row>,
}

/// The whole table.
#[derive(Debug)]
pub struct Table {
    groups: Vec<Group>,
    /// Group and row of each part.
    places: HashMap<(Kind, String), (usize, usize)>,
}

impl Table {
    fn read(text: &str) -> Result<Self, CompatError> {
        let groups: Vec<Group> = serde_saphyr::from_str(text).map_err(|error| CompatError(error.to_string()))?;
        let rows = groups.iter().enumerate().flat_map(|(at, group)| {
            group.rows.iter().enumerate().map(move |(within, row)| ((row.kind, row.v2.clone()), (at, within)))
        });
        let places = rows.collect();
        Ok(Self { groups, places })
    }

    /// The groups, in the order of the guide.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Every row with its group.
    pub fn rows(&self) -> impl Iterator<Item = (&Group, &Row)> {
        self.groups.iter().flat_map(|group| group.rows.iter().map(move |row| (group, row)))
    }

    /// The row of a part of v2, with its group.
    pub fn find(&self, kind: Kind, v2: &str) -> Option<(&Group, &Row)> {
        let (at, within) = *self.places.get(&(kind, v2.to_owned()))?;
        let group = self.groups.get(at)?;
        Some((group, group.rows.get(within)?))
    }
}

/// The table as it was built in.
pub fn table() -> Result<&'static Table, &'static CompatError> {
    static TABLE: LazyLock<Result<Table, CompatError>> = LazyLock::new(|| Table::read(TEXT));
    TABLE.as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_and_names_stand_for_one_row_each() {
        let table = table().unwrap();
        let (mut codes, mut names, mut groups) = (HashSet::new(), HashSet::new(), HashSet::new());
        for (group, row) in table.rows() {
            let digits = row.code.strip_prefix("OVM-").unwrap_or_default();
            assert!(digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()), "{}", row.code);
            assert!(codes.insert(&row.code), "{} twice", row.code);
            assert!(names.insert((row.kind, &row.v2)), "{:?} {} twice", row.kind, row.v2);
            assert!(group.rows.iter().all(|other| other.code[..6] == row.code[..6]), "{}", row.code);
            groups.insert(&group.group);
        }
        assert_eq!(groups.len(), table.groups().len());
        assert!(codes.len() > 300, "{}", codes.len());
    }

    #[test]
    fn a_row_is_found_by_kind_and_name() {
        let (group, row) = table().unwrap().find(Kind::Rest, "POST /openvidu/api/sessions").unwrap();
        assert_eq!((group.group.as_str(), row.code.as_str(), row.state), ("sessions", "OVM-0101", State::Direct));
        assert!(table().unwrap().find(Kind::Rpc, "POST /openvidu/api/sessions").is_none());
    }

    #[test]
    fn a_field_that_no_row_has_is_a_mistake() {
        let text = "- group: a\n  title: A\n  intro: i\n  rows:\n    - {code: OVM-0001, kind: rpc, v2: x, since: \"2\", \
                    state: direct, works: full, colour: red}\n";
        assert!(Table::read(text).unwrap_err().to_string().contains("colour"));
    }
}
