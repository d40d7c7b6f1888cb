//! What backends are told, beside what a genuine server told them in the same dialogues: the same events, keys, reasons
//! and order. Ids are replaced by the order in which they appear, times are left out.
use serde_json::Value;
use std::collections::BTreeMap;
use v2_api::webhook::V2Event;

const WEBHOOKS: &str = include_str!("../../../tests/transcripts/v2/webhooks.jsonl");
const CDR: &str = include_str!("../../../tests/transcripts/v2/cdr.jsonl");

/// Stories in which another thing happens here than at the original, with why (`differences.json` says it in full): what is
/// told of them is not compared. `endings.rs` has those ends.
const OTHERWISE: &[(&str, &str)] = &[
    ("reconnect", "a client that is away is not thrown out by the next notification"),
    ("network-drop", "a socket closed with a reason text leaves no ghost"),
    ("media-server-crash", "a media thread is back within a second, so later joins go otherwise"),
    ("ipcam", "IP cameras are refused"),
    ("recording-autostop", "recording is refused, so the session ends with its last participant"),
];

/// True for a recorded line that has no counterpart here.
fn is_unbuilt(line: &str) -> bool {
    // Neither recordings nor server filters are built.
    line.ends_with("event=recordingStatusChanged") || line.ends_with("event=filterEventDispatched")
}

/// True for a line of ours that the original does not have: a client's signal without type, over which it stumbles.
fn is_extra(line: &str) -> bool {
    line.contains(" type=null ") && !line.contains(" from=null ")
}

/// The numbers of things by the order in which they first appear.
#[derive(Default)]
struct Names(BTreeMap<String, String>);

impl Names {
    fn of(&mut self, kind: &str, id: &str) -> String {
        let count = self.0.keys().filter(|known| known.starts_with(kind)).count();
        self.0.entry(format!("{kind} {id}")).or_insert_with(|| format!("{kind}{}", count + 1)).clone()
    }

    /// A text with the ids in it replaced.
    fn masked(&mut self, text: &str) -> String {
        if let Some(rest) = text.strip_prefix("str_")
            && let Some((front, connection)) = rest.split_once("_con_")
        {
            let (kind, label) = front.split_once('_').unwrap_or((front, ""));
            let stream = self.of("stream", label);
            return format!("{kind} {stream} of {}", self.masked(&format!("con_{connection}")));
        }
        match text.strip_prefix("con_") {
            Some(id) => self.of("con", id),
            None => text.to_owned(),
        }
    }

    /// An event as a line: its name, then its keys in their order.
    fn line(&mut self, body: &str) -> String {
        let keys = keys_in_order(body);
        let value: Value = serde_json::from_str(body).unwrap();
        let mut words = Vec::new();
        for key in keys {
            let shown = match (&value[&key], key.as_str()) {
                (_, "sessionId") => self.of("session", value[&key].as_str().unwrap()),
                (Value::Number(_), "timestamp" | "startTime" | "duration") => "time".to_owned(),
                (Value::String(text), "uniqueSessionId") => {
                    let (session, time) = text.rsplit_once('_').unwrap();
                    assert!(time.parse::<u64>().is_ok(), "{text}");
                    self.of("session", session)
                }
                (Value::String(text), _) => self.masked(text),
                (Value::Array(to), "to") => {
                    let mut to: Vec<_> = to.iter().map(|id| self.masked(id.as_str().unwrap())).collect();
                    to.sort();
                    to.join("+")
                }
                (other, _) => other.to_string(),
            };
            words.push(format!("{key}={shown}"));
        }
        words.join(" ")
    }
}

/// The keys of a JSON object of plain values, in their order.
fn keys_in_order(body: &str) -> Vec<String> {
    struct Keys(Vec<String>);
    impl<'de> serde::Deserialize<'de> for Keys {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Visit;
            impl<'de> serde::de::Visitor<'de> for Visit {
                type Value = Keys;
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("an object")
                }
                fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
                    let mut keys = Vec::new();
                    while let Some((key, _)) = map.next_entry::<String, serde::de::IgnoredAny>()? {
                        keys.push(key);
                    }
                    Ok(Keys(keys))
                }
            }
            deserializer.deserialize_map(Visit)
        }
    }
    serde_json::from_str::<Keys>(body).unwrap().0
}

fn is_closing(line: &str) -> bool {
    line.contains("reason=sessionClosedByServer") || line.contains("reason=nodeCrashed")
}

/// At a session's end the original puts its participants out in no order: that part is compared as a set.
fn in_order(lines: Vec<String>) -> Vec<String> {
    let ends = |line: &String| is_closing(line);
    let mut sorted = Vec::new();
    let mut rest = lines.into_iter().peekable();
    while let Some(line) = rest.next() {
        if !ends(&line) {
            sorted.push(line);
            continue;
        }
        let mut run = vec![line];
        while let Some(next) = rest.next_if(|line| ends(line)) {
            run.push(next);
        }
        run.sort();
        sorted.extend(run);
    }
    sorted
}

fn body_of(line: &str) -> String {
    let at = line.find("\"body\":").expect("a body") + "\"body\":".len();
    line[at..].strip_suffix('}').unwrap().to_owned()
}

fn recorded(story: &str) -> Vec<String> {
    let marker = format!("\"story\":\"{story}\",");
    WEBHOOKS.lines().filter(|line| line.contains(&marker)).map(body_of).collect()
}

/// The events of a dialogue that was played are those that were recorded with it.
pub fn check(story: &str, events: &[V2Event]) {
    if OTHERWISE.iter().any(|(name, _)| *name == story) {
        return;
    }
    let lines = |bodies: Vec<String>, left_out: fn(&str) -> bool| {
        let mut names = Names::default();
        in_order(bodies.iter().map(|body| names.line(body)).filter(|line| !left_out(line)).collect())
    };
    let mut expected = lines(recorded(story), is_unbuilt);
    let got = lines(events.iter().map(V2Event::webhook_body).collect(), is_extra);
    if story.starts_with("sdk-") {
        // Recorded from the clients: that their backend ended the session afterwards is not played.
        while expected.len() > got.len() && expected.last().is_some_and(|line| is_closing(line)) {
            expected.pop();
        }
    }
    // Who joins by the server's secret has no token, so no server data: an empty text here, null at the original.
    expected.iter_mut().for_each(|line| *line = line.replace("serverData=null", "serverData="));
    assert_eq!(got.join("\n"), expected.join("\n"), "{story}");
    for event in events {
        let line = event.cdr_line();
        let value: Value = serde_json::from_str(&line).unwrap();
        let mut body: Value = serde_json::from_str(&event.webhook_body()).unwrap();
        let name = body.as_object_mut().unwrap().remove("event").unwrap();
        assert_eq!(value[name.as_str().unwrap()], body, "{line}");
    }
}

/// The CDR lines of the three stories that were recorded are the webhooks' fields, in the webhooks' order.
#[test]
fn recorded_cdr_lines_hold_the_fields_of_the_webhooks() {
    let stories = ["join-leave", "publish-subscribe-client-offer", "signals"];
    let bodies: Vec<String> = stories.iter().flat_map(|story| recorded(story)).collect();
    let lines: Vec<&str> = CDR.lines().collect();
    assert_eq!(lines.len(), bodies.len());
    for (line, body) in lines.into_iter().zip(bodies) {
        let value: Value = serde_json::from_str(&body).unwrap();
        let name = value["event"].as_str().unwrap();
        let fields = body.strip_suffix(&format!(",\"event\":\"{name}\"}}")).unwrap();
        assert_eq!(line, format!("{{\"{name}\":{fields}}}}}"));
    }
}
