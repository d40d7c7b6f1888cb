//! The gate held against deliberate breaks, and against changes that break nothing.
use super::*;
use crate::changelog;
use serde_json::json;
use std::path::Path;

fn document() -> Value {
    json!({
        "paths": { "/rooms/{room}": {
            "parameters": [{ "name": "room", "in": "path", "required": true, "schema": { "type": "string" } }],
            "get": {
                "operationId": "getRoom",
                "parameters": [{ "name": "limit", "in": "query", "schema": { "type": "integer", "maximum": 500 } }],
                "responses": {
                    "200": {
                        "description": "It", "headers": { "ETag": { "schema": { "type": "string" } } },
                        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Room" } } }
                    },
                    "404": { "description": "None" }
                }
            },
            "patch": {
                "operationId": "changeRoom",
                "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Change" } } } },
                "responses": { "204": { "description": "Done" } }
            }
        } },
        "components": { "schemas": {
            "Room": { "allOf": [
                { "$ref": "#/components/schemas/Base" },
                { "type": "object", "required": ["state"], "properties": {
                    "state": { "type": "string", "enum": ["open", "shut"] },
                    "parent": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Room" }] } } }
            ] },
            "Base": { "type": "object", "required": ["name"], "properties": {
                "name": { "type": "string" }, "size": { "type": ["integer", "null"] },
                "tags": { "type": "array", "items": { "type": "string" } } } },
            "Change": { "type": "object", "properties": {
                "name": { "type": "string", "maxLength": 64 }, "size": { "type": "number" },
                "mode": { "type": "string", "enum": ["a", "b"] } } }
        } }
    })
}

/// The document with the value at this place exchanged, or taken out.
fn with(place: &str, value: Option<Value>) -> Value {
    let mut document = document();
    let (parent, name) = place.rsplit_once('/').unwrap();
    let name = name.replace("~1", "/");
    let parent = document.pointer_mut(parent).unwrap_or_else(|| panic!("{place}"));
    match (parent, value) {
        (Value::Object(fields), Some(value)) => drop(fields.insert(name, value)),
        (Value::Object(fields), None) => assert!(fields.remove(&name).is_some(), "{place}"),
        (Value::Array(items), Some(value)) if name == "-" => items.push(value),
        (Value::Array(items), Some(value)) => items[name.parse::<usize>().unwrap()] = value,
        (Value::Array(items), None) => drop(items.remove(name.parse().unwrap())),
        (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_), _) => panic!("{place}"),
    }
    document
}

const GET: &str = "/paths/~1rooms~1{room}/get";
const PATCH: &str = "/paths/~1rooms~1{room}/patch";
const BASE: &str = "/components/schemas/Base";
const CHANGE: &str = "/components/schemas/Change/properties";

#[test]
fn every_deliberate_break_is_found_and_named() {
    let text = || Some(json!({ "type": "string" }));
    let needed = json!({ "name": "by", "in": "query", "required": true, "schema": { "type": "string" } });
    let cases = [
        ("an operation goes", GET.to_owned(), None, "getRoom: the operation is gone"),
        ("a path goes", "/paths/~1rooms~1{room}".to_owned(), None, "changeRoom: the operation is gone"),
        (
            "it is renamed",
            format!("{GET}/operationId"),
            Some(json!("showRoom")),
            "getRoom: it is called \"showRoom\" now",
        ),
        ("an answer goes", format!("{GET}/responses/404"), None, "getRoom: the answer 404 is gone"),
        (
            "a header goes",
            format!("{GET}/responses/200/headers/ETag"),
            None,
            "getRoom: the answer 200 has no header ETag any more",
        ),
        (
            "another content type",
            format!("{GET}/responses/200/content"),
            Some(json!({ "text/plain": {} })),
            "getRoom: the answer 200 is not application/json any more",
        ),
        ("a property goes", format!("{BASE}/properties/tags"), None, "getRoom: answer 200: the property tags is gone"),
        (
            "a property is another type",
            format!("{BASE}/properties/name"),
            Some(json!({ "type": "integer" })),
            "getRoom: answer 200.name: the type was string and is integer",
        ),
        (
            "a property may be null now",
            format!("{BASE}/properties/name/type"),
            Some(json!(["string", "null"])),
            "getRoom: answer 200.name: the type was string and is null or string",
        ),
        (
            "a property is not always there",
            format!("{BASE}/required"),
            Some(json!([])),
            "getRoom: answer 200: the property name is not always there any more",
        ),
        (
            "items are another type",
            format!("{BASE}/properties/tags/items/type"),
            Some(json!("integer")),
            "getRoom: answer 200.tags[]: the type was string and is integer",
        ),
        (
            "a new value comes back",
            "/components/schemas/Room/allOf/1/properties/state/enum/-".to_owned(),
            Some(json!("gone")),
            "getRoom: answer 200.state: there is a new value \"gone\"",
        ),
        (
            "a new parameter is needed",
            format!("{GET}/parameters/-"),
            Some(needed),
            "getRoom: the query parameter by is new and needed",
        ),
        ("a parameter goes", format!("{GET}/parameters/0"), None, "getRoom: the query parameter limit is gone"),
        (
            "a parameter becomes needed",
            format!("{GET}/parameters/0/required"),
            Some(json!(true)),
            "getRoom: the query parameter limit is needed now",
        ),
        (
            "a bound is narrower",
            format!("{GET}/parameters/0/schema/maximum"),
            Some(json!(100)),
            "getRoom: query parameter limit: maximum is narrower",
        ),
        (
            "a bound is new",
            format!("{GET}/parameters/0/schema/minimum"),
            Some(json!(1)),
            "getRoom: query parameter limit: minimum is narrower",
        ),
        (
            "a parameter's type is narrower",
            format!("{CHANGE}/size/type"),
            Some(json!("integer")),
            "changeRoom: body.size: the type was number and is integer",
        ),
        (
            "a body becomes needed",
            format!("{PATCH}/requestBody/required"),
            Some(json!(true)),
            "changeRoom: a body is needed now",
        ),
        ("no body is taken", format!("{PATCH}/requestBody"), None, "changeRoom: it takes no body any more"),
        (
            "a property is needed now",
            "/components/schemas/Change/required".to_owned(),
            Some(json!(["name"])),
            "changeRoom: body: the property name is needed now",
        ),
        ("a property is not taken", format!("{CHANGE}/name"), None, "changeRoom: body: the property name is gone"),
        (
            "a value is not taken",
            format!("{CHANGE}/mode/enum/0"),
            None,
            "changeRoom: body.mode: the value \"a\" is not taken any more",
        ),
        (
            "a text is shorter",
            format!("{CHANGE}/name/maxLength"),
            Some(json!(10)),
            "changeRoom: body.name: maxLength is narrower",
        ),
        (
            "an alternative is another",
            "/components/schemas/Room/allOf/1/properties/parent/oneOf/0".to_owned(),
            text(),
            // The other alternative is the room itself, in which this one changed.
            "getRoom: answer 200.parent: 2 of its alternatives do not fit any more",
        ),
    ];
    for (what, place, value, expected) in cases {
        let found: Vec<String> = breaks(&document(), &with(&place, value)).iter().map(ToString::to_string).collect();
        assert!(found.contains(&expected.to_owned()), "{what}: {found:?}");
    }
}

