//! The OpenAPI document and the routes say the same.
use crate::rest_calls::{Sent, call};
use crate::stage::Stage;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// Method and path of every operation, and the operation.
pub fn operations() -> Vec<(String, String, Value)> {
    let document = serde_json::to_value(v2_api::document()).unwrap();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            found.push((method.to_uppercase(), path.clone(), operation.clone()));
        }
    }
    found
}

#[actix_web::test]
async fn every_documented_path_has_exactly_the_documented_methods() {
    let stage = Stage::default();
    let operations = operations();
    let paths: BTreeSet<&str> = operations.iter().map(|(_, path, _)| path.as_str()).collect();
    for path in paths {
        let filled = path.replace(['{', '}'], "");
        let sent = Sent { method: "OPTIONS", path: &filled, auth: "basic", ..Sent::default() };
        let answer = call(stage.port(), &sent).await;
        assert_eq!(answer.status, 200, "{path} is not there");
        let allowed = answer.header("allow").unwrap_or_default();
        let allowed: BTreeSet<&str> =
            allowed.split(',').filter(|method| !["HEAD", "OPTIONS"].contains(method)).collect();
        let documented = operations.iter().filter(|(_, other, _)| other == path);
        let documented: BTreeSet<&str> = documented.map(|(method, _, _)| method.as_str()).collect();
        assert_eq!(allowed, documented, "{path}");
    }
}

/// The paths of resources as the sources of the REST API write them.
fn written_paths() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rest");
    let mut paths = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let source = std::fs::read_to_string(&file).unwrap();
        let base = if name == "config.rs" { "/openvidu/api/config" } else { "/openvidu/api" };
        for start in ["web::resource(\"", "sub!(\""] {
            for (_, rest) in source.match_indices(start).map(|(at, start)| source.split_at(at + start.len())) {
                let path = rest.split('"').next().unwrap();
                let whole = path.starts_with("/openvidu/");
                paths.insert(if whole { path.to_owned() } else { format!("{base}{path}") });
            }
        }
        // The few places whose paths are made up: each is known, and documented by hand below.
        let made_up = source.matches("web::resource(").count() - source.matches("web::resource(\"").count();
        let known = match name.as_str() {
            "accept_certificate.rs" | "layouts.rs" | "mod.rs" | "config.rs" => 1,
            "cdr.rs" => 2,
            _ => 0,
        };
        assert_eq!(made_up, known, "{name}");
    }
    paths.extend(
        ["/openvidu/accept-certificate", "/openvidu/layouts/{file}", "/openvidu/cdr", "/openvidu/cdr/{name}"]
            .map(str::to_owned),
    );
    paths
}

#[test]
fn every_resource_is_documented_and_every_documented_one_is_there() {
    let documented: BTreeSet<String> = operations().into_iter().map(|(_, path, _)| path).collect();
    assert_eq!(written_paths(), documented);
}

#[test]
fn every_operation_has_an_id_of_its_own() {
    let operations = operations();
    let ids: BTreeSet<&str> = operations.iter().filter_map(|(_, _, one)| one["operationId"].as_str()).collect();
    assert_eq!(ids.len(), operations.len(), "generated clients name their methods so");
}

#[test]
fn every_operation_says_what_a_developer_needs() {
    for (method, path, operation) in operations() {
        let what = format!("{method} {path}");
        assert!(operation["summary"].is_string(), "{what}: summary");
        let names = path.matches('{').count();
        let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let in_path: Vec<_> = parameters.iter().filter(|parameter| parameter["in"] == "path").collect();
        assert_eq!(in_path.len(), names, "{what}: path parameters");
        for parameter in parameters {
            assert!(parameter["description"].is_string(), "{what}: {parameter}");
            assert!(parameter["in"] != "path" || parameter.get("example").is_some(), "{what}: {parameter}");
        }
        if let Some(content) = operation.pointer("/requestBody/content") {
            assert!(content.pointer("/application~1json/example").is_some(), "{what}: example of the body");
        }
        let is_open = operation["security"]
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one == &Value::Object(Default::default())));
        let responses = operation["responses"].as_object().unwrap();
        assert!(is_open || responses.contains_key("401"), "{what}: 401");
        for (status, response) in responses {
            let text = response["description"].as_str().unwrap_or_default();
            let has_body = response.get("content").is_some();
            let says_none = text.contains("no body");
            assert!(status.starts_with('2') || has_body || says_none, "{what} {status}: which of the two error forms");
        }
    }
}
