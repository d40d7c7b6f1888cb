//! How far an app is from LiveKit, by one rule that anybody can recompute, with each point explained.
//!
//! A part of v2 that an app uses weighs 1 for its first uses and 1 more for every tenfold of them; its state says how much
//! of that is kept. What the SDK says to the server by itself (the group `reconnection`) weighs nothing: nobody has to move it.
use super::catalog::Item;
use super::cells::Seen;
use super::report::{AppLabels, Compat, Refused, compat, labels, refused};
use super::time::rfc3339;
use super::{AppId, Face, ItemKind, Usage};
use openapi::compat::{State, Works};
use serde::Serialize;
use sfu_core::capability::{Profile, Support};
use utoipa::ToSchema;

/// The group of the compat table that nobody has to move.
const OF_THE_SDK: &str = "reconnection";

/// How much of a part's weight is kept, in tenths.
const fn kept_tenths(state: State) -> u64 {
    match state {
        State::Direct => 10,
        State::Adapt => 6,
        State::Redesign => 2,
        State::None => 0,
    }
}

/// The readiness of everything that was seen.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AdminReadiness)]
pub struct Readiness {
    /// Since when there are counts.
    pub since: String,
    /// The rule in words.
    pub rule: &'static str,
    /// How many of 100 joins of clients were by LiveKit's protocol; `null`: nobody joined.
    #[schema(required)]
    pub livekit_joins_percent: Option<u64>,
    /// OpenVidu v2's apps, the least ready first.
    pub apps: Vec<AppReadiness>,
    /// What apps of either protocol asked for and this server, as it is set up, refuses: the most wanted first. It costs no
    /// points, as the score is about the way from OpenVidu v2 to LiveKit, not about this server.
    pub notes: Vec<Note>,
}

/// An app wants what this server refuses.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AdminReadinessNote)]
pub struct Note {
    /// Which app.
    pub app: AppLabels,
    /// What it wants.
    pub refused: Refused,
    /// How often.
    pub count: u64,
    /// When last.
    pub last_seen: String,
    /// What to do, in words.
    pub why: String,
}

const RULE: &str = "Each part of OpenVidu v2 that an app uses weighs 1, and 1 more for every tenfold of its uses (1-9: 1, 10-99: 2). \
    Kept of it: direct 100 %, adapt 60 %, redesign 20 %, none 0 %. The score is what is kept of the whole, in per cent. What the \
    SDK says to the server by itself weighs nothing. Blockers are the parts that are to be redesigned, have no equivalent, or are \
    refused by this server.";

/// The readiness of one app.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AdminReadinessOfApp)]
pub struct AppReadiness {
    /// Which.
    pub app: AppLabels,
    /// 0 to 100; `null`: it uses nothing that counts.
    #[schema(required)]
    pub score: Option<u64>,
    /// The weight of all that it uses.
    pub weight: u64,
    /// What is kept of it, in tenths.
    pub kept_tenths: u64,
    /// Its SDKs.
    pub sdks: Vec<String>,
    /// Uses of what is no word of the protocol: nothing is known of them.
    pub unknown: u64,
    /// What stands in the way, the heaviest first.
    pub blockers: Vec<Point>,
    /// Everything else that costs points or work, the heaviest first.
    pub others: Vec<Point>,
}

/// A part of v2 that an app uses, and what it does to the score.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AdminReadinessPoint)]
pub struct Point {
    /// What kind of thing.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// How often it was used.
    pub count: u64,
    /// How much it weighs.
    pub weight: u64,
    /// What it takes from the score's weight, in tenths.
    pub lost_tenths: u64,
    /// What the compat table says.
    pub compat: Compat,
    /// In words.
    pub why: String,
}

