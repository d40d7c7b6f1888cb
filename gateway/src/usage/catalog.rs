//! Everything that can be counted, each with its place in an app's counts and its row in the compat table.
//!
//! The words come from the faces and the table; only SDKs with their versions are added while the server runs, up to a bound.
use super::Face;
use openapi::compat::{Group, Kind, Row, Table};
use rustc_hash::FxHashMap;
use sfu_core::capability::{FEATURES, Feature, FeatureRow};
use std::sync::{PoisonError, RwLock};

/// SDKs with versions that are told apart.
pub const SDKS_MAX: usize = 100;
/// What is no word of the protocol, or one too many.
const OTHER: &str = "other";

/// What kind of thing is counted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum ItemKind {
    /// An operation of v2's REST API.
    Rest,
    /// A method of v2's JSON-RPC API.
    Rpc,
    /// What a v2 client was sent unasked.
    Notification,
    /// An option of v2.
    Option,
    /// A v2 SDK.
    Sdk,
    /// A method of LiveKit's server API.
    Twirp,
    /// A request of a LiveKit client.
    Request,
    /// A message to a LiveKit client.
    Message,
    /// An option of LiveKit.
    LiveKitOption,
    /// A LiveKit SDK.
    LiveKitSdk,
    /// A feature that the engine profile refused, asked for in either protocol.
    Refusal,
}

impl ItemKind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Rest,
        Self::Rpc,
        Self::Notification,
        Self::Option,
        Self::Sdk,
        Self::Twirp,
        Self::Request,
        Self::Message,
        Self::LiveKitOption,
        Self::LiveKitSdk,
        Self::Refusal,
    ];

    /// Its name in reports and in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rest => "rest",
            Self::Rpc => "rpc",
            Self::Notification => "notification",
            Self::Option => "option",
            Self::Sdk => "sdk",
            Self::Twirp => "twirp",
            Self::Request => "request",
            Self::Message => "message",
            Self::LiveKitOption => "livekit-option",
            Self::LiveKitSdk => "livekit-sdk",
            Self::Refusal => "refusal",
        }
    }

    /// The kind of its rows in the compat table.
    const fn of_table(self) -> Option<Kind> {
        match self {
            Self::Rest => Some(Kind::Rest),
            Self::Rpc => Some(Kind::Rpc),
            Self::Notification => Some(Kind::Notification),
            Self::Option => Some(Kind::Option),
            Self::Sdk
            | Self::Twirp
            | Self::Request
            | Self::Message
            | Self::LiveKitOption
            | Self::LiveKitSdk
            | Self::Refusal => None,
        }
    }

    /// What a client's request, notice, option and SDK are in this protocol.
    pub(crate) const fn of(face: Face) -> [Self; 4] {
        match face {
            Face::V2 => [Self::Rpc, Self::Notification, Self::Option, Self::Sdk],
            Face::LiveKit => [Self::Request, Self::Message, Self::LiveKitOption, Self::LiveKitSdk],
        }
    }
}

/// Where something was refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Surface {
    /// A client's signalling.
    Client,
    /// A server API.
    Api,
}

impl Surface {
    /// Every surface.
    pub const ALL: [Self; 2] = [Self::Client, Self::Api];

    /// Its name in reports and in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Api => "api",
        }
    }
}

/// What a refusal is counted as: `VIA-0101 client`.
fn refusal(row: &FeatureRow, surface: Surface) -> String {
    format!("{} {}", row.code, surface.name())
}

/// A thing that can be counted.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) kind: ItemKind,
    pub(crate) name: String,
    /// What the compat table says of it.
    pub(crate) row: Option<(&'static Group, &'static Row)>,
    /// What it is a refusal of, and where.
    pub(crate) refused: Option<(&'static FeatureRow, Surface)>,
}

/// All of them.
#[derive(Debug)]
pub struct Catalog {
    items: Vec<Item>,
    places: FxHashMap<ItemKind, FxHashMap<String, usize>>,
    /// In the places behind the items'.
    sdks: RwLock<Vec<(ItemKind, String)>>,
}

impl Catalog {
    /// What the faces and the table name.
    pub fn new(table: &'static Table) -> Self {
        let mut catalog = Self { items: Vec::new(), places: FxHashMap::default(), sdks: RwLock::default() };
        for kind in ItemKind::ALL {
            let mut names: Vec<String> = match kind {
                ItemKind::Rest => named(table, Kind::Rest),
                ItemKind::Rpc => v2_api::methods().map(str::to_owned).collect(),
                ItemKind::Notification => v2_api::NOTIFICATIONS.iter().map(|name| (*name).to_owned()).collect(),
                ItemKind::Option => v2_api::options().map(str::to_owned).collect(),
                ItemKind::Twirp => twirp(),
                ItemKind::Request => livekit_api::REQUESTS.iter().map(|name| (*name).to_owned()).collect(),
                ItemKind::Message => livekit_api::RESPONSES.iter().map(|name| (*name).to_owned()).collect(),
                ItemKind::LiveKitOption => livekit_api::OPTIONS.iter().map(|name| (*name).to_owned()).collect(),
                ItemKind::Refusal => refusals().map(|(row, surface)| refusal(row, surface)).collect(),
                ItemKind::Sdk | ItemKind::LiveKitSdk => Vec::new(),
            };
            names.push(OTHER.to_owned());
            for name in names {
                let row = kind.of_table().and_then(|of| table.find(of, &name));
                catalog.places.entry(kind).or_default().insert(name.clone(), catalog.items.len());
                let is_refusal = kind == ItemKind::Refusal;
                let refused = refusals().find(|(row, surface)| is_refusal && refusal(row, *surface) == name);
                catalog.items.push(Item { kind, name, row, refused });
            }
        }
        catalog
    }

