//! The compat table has a row for every part of v2 that the code knows, and none for what nobody knows.
use openapi::compat::{Kind, Works, table};
use std::collections::BTreeSet;

/// The names of a kind's rows.
fn rows(kind: Kind) -> BTreeSet<String> {
    table().unwrap().rows().filter(|(_, row)| row.kind == kind).map(|(_, row)| row.v2.clone()).collect()
}

fn set<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

/// Rows of a kind whose part the code does not know may only say that it does nothing here.
fn only_idle_rows_beside(kind: Kind, known: &BTreeSet<String>) {
    for (_, row) in table().unwrap().rows().filter(|(_, row)| row.kind == kind && !known.contains(&row.v2)) {
        assert_eq!(row.works, Works::No, "{} {}: the code does not know it", row.code, row.v2);
    }
}

#[test]
fn every_rest_operation_has_a_row_and_every_row_an_operation() {
    let document = serde_json::to_value(v2_api::document()).unwrap();
    let mut operations = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        operations.extend(item.as_object().unwrap().keys().map(|method| format!("{} {path}", method.to_uppercase())));
    }
    assert!(operations.len() > 35, "{operations:?}");
    assert_eq!(rows(Kind::Rest), operations);
}

#[test]
fn every_json_rpc_method_has_a_row() {
    let methods = set(v2_api::methods());
    assert_eq!(methods.difference(&rows(Kind::Rpc)).collect::<Vec<_>>(), Vec::<&String>::new());
    only_idle_rows_beside(Kind::Rpc, &methods);
}

#[test]
fn every_notification_that_is_sent_has_a_row() {
    let sent = set(v2_api::NOTIFICATIONS.iter().copied());
    assert_eq!(sent.difference(&rows(Kind::Notification)).collect::<Vec<_>>(), Vec::<&String>::new());
    only_idle_rows_beside(Kind::Notification, &sent);
}

#[test]
fn every_option_that_is_counted_has_a_row_and_every_row_is_counted() {
    assert_eq!(rows(Kind::Option), set(v2_api::options()));
}

#[test]
fn every_event_of_webhooks_has_a_row() {
    assert_eq!(rows(Kind::Webhook), set(v2_api::webhook::EVENT_NAMES.iter().copied()));
}

#[test]
fn every_name_of_the_env_has_a_row() {
    assert_eq!(rows(Kind::Config), set(gateway::config::v2_names()));
}

/// The methods, events and values of openvidu-browser, as the scenes' table lists them from the packages' declarations.
#[test]
fn every_method_event_and_value_of_the_sdk_has_a_row() {
    let text = std::fs::read_to_string(viaduct_tests::root().join("docs/v2-sdk-table.md")).unwrap();
    let names = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`')).map(|(name, _)| name);
    let (mut methods, mut events, mut values) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for name in names {
        let place = match (name.ends_with("()"), name.contains('@')) {
            (true, _) => &mut methods,
            (false, true) => &mut events,
            (false, false) => &mut values,
        };
        place.insert(name.to_owned());
    }
    assert!(methods.len() > 50 && events.len() > 35 && values.len() > 30);
    assert_eq!(rows(Kind::Method), methods);
    assert_eq!(rows(Kind::Event), events);
    assert_eq!(rows(Kind::Value), values);
}