/// The readiness at this moment, of a server with this engine profile.
pub fn readiness(usage: &Usage, profile: Profile) -> Readiness {
    let (mut apps, mut notes) = (Vec::new(), Vec::new());
    let mut joins = [0, 0];
    for (id, counts) in usage.apps() {
        let seen =
            (0..usage.catalog().len()).filter_map(|place| Some((usage.catalog().item(place)?, counts.seen(place)?)));
        let (refusals, seen): (Vec<_>, Vec<_>) = seen.partition(|(item, _)| item.kind == ItemKind::Refusal);
        notes.extend(refusals.iter().filter_map(|(item, seen)| note(&id, item, *seen, profile)));
        let used: Vec<(Item, u64)> = seen.into_iter().map(|(item, seen)| (item, seen.count)).collect();
        let joined = |kind| used.iter().filter(|(item, _)| item.kind == kind).map(|(_, count)| count).sum::<u64>();
        match id.face {
            Face::V2 => {
                joins[0] += joined(ItemKind::Sdk);
                apps.push(AppReadiness { app: labels(&id), ..app(&used) });
            }
            Face::LiveKit => joins[1] += joined(ItemKind::LiveKitSdk),
        }
    }
    apps.sort_by_key(|app| app.score.unwrap_or(101));
    let [v2, livekit] = joins;
    let livekit_joins_percent = (livekit * 100).checked_div(v2 + livekit);
    notes.sort_by_key(|note: &Note| std::cmp::Reverse(note.count));
    Readiness { since: rfc3339(usage.since_ms()), rule: RULE, livekit_joins_percent, apps, notes }
}

/// `None`: it is not refused, or not any more.
fn note(id: &AppId, item: &Item, seen: Seen, profile: Profile) -> Option<Note> {
    let (row, _) = item.refused.filter(|(row, _)| row.support(profile) == Support::Refused)?;
    let refused = refused(item)?;
    let times = if seen.count == 1 { "once".to_owned() } else { format!("{} times", seen.count) };
    let way = match row.full {
        Support::Native => "The profile `full` does it",
        Support::Refused => "No profile does it",
    };
    let why = format!("{} ({}): refused {times}. {way}. {}", row.title, row.code, row.instead);
    Some(Note { app: labels(id), refused, count: seen.count, last_seen: rfc3339(seen.last_ms), why })
}

fn app(used: &[(Item, u64)]) -> AppReadiness {
    let mut all = AppReadiness {
        app: labels(&super::AppId::other(Face::V2)),
        score: None,
        weight: 0,
        kept_tenths: 0,
        sdks: Vec::new(),
        unknown: 0,
        blockers: Vec::new(),
        others: Vec::new(),
    };
    for (item, count) in used {
        match (point(item, *count), item.kind) {
            (Some(point), _) => {
                all.weight += point.weight;
                all.kept_tenths += point.weight * 10 - point.lost_tenths;
                if is_blocker(&point) { all.blockers.push(point) } else { all.others.push(point) }
            }
            (None, ItemKind::Sdk) => all.sdks.push(item.name.clone()),
            (None, _) if item.row.is_none() => all.unknown += count,
            (None, _) => {}
        }
    }
    all.score = (all.kept_tenths * 10).checked_div(all.weight);
    for points in [&mut all.blockers, &mut all.others] {
        points.sort_by(|one, other| {
            other.lost_tenths.cmp(&one.lost_tenths).then_with(|| one.compat.code.cmp(other.compat.code))
        });
    }
    all
}

/// `None`: it does not count.
fn point(item: &Item, count: u64) -> Option<Point> {
    let (group, _) = item.row.filter(|(group, _)| group.group != OF_THE_SDK)?;
    let compat = compat(item)?;
    let weight = u64::from(count.max(1).ilog10()) + 1;
    let lost_tenths = weight * (10 - kept_tenths(compat.state));
    let why = why(&compat, &group.title, count, weight, lost_tenths);
    Some(Point { kind: item.kind.name(), name: item.name.clone(), count, weight, lost_tenths, compat, why })
}