    /// How many places there are.
    pub fn len(&self) -> usize {
        self.items.len() + SDKS_MAX
    }

    /// Never so.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The place of a thing; that of `other` where its name is no word of the protocol.
    pub(crate) fn place(&self, kind: ItemKind, name: &str) -> usize {
        let of_kind = self.places.get(&kind);
        let found = of_kind.and_then(|names| names.get(name).or_else(|| names.get(OTHER)));
        found.copied().unwrap_or(usize::MAX)
    }

    /// The place of a refusal.
    pub(crate) fn refusal(&self, feature: Feature, surface: Surface) -> usize {
        self.place(ItemKind::Refusal, &refusal(feature.row(), surface))
    }

    /// The place of an SDK: one that is not known yet is given one, as long as there are any.
    pub(crate) fn sdk(&self, kind: ItemKind, name: &str) -> usize {
        let find = |sdks: &[(ItemKind, String)]| sdks.iter().position(|(of, known)| *of == kind && known == name);
        let known = find(&self.sdks.read().unwrap_or_else(PoisonError::into_inner));
        let slot = known.or_else(|| {
            let mut sdks = self.sdks.write().unwrap_or_else(PoisonError::into_inner);
            find(&sdks).or_else(|| {
                (sdks.len() < SDKS_MAX).then(|| {
                    sdks.push((kind, name.to_owned()));
                    sdks.len() - 1
                })
            })
        });
        slot.map_or_else(|| self.place(kind, OTHER), |slot| self.items.len() + slot)
    }

    /// The thing in a place.
    pub(crate) fn item(&self, place: usize) -> Option<Item> {
        if let Some(item) = self.items.get(place) {
            return Some(item.clone());
        }
        let sdks = self.sdks.read().unwrap_or_else(PoisonError::into_inner);
        let (kind, name) = sdks.get(place.checked_sub(self.items.len())?)?;
        Some(Item { kind: *kind, name: name.clone(), row: None, refused: None })
    }
}

fn named(table: &Table, kind: Kind) -> Vec<String> {
    table.rows().filter(|(_, row)| row.kind == kind).map(|(_, row)| row.v2.clone()).collect()
}

/// Everything that can be refused, on every surface.
fn refusals() -> impl Iterator<Item = (&'static FeatureRow, Surface)> {
    FEATURES.iter().flat_map(|row| Surface::ALL.into_iter().map(move |surface| (row, surface)))
}

/// `RoomService.CreateRoom`, and all others.
fn twirp() -> Vec<String> {
    let methods = |(service, methods): &(&str, &'static [&'static str])| {
        let service = service.trim_start_matches("livekit.").to_owned();
        methods.iter().map(move |method| format!("{service}.{method}"))
    };
    livekit_api::SERVICES.iter().flat_map(methods).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog() -> Catalog {
        Catalog::new(openapi::compat::table().unwrap())
    }

    #[test]
    fn every_word_of_v2_has_its_row_in_the_table() {
        let catalog = catalog();
        for item in &catalog.items {
            let of_v2 = item.kind.of_table().is_some() && item.name != OTHER;
            assert_eq!(item.row.is_some(), of_v2, "{:?} {}", item.kind, item.name);
        }
    }

    #[test]
    fn a_name_is_found_in_its_kind_and_a_strangers_is_other() {
        let catalog = catalog();
        let name = |place: usize| catalog.item(place).unwrap().name;
        assert_eq!(name(catalog.place(ItemKind::Rpc, "joinRoom")), "joinRoom");
        assert_eq!(name(catalog.place(ItemKind::Twirp, "RoomService.CreateRoom")), "RoomService.CreateRoom");
        assert_eq!(name(catalog.place(ItemKind::Rpc, "CreateRoom")), OTHER);
        assert_eq!(name(catalog.place(ItemKind::Message, "Join")), "Join");
    }

    #[test]
    fn every_feature_is_told_apart_by_its_code_and_where_it_was_refused() {
        let catalog = catalog();
        let item = catalog.item(catalog.refusal(Feature::Ingress, Surface::Api)).unwrap();
        assert_eq!((item.kind.name(), item.name.as_str()), ("refusal", "VIA-0102 api"));
        assert_eq!(item.refused.map(|(row, surface)| (row.feature, surface)), Some((Feature::Ingress, Surface::Api)));
        assert_eq!(item.row.map(|(_, row)| &row.code), None);
        assert_eq!(catalog.item(catalog.place(ItemKind::Rpc, "ping")).unwrap().refused.map(|(row, _)| row.code), None);
    }

    #[test]
    fn so_many_sdks_are_told_apart_and_no_more() {
        let catalog = catalog();
        let name = |place: usize| catalog.item(place).unwrap().name;
        for number in 0..SDKS_MAX + 10 {
            let text = format!("openvidu-browser 2.{number}");
            let place = catalog.sdk(ItemKind::Sdk, &text);
            assert!(place < catalog.len());
            assert_eq!(name(place), if number < SDKS_MAX { text.as_str() } else { OTHER });
            assert_eq!(catalog.sdk(ItemKind::Sdk, &text), place, "found again");
        }
    }
}
