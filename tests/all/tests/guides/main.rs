//! The guide and the compat table: complete, true to the code, and without loose ends. Pages that follow from tables are
//! written anew with `VIADUCT_BLESS=1`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod blocks;
mod capabilities;
mod codes;
mod compat;
mod complete;
mod links;
mod proofs;

use std::path::{Path, PathBuf};

/// The folder of the guide's pages.
fn pages_folder() -> PathBuf {
    viaduct_tests::root().join("migration-guides/src")
}

/// Every page, with its path below that folder.
fn pages() -> Vec<(String, String)> {
    fn walk(folder: &Path, below: &str, found: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{below}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                walk(&entry.path(), &format!("{name}/"), found);
            } else if name.ends_with(".md") {
                found.push((name, std::fs::read_to_string(entry.path()).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    walk(&pages_folder(), "", &mut found);
    found.sort();
    found
}

/// Holds a page against what the code says of it, or writes it anew.
fn follows(page: &str, expected: &str) {
    let path = pages_folder().join(page);
    if std::env::var_os("VIADUCT_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, expected).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, expected, "{page}: run it again with VIADUCT_BLESS=1 and look at the difference");
}
