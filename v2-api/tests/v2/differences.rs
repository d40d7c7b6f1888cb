//! The one list of meant differences to the recorded server, `tests/transcripts/v2/differences.json`: what was recorded,
//! line by line, with what this server does instead put in its place.
use serde_json::Value;
use std::collections::BTreeMap;

/// A line of a dialogue, as it is expected here.
#[derive(Clone)]
pub struct Line {
    /// Its number in the recording, from 1.
    pub number: usize,
    pub t: u64,
    pub direction: String,
    pub conn: String,
    pub message: Value,
    /// It may come before or after its neighbours towards the same client.
    pub any_order: bool,
}

/// The list.
pub struct Differences {
    stories: BTreeMap<String, Vec<Value>>,
    /// What holds in every story, with how often it was needed.
    rules: BTreeMap<String, usize>,
}

/// A recording without any difference.
pub fn recorded(text: &str) -> Vec<Line> {
    let line = |(at, text): (usize, &str)| {
        let line: Value = serde_json::from_str(text).unwrap();
        Line {
            number: at + 1,
            t: line["t"].as_u64().unwrap(),
            direction: line["dir"].as_str().unwrap().to_owned(),
            conn: line["conn"].as_str().unwrap().to_owned(),
            message: line["msg"].clone(),
            any_order: false,
        }
    };
    text.lines().enumerate().map(line).collect()
}

impl Differences {
    pub fn read(text: &str) -> Self {
        let list: Value = serde_json::from_str(text).unwrap();
        let reason = |entry: &Value| assert!(entry["reason"].as_str().is_some_and(|why| why.len() > 10), "{entry}");
        let rules = list["rules"].as_object().unwrap();
        rules.values().for_each(|why| assert!(why.as_str().is_some_and(|why| why.len() > 10), "{why}"));
        let stories: BTreeMap<String, Vec<Value>> = serde_json::from_value(list["stories"].clone()).unwrap();
        stories.values().flatten().for_each(reason);
        Self { stories, rules: rules.keys().map(|rule| (rule.clone(), 0)).collect() }
    }

    /// A tolerance that holds in every story is needed: it must stand in the list.
    pub fn need(&mut self, rule: &str) {
        *self.rules.get_mut(rule).unwrap_or_else(|| panic!("rule '{rule}' is not in the list")) += 1;
    }

    /// The stories of the list.
    pub fn stories(&self) -> impl Iterator<Item = &str> {
        self.stories.keys().map(String::as_str)
    }

    /// Rules that were never needed.
    pub fn unneeded(&self) -> Vec<&str> {
        self.rules.iter().filter(|(_, times)| **times == 0).map(|(rule, _)| rule.as_str()).collect()
    }

    /// A story as it is expected here. Every entry must change something, or its line does not exist.
    pub fn apply(&self, story: &str, lines: Vec<Line>) -> Vec<Line> {
        let mut lines = lines;
        for entry in self.stories.get(story).into_iter().flatten() {
            lines = change(story, entry, lines);
        }
        lines
    }
}

/// Carries out one entry: `skip` (lines that are not played), `patch` (a merge patch), `add` (lines of ours after it),
/// `any_order`.
fn change(story: &str, entry: &Value, mut lines: Vec<Line>) -> Vec<Line> {
    let first = entry["line"].as_u64().unwrap() as usize;
    let last = entry["to"].as_u64().map_or(first, |last| last as usize);
    let covered = |line: &Line| (first..=last).contains(&line.number);
    for number in [first, last] {
        assert!(lines.iter().any(|line| line.number == number), "{story}: line {number} is gone already: {entry}");
    }
    let skip = entry.get("skip").map(|skip| skip.as_str().unwrap_or("*").to_owned());
    if let Some(who) = skip {
        let before = lines.len();
        lines.retain(|line| !(covered(line) && (who == "*" || who == line.conn)));
        assert!(lines.len() < before, "{story}: nothing is left out: {entry}");
    }
    for line in lines.iter_mut().filter(|line| covered(line)) {
        if let Some(patch) = entry.get("patch") {
            let before = line.message.clone();
            merge(&mut line.message, patch);
            assert!(line.message != before, "{story}: nothing is changed: {entry}");
        }
        line.any_order |= entry["any_order"] == true;
    }
    if let Some(added) = entry.get("add") {
        let at = lines.iter().rposition(|line| line.number <= last).map_or(0, |at| at + 1);
        let t = lines[at.saturating_sub(1)].t;
        let made = added.as_array().unwrap().iter().map(|added| Line {
            number: last,
            t,
            direction: added["dir"].as_str().unwrap_or("s>c").to_owned(),
            conn: added["conn"].as_str().unwrap().to_owned(),
            message: added["msg"].clone(),
            any_order: added["any_order"] == true,
        });
        lines.splice(at..at, made);
    }
    lines
}

/// RFC 7396, and arrays item by item where the patch is an object of indexes.
fn merge(value: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *value = patch.clone();
        return;
    };
    if let Value::Array(items) = value {
        for (index, patch) in patch {
            merge(&mut items[index.parse::<usize>().unwrap()], patch);
        }
        return;
    }
    if !value.is_object() {
        *value = serde_json::json!({});
    }
    let map = value.as_object_mut().unwrap();
    for (key, patch) in patch {
        match patch {
            Value::Null => {
                map.remove(key);
            }
            patch => merge(map.entry(key.clone()).or_insert(Value::Null), patch),
        }
    }
}
