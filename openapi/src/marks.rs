//! Marks of the compat table on the operations of the OpenVidu v2 API: how far each works here, and where it went in LiveKit.
use crate::compat::{Kind, Row, Table};
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{Operation, PathItem};

/// Puts `x-v2-status`, `x-v2-since`, `x-livekit-equivalent` and `x-migration-code` on every operation that has a row.
pub fn mark(document: &mut OpenApi, table: &Table) {
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            if let Some((_, row)) = table.find(Kind::Rest, &format!("{method} {path}")) {
                let extensions = operation.extensions.get_or_insert_with(Extensions::default);
                for (name, value) in marks(row) {
                    extensions.insert(name.to_owned(), value);
                }
            }
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let slots = [
        ("GET", &mut item.get),
        ("PUT", &mut item.put),
        ("POST", &mut item.post),
        ("DELETE", &mut item.delete),
        ("PATCH", &mut item.patch),
    ];
    slots.into_iter().filter_map(|(method, slot)| slot.as_mut().map(|operation| (method, operation)))
}

fn marks(row: &Row) -> [(&'static str, Value); 4] {
    [
        ("x-v2-status", json!({ "works": row.works, "move": row.state, "note": row.note })),
        ("x-v2-since", json!(row.since)),
        ("x-livekit-equivalent", json!({ "rpc": row.livekit, "sdk": row.sdk })),
        ("x-migration-code", json!(row.code)),
    ]
}
