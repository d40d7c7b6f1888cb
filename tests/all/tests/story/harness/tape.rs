//! Everything that passed on the sockets, one message per line, masked: ids by the name of whom they belong to, tokens,
//! times and session descriptions by what they are. Golden transcripts are cut from it.
use livekit_protocol as proto;
use prost::Message;
use serde_json::{Map, Value, json};
use sfu_core::signal::Frame;
use std::collections::HashMap;

/// The record of one story.
pub struct Tape {
    title: String,
    seed: u64,
    lines: Vec<String>,
    names: HashMap<String, String>,
    counts: HashMap<String, usize>,
}

impl Tape {
    /// An empty record.
    pub fn new(title: &str, seed: u64) -> Self {
        Self { title: title.to_owned(), seed, lines: Vec::new(), names: HashMap::new(), counts: HashMap::new() }
    }

    /// A frame of a client's (`>`) or to it (`<`).
    pub fn note(&mut self, who: &str, direction: char, frame: &Frame) {
        let mut value = readable(direction, frame);
        self.learn(&value);
        self.mask(&mut value, "");
        self.lines.push(format!("{who} {direction} {value}"));
    }

    /// The server closed a socket.
    pub fn note_close(&mut self, who: &str, code: u16, reason: &str) {
        self.lines.push(format!("{who} < closed {code} {reason}"));
    }

    /// Something that happened beside the sockets.
    pub fn say(&mut self, what: &str) {
        self.lines.push(format!("# {what}"));
    }

    /// The last lines, for people who read a failure.
    pub fn tail(&self, count: usize) -> String {
        let from = self.lines.len().saturating_sub(count);
        let lines: Vec<String> =
            self.lines[from..].iter().map(|line| line.chars().take(400).collect::<String>()).collect();
        format!(
            "--- {} (seed {}), the last of {} lines ---\n{}",
            self.title,
            self.seed,
            self.lines.len(),
            lines.join("\n")
        )
    }

    /// Compares what passed with the golden transcript of this name (`livekit/two-meet`), or writes it where
    /// `VIADUCT_BLESS=1` is set.
    pub fn check_golden(&self, name: &str) {
        let path = viaduct_tests::root().join("tests/transcripts").join(format!("{name}.txt"));
        let text = self.text();
        if std::env::var("VIADUCT_BLESS").is_ok_and(|value| value == "1") {
            std::fs::write(&path, &text).expect("a transcript is written");
            return;
        }
        let golden = std::fs::read_to_string(&path).unwrap_or_default();
        for (number, (was, is)) in golden.lines().zip(text.lines()).enumerate() {
            assert_eq!(was, is, "{}:{}: bless with VIADUCT_BLESS=1", path.display(), number + 1);
        }
        let (was, is) = (golden.lines().count(), text.lines().count());
        assert_eq!(was, is, "{}: as many messages; bless with VIADUCT_BLESS=1", path.display());
    }

    /// How many messages came to this user.
    pub fn count_to(&self, who: &str) -> usize {
        self.lines.iter().filter(|line| line.starts_with(&format!("{who} <"))).count()
    }

    /// The whole record.
    pub fn text(&self) -> String {
        let mut text = self.lines.join("\n");
        text.push('\n');
        text
    }

