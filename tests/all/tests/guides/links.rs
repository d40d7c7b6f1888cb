//! No link of the guide leads nowhere: pages and places within them are there, addresses elsewhere have the right form, and
//! every page can be reached from the list of contents.
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};

/// What stands in the parentheses of each `[text](target)` outside code.
fn targets(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        // Every second part stands between backticks; links may have code in their text, never in their target.
        for (_, rest) in line.match_indices("](").map(|(at, _)| line.split_at(at + 2)) {
            if let Some((target, _)) = rest.split_once(')') {
                found.push(target.to_owned());
            }
        }
    }
    found
}

/// The places of a page that can be linked to: its headings, as mdBook names them, and what has an id.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if let Some(heading) = line.strip_prefix('#').filter(|_| !fenced) {
            found.insert(slug(heading.trim_start_matches('#').trim()));
        }
        for (_, rest) in line.match_indices("id=\"").map(|(at, mark)| line.split_at(at + mark.len())) {
            found.extend(rest.split('"').next().map(str::to_owned));
        }
    }
    found
}

fn slug(heading: &str) -> String {
    let kept = |letter: char| match letter {
        ' ' => Some('-'),
        letter if letter.is_alphanumeric() || letter == '-' || letter == '_' => letter.to_lowercase().next(),
        _ => None,
    };
    heading.chars().filter_map(kept).collect()
}

/// `compat/sessions.md` with `../codes/index.md` is `codes/index.md`.
fn joined(page: &str, target: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in Path::new(target).components() {
        match part {
            Component::ParentDir => {
                parts.pop();
            }
            Component::Normal(name) => parts.push(name.to_str().unwrap()),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    parts.join("/")
}

#[test]
fn no_link_leads_nowhere() {
    let pages: BTreeMap<String, String> = super::pages().into_iter().collect();
    let anchors: BTreeMap<&str, BTreeSet<String>> =
        pages.iter().map(|(path, text)| (path.as_str(), anchors(text))).collect();
    let mut checked = 0;
    for (page, text) in &pages {
        for target in targets(text) {
            checked += 1;
            if target.contains("://") {
                let rest = target.strip_prefix("https://").unwrap_or_else(|| panic!("{page}: {target} is not https"));
                let host = rest.split('/').next().unwrap();
                assert!(host.contains('.') && !rest.contains(' '), "{page}: {target} has no proper form");
                continue;
            }
            let (path, place) = target.split_once('#').unwrap_or((target.as_str(), ""));
            let path = if path.is_empty() { page.clone() } else { joined(page, path) };
            let places = anchors.get(path.as_str()).unwrap_or_else(|| panic!("{page}: there is no page {target}"));
            assert!(place.is_empty() || places.contains(place), "{page}: there is no place {target}");
        }
    }
    assert!(checked > 300, "{checked}");
}

#[test]
fn every_page_is_in_the_list_of_contents() {
    let pages = super::pages();
    let (_, summary) = pages.iter().find(|(path, _)| path == "SUMMARY.md").unwrap();
    let listed: BTreeSet<String> = targets(summary).into_iter().collect();
    let there: BTreeSet<String> =
        pages.iter().map(|(path, _)| path.clone()).filter(|path| path != "SUMMARY.md").collect();
    assert_eq!(listed, there);
}

#[test]
fn places_are_named_as_mdbook_names_them() {
    let cases = [
        ("How far am I?", "how-far-am-i"),
        ("The `.env` of OpenVidu v2", "the-env-of-openvidu-v2"),
        ("TLS, ports and `/metrics`", "tls-ports-and-metrics"),
    ];
    for (heading, expected) in cases {
        assert_eq!(slug(heading), expected);
    }
    assert_eq!(joined("compat/a.md", "../codes/b.md"), "codes/b.md");
    assert_eq!(joined("a.md", "./b.md"), "b.md");
    assert_eq!(targets("see [a](b.md#c), [`d`](e.md)\n```\n[x](y)\n```"), ["b.md#c", "e.md"]);
}
