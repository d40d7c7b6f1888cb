//! Keeps the counts over restarts: read from the store at the start, what is new written hourly and at the end.
//!
//! A server that is killed loses the counts of its last hour at most; that is the price of not writing for each request.
use super::cells::Seen;
use super::{AppId, ItemKind, Usage};
use crate::store::{UsageRow, UsageTable};
use std::sync::Arc;
use std::time::Duration;

/// How often what is new is written.
pub const FLUSH_INTERVAL: Duration = Duration::from_secs(3600);

/// Takes over what the store knows. What cannot be read is as if it had not been counted.
pub async fn restore(usage: &Usage, table: &UsageTable) {
    let rows = match table.all().await {
        Ok(rows) => rows,
        Err(error) => return tracing::error!(%error, "the usage report begins anew: its counts cannot be read"),
    };
    for row in rows {
        let kind = ItemKind::ALL.into_iter().find(|kind| kind.name() == row.kind);
        let (Some(kind), Some(id)) = (kind, AppId::parse(&row.app)) else { continue };
        let place = match kind {
            ItemKind::Sdk | ItemKind::LiveKitSdk => usage.catalog().sdk(kind, &row.name),
            ItemKind::Rest
            | ItemKind::Rpc
            | ItemKind::Notification
            | ItemKind::Option
            | ItemKind::Twirp
            | ItemKind::Request
            | ItemKind::Message
            | ItemKind::LiveKitOption
            | ItemKind::Refusal => usage.catalog().place(kind, &row.name),
        };
        usage.known_since(row.first_ms);
        let seen = Seen { count: row.count, first_ms: row.first_ms, last_ms: row.last_ms };
        usage.app(&id).restore(place, seen);
    }
}

/// Writes what is new; what the store does not take stays new.
pub async fn flush(usage: &Usage, table: &UsageTable) {
    for (id, counts) in usage.apps() {
        let fresh = counts.unkept();
        let rows: Vec<UsageRow> = fresh.iter().filter_map(|(place, seen)| row(usage, &id, *place, *seen)).collect();
        if rows.is_empty() {
            continue;
        }
        match table.add(&rows).await {
            Ok(()) => fresh.iter().for_each(|(place, seen)| counts.kept(*place, seen.count)),
            Err(error) => {
                return tracing::error!(%error, "counts of the usage report wait: the database does not take them");
            }
        }
    }
}

fn row(usage: &Usage, id: &AppId, place: usize, seen: Seen) -> Option<UsageRow> {
    let item = usage.catalog().item(place)?;
    Some(UsageRow {
        kind: item.kind.name().to_owned(),
        name: item.name,
        value: String::new(),
        app: id.text(),
        count: seen.count,
        first_ms: seen.first_ms,
        last_ms: seen.last_ms,
    })
}

/// Writes what is new every hour.
pub async fn keep(usage: Arc<Usage>, table: UsageTable) {
    let mut clock = tokio::time::interval(FLUSH_INTERVAL);
    clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    clock.tick().await;
    loop {
        clock.tick().await;
        flush(&usage, &table).await;
    }
}