fn why(compat: &Compat, group: &str, count: u64, weight: u64, lost_tenths: u64) -> String {
    let to = match (compat.sdk, compat.livekit) {
        (Some(sdk), Some(livekit)) => format!("{sdk} ({livekit})"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "nothing".to_owned(),
    };
    let here = match compat.works {
        Works::Full => "",
        Works::Part => " This server does a part of it.",
        Works::Refused => " This server refuses it.",
        Works::No => " This server does not do it.",
    };
    let times = if count == 1 { "once" } else { "times" };
    let used = if count == 1 { times.to_owned() } else { format!("{count} {times}") };
    let (lost, tenth) = (lost_tenths / 10, lost_tenths % 10);
    format!("{group}: used {used}, weight {weight}; {} to {to}: loses {lost}.{tenth}.{here}", compat.state.name())
}

fn is_blocker(point: &Point) -> bool {
    let far = matches!(point.compat.state, State::Redesign | State::None);
    far || matches!(point.compat.works, Works::Refused | Works::No)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage::{AppId, Catalog};

    fn counted(uses: &[(ItemKind, &str, u64)]) -> Usage {
        let usage = Usage::new(Catalog::new(openapi::compat::table().unwrap()), 1);
        for (kind, name, count) in uses {
            let face = if matches!(kind, ItemKind::LiveKitSdk) { Face::LiveKit } else { Face::V2 };
            let is_sdk = matches!(kind, ItemKind::Sdk | ItemKind::LiveKitSdk);
            let place = if is_sdk { usage.catalog().sdk(*kind, name) } else { usage.catalog().place(*kind, name) };
            usage.app(&AppId::new(face, "k", None, "x")).add(place, *count, 5);
        }
        usage
    }

    #[test]
    fn the_score_is_what_is_kept_of_the_weight() {
        use ItemKind::{Rest, Rpc, Sdk};
        let create = "POST /openvidu/api/sessions";
        type Case<'a> = (&'a [(ItemKind, &'a str, u64)], Option<u64>, u64);
        let cases: [Case<'_>; 6] = [
            (&[(Rest, create, 9)], Some(100), 1),
            (&[(Rest, create, 100)], Some(100), 3),
            (&[(Rest, create, 1), (Rpc, "applyFilter", 1)], Some(60), 2),
            (&[(Rest, create, 1), (Rpc, "forceDisconnect", 10)], Some(73), 3),
            (&[(Rpc, "ping", 1_000_000), (Sdk, "openvidu-browser 2.32.1", 1)], None, 0),
            (&[(Rpc, "nonsense", 4)], None, 0),
        ];
        for (uses, score, weight) in cases {
            let readiness = readiness(&counted(uses), Profile::Mediasoup);
            assert_eq!((readiness.apps[0].score, readiness.apps[0].weight), (score, weight), "{uses:?}");
        }
    }

    #[test]
    fn what_is_refused_is_noted_as_long_as_it_is_and_costs_no_points() {
        let uses = [
            (ItemKind::Rpc, "joinRoom", 5),
            (ItemKind::Refusal, "VIA-0101 client", 3),
            (ItemKind::Refusal, "VIA-0102 api", 40),
        ];
        let usage = counted(&uses);
        let before = readiness(&usage, Profile::Mediasoup);
        assert_eq!((before.apps[0].score, before.apps[0].unknown), (Some(100), 0));
        let told: Vec<_> =
            before.notes.iter().map(|note| (note.refused.code, note.refused.surface, note.count)).collect();
        assert_eq!(told, [("VIA-0102", "api", 40), ("VIA-0101", "client", 3)]);
        assert!(
            before.notes[1].why.starts_with("Data messages (VIA-0101): refused 3 times. The profile `full` does it.")
        );
        let after: Vec<_> = readiness(&usage, Profile::Full).notes.iter().map(|note| note.refused.code).collect();
        assert_eq!(after, ["VIA-0102"], "no profile has an ingress");
    }

    #[test]
    fn blockers_come_first_and_every_point_is_explained() {
        let uses = [
            (ItemKind::Rpc, "applyFilter", 20),
            (ItemKind::Rpc, "joinRoom", 5),
            (ItemKind::Rpc, "forceDisconnect", 1),
            (ItemKind::Option, "type: IPCAM", 1),
            (ItemKind::Rpc, "what is that", 7),
            (ItemKind::Sdk, "openvidu-browser 2.15.0", 5),
            (ItemKind::LiveKitSdk, "livekit-client 2.23.0", 15),
        ];
        let readiness = readiness(&counted(&uses), Profile::Mediasoup);
        assert_eq!(readiness.livekit_joins_percent, Some(75));
        let app = &readiness.apps[0];
        let names = |points: &[Point]| points.iter().map(|point| point.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&app.blockers), ["applyFilter", "type: IPCAM"]);
        assert_eq!(names(&app.others), ["forceDisconnect", "joinRoom"]);
        assert_eq!((app.unknown, app.sdks.as_slice()), (7, &["openvidu-browser 2.15.0".to_owned()][..]));
        assert_eq!(
            app.blockers[0].why,
            "Filters: used 20 times, weight 2; redesign to LocalVideoTrack.setProcessor: loses 1.6. This server refuses it."
        );
        let lost: u64 = app.blockers.iter().chain(&app.others).map(|point| point.lost_tenths).sum();
        assert_eq!(app.kept_tenths + lost, app.weight * 10, "no point is without a reason");
    }
}