    /// Takes note of whose an id is, where a message says so.
    fn learn(&mut self, value: &Value) {
        match value {
            Value::Object(map) => {
                self.learn_person(map);
                map.values().for_each(|value| self.learn(value));
            }
            Value::Array(list) => list.iter().for_each(|value| self.learn(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn learn_person(&mut self, map: &Map<String, Value>) {
        let text = |key: &str| map.get(key).and_then(Value::as_str);
        let livekit = text("sid").filter(|sid| sid.starts_with("PA_")).zip(text("identity"));
        let v2 = text("id").filter(|id| id.starts_with("con_")).zip(text("metadata").and_then(client_name));
        for (id, name) in livekit.into_iter().chain(v2) {
            let Some(number) = id.split('_').nth(1).filter(|number| number.len() == 10) else { continue };
            if !name.starts_with("con_") {
                self.names.entry(number.to_owned()).or_insert_with(|| name.to_owned());
            }
        }
    }

    fn mask(&mut self, value: &mut Value, key: &str) {
        match value {
            Value::Object(map) => {
                for (key, value) in map.iter_mut() {
                    let key = key.clone();
                    self.mask(value, &key);
                    if key == "midToTrackId" {
                        *value = values_in_order(value);
                    }
                }
            }
            Value::Array(list) => list.iter_mut().for_each(|value| self.mask(value, key)),
            Value::String(text) => *text = self.mask_text(text, key),
            Value::Number(_) if is_time(key) => *value = json!("<time>"),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn mask_text(&mut self, text: &str, key: &str) -> String {
        if text.starts_with("v=0") {
            return sdp_summary(text);
        }
        if is_time(key) {
            return "<time>".to_owned();
        }
        match key {
            "refreshToken" | "token" | "turnUsername" | "turnCredential" | "finalUserId" | "sifTrailer"
            | "candidate" | "candidateInit" | "username" | "credential" => format!("<{key}>"),
            "sessionId" => "<rpc session>".to_owned(),
            "mid" | "sdpMid" if !text.is_empty() => "<mid>".to_owned(),
            _ => self.mask_ids(text),
        }
    }

    /// Exchanges every id in a text for the name of whom it belongs to, or for a number.
    fn mask_ids(&mut self, text: &str) -> String {
        let mut masked = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) =
            ["PA_", "TR_", "RM_", "con_", "str_", "st_", "ses_", "tok_"].iter().filter_map(|p| rest.find(p)).min()
        {
            masked.push_str(&rest[..at]);
            rest = &rest[at..];
            let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(rest.len());
            masked.push_str(&self.mask_id(&rest[..end]));
            rest = &rest[end..];
        }
        masked.push_str(rest);
        masked
    }

    fn mask_id(&mut self, id: &str) -> String {
        let (prefix, number) = match id.split_once('_') {
            Some(("str", rest)) if rest.contains("_con_") => {
                let letters = rest.split('_').next().unwrap_or_default();
                let owner = id.find("con_").map(|at| self.mask_id(&id[at..])).unwrap_or_default();
                return format!("str_{letters}_{}_{owner}", self.count("str", id));
            }
            Some(("TR", number)) if number.len() >= 10 => number.split_at(number.len() - 10),
            Some((_, number)) => ("", number),
            None => return id.to_owned(),
        };
        let kind = id.split('_').next().unwrap_or_default();
        let (number, suffix) = number.split_at_checked(10).unwrap_or((number, ""));
        match self.names.get(number) {
            Some(name) => format!("{kind}_{prefix}{name}{suffix}"),
            None => format!("{kind}_{prefix}{}{suffix}", self.count(kind, number)),
        }
    }

    fn count(&mut self, kind: &str, id: &str) -> usize {
        let next = self.counts.keys().filter(|known| known.starts_with(&format!("{kind} "))).count() + 1;
        *self.counts.entry(format!("{kind} {id}")).or_insert(next)
    }
}

/// A frame as JSON, whichever protocol it is of.
fn readable(direction: char, frame: &Frame) -> Value {
    match frame {
        Frame::Text(text) => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
        Frame::Binary(bytes) if direction == '>' => match proto::SignalRequest::decode(bytes.as_slice()) {
            Ok(request) => serde_json::to_value(request).unwrap_or_default(),
            Err(_) => json!("<no SignalRequest>"),
        },
        Frame::Binary(bytes) => match proto::SignalResponse::decode(bytes.as_slice()) {
            Ok(response) => serde_json::to_value(response).unwrap_or_default(),
            Err(_) => json!("<no SignalResponse>"),
        },
    }
}

/// A map whose keys a client draws, as the list of its values.
fn values_in_order(map: &Value) -> Value {
    let mut values: Vec<String> =
        map.as_object().into_iter().flatten().filter_map(|(_, value)| value.as_str().map(str::to_owned)).collect();
    values.sort();
    json!(values)
}

fn client_name(metadata: &str) -> Option<&str> {
    let data = metadata.split("%/%").next()?;
    data.strip_prefix("{\"clientData\":\"")?.strip_suffix("\"}")
}

fn is_time(key: &str) -> bool {
    ["createdAt", "joinedAt", "joinedAtMs", "creationTime", "creationTimeMs", "timestamp", "pong"].contains(&key)
}

/// Who offers or answers what: `<offer: audio sendonly, video sendonly, application>`.
fn sdp_summary(text: &str) -> String {
    let mut sections: Vec<String> = Vec::new();
    for line in text.lines() {
        if let Some(media) = line.strip_prefix("m=") {
            let kind = media.split(' ').next().unwrap_or_default();
            let refused = media.split(' ').nth(1) == Some("0");
            sections.push(if refused { format!("{kind} refused") } else { kind.to_owned() });
        } else if let (Some(section), "a=sendonly" | "a=recvonly" | "a=sendrecv" | "a=inactive") =
            (sections.last_mut(), line)
        {
            section.push(' ');
            section.push_str(&line[2..]);
        }
    }
    format!("<sdp: {}>", sections.join(", "))
}
