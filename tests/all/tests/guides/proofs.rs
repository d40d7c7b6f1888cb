//! A row of the compat table that says it works names a test, and every test that a row names is there and runs.
use openapi::compat::{Works, table};
use sfu_core::capability::FEATURES;
use std::collections::HashMap;

#[test]
fn what_works_names_a_test() {
    for (_, row) in table().unwrap().rows() {
        let claims = matches!(row.works, Works::Full | Works::Part);
        assert!(!claims || !row.tests.is_empty(), "{} {} says it works and names no test", row.code, row.v2);
        assert!(row.works == Works::Full || row.note.is_some() || !claims, "{} {}: which part?", row.code, row.v2);
    }
}

#[test]
fn every_named_test_is_there() {
    let mut sources = HashMap::new();
    for (_, row) in table().unwrap().rows() {
        for id in &row.tests {
            let (path, name) = id.split_once("::").unwrap_or_else(|| panic!("{}: {id} is no path::name", row.code));
            let source = sources.entry(path.to_owned()).or_insert_with(|| read(path));
            assert!(is_test(path, source, name), "{} {}: there is no test {id}", row.code, row.v2);
        }
    }
}

#[test]
fn every_named_capability_is_in_the_registry() {
    for (_, row) in table().unwrap().rows() {
        let known = row.via.as_ref().is_none_or(|via| FEATURES.iter().any(|feature| feature.code == via));
        assert!(known, "{} {:?}", row.code, row.via);
    }
}

fn read(path: &str) -> String {
    std::fs::read_to_string(viaduct_tests::root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn is_test(path: &str, source: &str, name: &str) -> bool {
    if path.ends_with(".rs") {
        return is_rust_test(source, name);
    }
    // A step of a scene, a test, a step of an SDK's story.
    [format!("name: '{name}'"), format!("test('{name}'"), format!("['{name}', ")]
        .iter()
        .any(|form| source.contains(form))
}

/// A function of this name whose attributes make it a test that is not left out.
fn is_rust_test(source: &str, name: &str) -> bool {
    let Some(at) = source.find(&format!("fn {name}(")) else { return false };
    let attributes = source[..at].rsplit("\n\n").next().unwrap_or_default();
    let is_marked = ["#[test]", "#[tokio::test", "#[actix_web::test"].iter().any(|mark| attributes.contains(mark));
    is_marked && !attributes.contains("#[ignore")
}

#[test]
fn a_test_is_told_from_what_is_none() {
    let source = "#[test]\nfn good() {}\n\nfn helper() {}\n\n#[test]\n#[ignore]\nfn left_out() {}\n";
    assert!(is_rust_test(source, "good"));
    assert!(!is_rust_test(source, "helper") && !is_rust_test(source, "left_out") && !is_rust_test(source, "absent"));
    assert!(is_test("a.mjs", "  ['Session.close', async", "Session.close"));
    assert!(!is_test("a.mjs", "// Session.close", "Session.close"));
}
