//! The dependency table of `ARCHITECTURE.md`, held against `cargo metadata`.
use serde_json::Value;
use std::process::Command;

/// Our crates and the crates of ours that each may name as an ordinary dependency.
const ALLOWED: &[(&str, &[&str])] = &[
    ("sfu-core", &[]),
    ("v2-api", &["sfu-core"]),
    ("livekit-api", &["sfu-core"]),
    ("openapi", &["v2-api", "livekit-api"]),
    ("gateway", &["sfu-core", "v2-api", "livekit-api", "openapi"]),
    ("viaduct-tests", &[]),
    ("viaduct-load", &["sfu-core"]),
    ("xtask", &[]),
];

/// Crates that the core must never reach, however indirectly it would.
const NOT_IN_THE_CORE: &[&str] =
    &["tokio", "actix-web", "actix-ws", "sea-orm", "mio", "quinn-udp", "socket2", "reqwest"];

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(viaduct_tests::root())
        .output()
        .expect("cargo runs");
    serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON")
}

fn dependencies(package: &Value) -> Vec<String> {
    package["dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|dependency| dependency["kind"].is_null())
        .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn crates_depend_only_on_whom_the_table_allows() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    let ours: Vec<&str> = packages.iter().map(|package| package["name"].as_str().unwrap()).collect();
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let (_, allowed) = ALLOWED
            .iter()
            .find(|(known, _)| *known == name)
            .unwrap_or_else(|| panic!("{name} has no row in the table of allowed dependencies"));
        for dependency in dependencies(package).iter().filter(|dependency| ours.contains(&dependency.as_str())) {
            assert!(
                allowed.contains(&dependency.as_str()),
                "{name} depends on {dependency}: the table allows only {allowed:?}"
            );
        }
    }
}

#[test]
fn the_core_reaches_no_runtime_no_socket_and_no_database() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    let core = packages.iter().find(|package| package["name"] == "sfu-core").unwrap();
    for dependency in dependencies(core) {
        assert!(!NOT_IN_THE_CORE.contains(&dependency.as_str()), "sfu-core depends on {dependency}");
    }
}
