//! Which names may stand in which files.
use std::fs;
use std::path::{Path, PathBuf};

/// All Rust files below a folder of the workspace, with their text.
pub fn rust_files(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![viaduct_tests::root().join(folder)];
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() && !path.ends_with("target") && !path.ends_with("node_modules") {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source file is text");
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "{folder} holds Rust files");
    found
}

/// True for a file that holds tests only.
pub fn is_test(path: &Path) -> bool {
    let inside: Vec<_> = path.iter().skip_while(|part| *part != "src").collect();
    path.ends_with("tests.rs") || inside.iter().any(|part| *part == "tests")
}

/// A file's lines before its tests, numbered, comments left out.
pub fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .take_while(|(_, line)| !line.trim_start().starts_with("#[cfg(test)]"))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

fn assert_absent(folder: &str, words: &[&str], exempt: impl Fn(&Path) -> bool, why: &str) {
    for (path, text) in rust_files(folder).into_iter().filter(|(path, _)| !exempt(path) && !is_test(path)) {
        for (number, line) in code_lines(&text) {
            for word in words {
                assert!(!line.contains(word), "{}:{}: {word}: {why}", path.display(), number + 1);
            }
        }
    }
}

fn nowhere(_: &Path) -> bool {
    false
}

#[test]
fn a_face_never_names_the_media_core() {
    for face in ["v2-api/src", "livekit-api/src"] {
        assert_absent(face, &["sfu_core::media", "media::MediaCommand"], nowhere, "faces know rooms, not media");
    }
}

#[test]
fn the_faces_do_not_know_each_other() {
    assert_absent("v2-api/src", &["livekit_api", "livekit_protocol"], nowhere, "v2-api knows nothing of LiveKit");
    assert_absent("livekit-api/src", &["v2_api"], nowhere, "livekit-api knows nothing of v2");
}

#[test]
fn the_web_framework_stays_in_the_http_folders_of_a_face() {
    let http = |path: &Path| {
        path.components().any(|part| part.as_os_str() == "rest" || part.as_os_str() == "twirp")
            || path.ends_with("lib.rs")
    };
    for face in ["v2-api/src", "livekit-api/src"] {
        assert_absent(face, &["actix_web"], http, "peer, rpc, signal and wire are sans-IO");
    }
}

#[test]
fn rooms_name_only_the_commands_and_events_of_the_media_core() {
    let inner =
        ["media::worker", "media::router", "media::transport", "media::rtp", "media::codec", "media::congestion"];
    assert_absent("sfu-core/src/room", &inner, nowhere, "room talks to a worker by commands and events");
    let outer = ["crate::room", "crate::signal", "crate::capability"];
    assert_absent("sfu-core/src/media", &outer, nowhere, "media knows nothing of rooms");
}

#[test]
fn the_core_reads_no_clock_and_names_no_runtime() {
    let words = ["tokio::", "actix", "sea_orm", "UdpSocket", "Instant::now(", "SystemTime::now(", "Mutex<", "RwLock<"];
    assert_absent("sfu-core/src", &words, nowhere, "the core is sans-IO");
}

#[test]
fn unsafe_code_stands_only_where_the_system_or_the_processor_is_spoken_to() {
    let places = ["gateway/src/media/socket", "sfu-core/src/media/prefetch.rs"];
    let socket = |path: &Path| places.iter().any(|place| path.to_string_lossy().contains(place));
    for folder in ["sfu-core/src", "v2-api/src", "livekit-api/src", "gateway/src", "openapi/src", "tests/xtask/src"] {
        assert_absent(folder, &["unsafe {", "unsafe fn", "unsafe impl"], socket, "unsafe belongs to few modules");
    }
}
