//! Every module says what it is for, and no file grows out of sight.
use super::imports::{is_test, rust_files};

const FOLDERS: &[&str] = &[
    "sfu-core/src",
    "v2-api/src",
    "livekit-api/src",
    "gateway/src",
    "openapi/src",
    "tests/xtask/src",
    "tests/load/src",
];
/// A file longer than this is two files.
const LINES_MAX: usize = 600;

#[test]
fn every_module_opens_with_its_purpose() {
    for (path, text) in FOLDERS.iter().flat_map(|folder| rust_files(folder)).filter(|(path, _)| !is_test(path)) {
        assert!(text.trim_start().starts_with("//!"), "{} does not open with a module doc", path.display());
    }
}

#[test]
fn no_file_grows_out_of_sight() {
    for (path, text) in FOLDERS.iter().flat_map(|folder| rust_files(folder)) {
        let lines = text.lines().count();
        assert!(lines <= LINES_MAX, "{} has {lines} lines; {LINES_MAX} are the most", path.display());
    }
}
