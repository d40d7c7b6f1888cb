//! Every code block of the guide is run, or marked as not to be run.
//!
//! What a block's first word says: `yaml` is a configuration, and read as one here; `json` is read; `sh` and `js` are run
//! against a real server by the SDK tests (`tests/sdk/node/guide.mjs`); `text` is shown. A word behind a comma, `ignore`,
//! says that a block of a language is not run, and the page says why.
use gateway::config;
use std::collections::BTreeMap;

struct Block {
    page: String,
    line: usize,
    info: String,
    text: String,
}

fn blocks() -> Vec<Block> {
    let mut found = Vec::new();
    for (page, text) in super::pages() {
        let mut open: Option<Block> = None;
        for (number, line) in text.lines().enumerate() {
            match (line.strip_prefix("```"), &mut open) {
                (Some(info), None) => {
                    let (info, page) = (info.trim().to_owned(), page.clone());
                    open = Some(Block { page, line: number + 1, info, text: String::new() });
                }
                (Some(_), Some(_)) => found.extend(open.take()),
                (None, Some(block)) => {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{page}: a block has no end");
    }
    found
}

#[test]
fn every_block_is_run_or_says_that_it_is_not() {
    for Block { page, line, info, .. } in blocks() {
        let known = ["yaml", "json", "sh", "js", "text"].contains(&info.as_str()) || info.ends_with(",ignore");
        assert!(known, "{page}:{line}: is a block of {info:?} to be run?");
    }
}

#[test]
fn every_configuration_of_the_guide_is_accepted() {
    // A page that shows a part of a configuration need not say everybody's secret.
    let secret = BTreeMap::from([("OPENVIDU_SECRET".to_owned(), "a-secret-of-at-least-32-characters".to_owned())]);
    let mut read = 0;
    for Block { page, line, text, .. } in blocks().into_iter().filter(|block| block.info == "yaml") {
        let path = std::env::temp_dir().join(format!("viaduct-guide-{}-{line}.yaml", std::process::id()));
        std::fs::write(&path, &text).unwrap();
        let arguments = ["viaduct".into(), "--config".into(), path.clone().into_os_string()];
        let invocation = config::read_arguments(arguments).unwrap();
        let loaded = config::load(&invocation, &secret);
        std::fs::remove_file(&path).unwrap();
        assert!(loaded.is_ok(), "{page}:{line}: {}", loaded.err().unwrap());
        read += 1;
    }
    assert!(read > 0);
}

#[test]
fn every_json_of_the_guide_is_json() {
    for Block { page, line, text, .. } in blocks().into_iter().filter(|block| block.info == "json") {
        let read = serde_json::from_str::<serde_json::Value>(&text);
        assert!(read.is_ok(), "{page}:{line}: {}", read.err().unwrap());
    }
}