#[test]
fn what_is_new_and_optional_breaks_nothing() {
    let optional = json!({ "name": "by", "in": "query", "schema": { "type": "string" } });
    let cases = [
        (
            "an operation",
            "/paths/~1rooms~1{room}/delete".to_owned(),
            json!({ "operationId": "endRoom", "responses": {} }),
        ),
        ("an answer", format!("{GET}/responses/503"), json!({ "description": "Not now" })),
        ("a parameter", format!("{GET}/parameters/-"), optional),
        ("a wider bound", format!("{GET}/parameters/0/schema/maximum"), json!(1_000)),
        ("a property that comes back", format!("{BASE}/properties/color"), json!({ "type": "string" })),
        ("one that is always there now", format!("{BASE}/required"), json!(["name", "size"])),
        ("a null that does not come any more", format!("{BASE}/properties/size/type"), json!("integer")),
        ("a property that may be sent", format!("{CHANGE}/color"), json!({ "type": "string" })),
        ("a value that may be sent", format!("{CHANGE}/mode/enum/-"), json!("c")),
        ("a type that may be sent too", format!("{CHANGE}/name/type"), json!(["string", "null"])),
        ("a description", format!("{GET}/summary"), json!("Shows it")),
    ];
    for (what, place, value) in cases {
        assert_eq!(breaks(&document(), &with(&place, Some(value))), [], "{what}");
    }
    assert_eq!(breaks(&document(), &document()), []);
}

fn file(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn the_committed_document_breaks_only_what_the_changelog_says() {
    let read = |path: &str| serde_json::from_str::<Value>(&file(path)).unwrap();
    let told = changelog::breaking(&file("../CHANGELOG.md"));
    let untold: Vec<String> = breaks(&read("baseline.json"), &read("openapi.json"))
        .iter()
        .filter(|found| !changelog::names(&told, &found.operation))
        .map(ToString::to_string)
        .collect();
    assert!(
        untold.is_empty(),
        "openapi/openapi.json breaks what was accepted (openapi/baseline.json). Undo it, or name each operation in \
         CHANGELOG.md under Unreleased, ### Breaking:\n  {}",
        untold.join("\n  ")
    );
}

#[test]
fn a_break_of_the_committed_document_is_let_through_only_with_a_line_in_the_changelog() {
    let accepted: Value = serde_json::from_str(&file("baseline.json")).unwrap();
    let mut broken = accepted.clone();
    let sessions = broken["paths"]["/openvidu/api/sessions"].as_object_mut().unwrap();
    sessions.remove("get").unwrap();
    let found = breaks(&accepted, &broken);
    assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), ["listSessions: the operation is gone"]);
    let told = |changelog: &str| changelog::names(&changelog::breaking(changelog), &found[0].operation);
    assert!(!told("## [Unreleased]\n\n- listSessions is gone\n"));
    assert!(told("## [Unreleased]\n\n### Breaking\n\n- `listSessions` is gone: use the admin API\n"));
}
