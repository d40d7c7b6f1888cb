//! Recorded dialogues of a genuine server with its clients, played against this one: every frame that it sent must come
//! with its keys and values, to each client in its order, and nothing else; every call of the REST API alike.
//!
//! The recordings are as they came, but for masked values. What this server does otherwise, and means to, stands in the
//! one list that `differences` reads.
use crate::differences::{Differences, Line, recorded};
use crate::door::futures_lite;
use crate::rest_calls::{json_call, token};
use crate::sdp_text;
use crate::stage::Stage;
use crate::transcript::Bindings;
use serde_json::{Value, json};
use sfu_core::room::{LeaveReason, RoomCommand};
use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;
use v2_api::IceServerSetting;

/// A dialogue being played.
struct Play<'a> {
    story: &'a str,
    stage: Stage,
    bindings: Bindings,
    lines: Vec<Line>,
    differences: &'a mut Differences,
    /// Frames that came and were not expected yet.
    inbox: HashMap<String, Vec<Value>>,
    /// Our last offer to a client of a stream.
    offers: HashMap<(String, String), String>,
    /// What each stream has.
    halves: HashMap<String, (bool, bool)>,
    /// The stream that a request of a client is about.
    about: HashMap<(String, i64), String>,
    clock: u64,
}

fn play(story: &str, text: &str, differences: &mut Differences) {
    let lines = differences.apply(story, recorded(text));
    let configured = text.contains("turn.example.com");
    let mut play = Play {
        story,
        stage: Stage::with(|config| {
            if configured {
                config.ice_servers = ice_servers();
            }
            config.recording.enabled = story.starts_with("recording");
        }),
        bindings: Bindings::default(),
        lines,
        differences,
        inbox: HashMap::new(),
        offers: HashMap::new(),
        halves: HashMap::new(),
        about: HashMap::new(),
        clock: 0,
    };
    for at in 0..play.lines.len() {
        play.line(at);
    }
    play.nothing_is_left();
    crate::webhooks::check(story, &play.stage.take_events());
}

/// The servers that the recorded one was configured with in these stories.
fn ice_servers() -> Vec<IceServerSetting> {
    let server = |url: &str, fixed: Option<(&str, &str)>, secret: Option<&str>| IceServerSetting {
        url: url.into(),
        username: fixed.map(|fixed| fixed.0.into()),
        credential: fixed.map(|fixed| fixed.1.into()),
        static_auth_secret: secret.map(str::to_owned),
    };
    vec![
        server("turn:turn.example.com:443", Some(("u", "c")), None),
        server("turns:t2.example.com", None, Some("secret")),
    ]
}

impl Play<'_> {
    fn line(&mut self, at: usize) {
        let line = self.lines[at].clone();
        let (conn, message) = (line.conn.clone(), &line.message);
        self.reach(line.t);
        match (line.direction.as_str(), conn.as_str()) {
            ("c>s", "rest") => self.rest(at, message),
            ("s>c", "rest") => {}
            ("note", _) => self.note(message),
            ("c>s", _) if message.get("opened").is_some() => {
                self.stage.open(&conn);
                self.inbox.entry(conn).or_default().retain(|frame| frame.get("id").is_none());
            }
            ("c>s", _) if message.get("closed").is_some() => self.stage.lose(&conn),
            ("c>s", _) if message.is_string() => self.stage.send_text(&conn, message.as_str().unwrap()),
            ("c>s", _) => self.request(at, &conn, message),
            ("s>c", _) if message["closed"]["code"] == 1006 => self.stage.lose(&conn),
            ("s>c", _) if message.get("closed").is_some() => self.expect_close(&conn, &message["closed"]),
            (_, _) => self.expect(&line),
        }
    }

    /// What happened to the server itself.
    fn note(&mut self, message: &Value) {
        if message == "the media server dies" {
            let names: Vec<String> = self.stage.world().rooms.keys().cloned().collect();
            for name in names {
                self.stage.ask(&name, RoomCommand::Close { reason: LeaveReason::ServerFailure }).unwrap();
            }
        }
    }

    fn reach(&mut self, t: u64) {
        self.stage.pass(Duration::from_millis(t.saturating_sub(self.clock)));
        self.clock = self.clock.max(t);
    }

    fn rest(&mut self, at: usize, message: &Value) {
        let path = self.bindings.fill_text(message["path"].as_str().unwrap());
        let body = message.get("body").map(|body| self.bindings.fill(body));
        let port = self.stage.port();
        let method = message["method"].as_str().unwrap();
        let answer = futures_lite(json_call(port, method, &path, body.as_ref()));
        let expected = self.lines[at + 1..]
            .iter()
            .find(|line| line.conn == "rest" && line.direction == "s>c")
            .unwrap_or_else(|| panic!("{}: no answer was recorded", self.story))
            .message
            .clone();
        let what = format!("{}:{} {method} {path}", self.story, self.lines[at].number);
        assert_eq!(u64::from(answer.status), expected["status"].as_u64().unwrap(), "{what}: {answer:?}");
        if expected["body"].is_object() {
            let compared = self.bindings.expect(&expected["body"], &answer.json());
            compared.unwrap_or_else(|why| panic!("{what}: {why}\n{}", answer.body));
        }
    }

    fn request(&mut self, at: usize, conn: &str, message: &Value) {
        let mut frame = message.clone();
        if message["method"] == "joinRoom" {
            self.have_a_token(at, conn, message);
        }
        self.put_sdp(conn, &mut frame);
        let frame = self.bindings.fill(&frame);
        self.stage.send(conn, &frame);
    }

    /// Where the dialogue does not show how the token came to be, it is made now, for what the answer shows.
    fn have_a_token(&mut self, at: usize, conn: &str, message: &Value) {
        let shown = message["params"]["token"].as_str().unwrap_or_default();
        let Some(name) = shown.split("token=").nth(1).filter(|name| name.starts_with('<')) else { return };
        let name = name.split_inclusive('>').next().unwrap();
        if self.bindings.get(name).is_some() {
            return;
        }
        let answer = self.lines[at..]
            .iter()
            .find(|line| line.direction == "s>c" && line.conn == conn && line.message["id"] == message["id"]);
        let result = answer.map(|line| line.message["result"].clone()).unwrap_or_default();
        let all = result["metadata"].as_str().unwrap_or_default();
        let own = message["params"]["metadata"].as_str().unwrap_or_default();
        let data = all.strip_prefix(own).unwrap_or_default();
        let data = data.strip_prefix("%/%").unwrap_or(data);
        let body = json!({"role": result["role"], "data": data});
        let session = message["params"]["session"].as_str().unwrap();
        let url = futures_lite(token(self.stage.port(), session, &body));
        let value = url.split("token=").nth(1).unwrap();
        self.bindings.bind(name, value);
    }

    /// Puts a description in the place of one that was cut.
    fn put_sdp(&mut self, conn: &str, frame: &mut Value) {
        let id = frame["id"].as_i64().unwrap_or_default();
        let method = frame["method"].as_str().unwrap_or_default().to_owned();
        let Some(params) = frame.get_mut("params").and_then(Value::as_object_mut) else { return };
        let stream = ["sender", "stream"].iter().find_map(|key| params.get(*key)).and_then(Value::as_str);
        let stream = stream.map(str::to_owned).unwrap_or_default();
        self.about.insert((conn.to_owned(), id), stream.clone());
        let flag = |name: &str| params.get(name).and_then(Value::as_bool).unwrap_or(true);
        let published = (flag("hasAudio"), flag("hasVideo"));
        let (audio, video) = self.halves.get(&stream).copied().unwrap_or((true, true));
        let own = stream.starts_with(&format!("<stream {conn} "));
        let offered = self.offers.get(&(conn.to_owned(), stream)).cloned();
        for (key, value) in params.iter_mut().filter(|(_, value)| **value == "<sdp>") {
            let text = match (key.as_str(), method.as_str(), &offered) {
                ("sdpOffer", "publishVideo", _) => sdp_text::offer(published.0, published.1, "sendonly"),
                ("sdpAnswer", _, Some(offer)) => sdp_text::answer(offer),
                ("sdpString", _, Some(offer)) if !own => sdp_text::answer(offer),
                (_, "reconnectStream", _) if own => sdp_text::offer(audio, video, "sendonly"),
                (_, _, _) => sdp_text::offer(audio, video, "recvonly"),
            };
            *value = Value::String(text);
        }
    }

    fn collect(&mut self, conn: &str) -> &mut Vec<Value> {
        let came = self.stage.take(conn);
        let inbox = self.inbox.entry(conn.to_owned()).or_default();
        inbox.extend(came);
        inbox
    }

    /// At a session's end the original puts its clients out in no order, so who hears of whom is left to chance; each
    /// must hear of its own end.
    fn is_end_of_another(&self, conn: &str, frame: &Value) -> bool {
        let own = self.bindings.get(&format!("<con {conn}>"));
        let about = frame["params"]["connectionId"].as_str();
        let reason = frame["params"]["reason"].as_str().unwrap_or_default();
        ["sessionClosedByServer", "nodeCrashed"].contains(&reason)
            && about.is_some()
            && about != own
            && about != Some("SPEECH_TO_TEXT")
    }

    /// The expected frame is the next to this client.
    fn expect(&mut self, line: &Line) {
        let (conn, expected) = (line.conn.as_str(), &line.message);
        let what = format!("{}:{} to {conn}: {expected}", self.story, line.number);
        if expected["method"] == "iceCandidate" {
            return self.differences.need("candidates");
        }
        let filled = self.bindings.fill(expected);
        if self.is_end_of_another(conn, &filled) {
            return self.differences.need("ends of others");
        }
        self.collect(conn);
        let ends: Vec<bool> = self.inbox[conn].iter().map(|frame| self.is_end_of_another(conn, frame)).collect();
        let inbox = self.inbox.entry(conn.to_owned()).or_default();
        let mut ends = ends.into_iter();
        inbox.retain(|_| !ends.next().unwrap_or(false));
        let same = |frame: &Value| frame.get("method") == filled.get("method") && frame.get("id") == filled.get("id");
        let at = match line.any_order {
            true => inbox.iter().position(same),
            false => inbox.first().filter(|frame| same(frame)).map(|_| 0),
        };
        let at = at.unwrap_or_else(|| panic!("{what}\nis not the next of {inbox:#?}"));
        let frame = inbox.remove(at);
        let (expected, frame) = (self.simplified(expected), self.simplified(&frame));
        self.bindings.expect(&expected, &frame).unwrap_or_else(|why| panic!("{what}\n{why}\n{frame}"));
        self.remember(conn, &frame, &expected);
    }

    /// What two servers must share of a frame: an error's code and the fields beside it, not its words.
    fn simplified(&mut self, frame: &Value) -> Value {
        let mut frame = frame.clone();
        if let Some(error) = frame.get_mut("error").and_then(Value::as_object_mut) {
            error.remove("message");
            if error.get("data").is_some_and(|data| data == "<trace>") {
                error.remove("data");
                self.differences.need("stack traces");
            }
        }
        for own in ["mediaServer", "version"] {
            if let Some(value) = frame.get_mut("result").and_then(|result| result.get_mut(own)) {
                *value = json!("its own");
                self.differences.need("its own words");
            }
        }
        frame
    }

    fn remember(&mut self, conn: &str, frame: &Value, expected: &Value) {
        if let Some(offer) = frame["result"]["sdpOffer"].as_str() {
            let stream = self.about.get(&(conn.to_owned(), frame["id"].as_i64().unwrap_or_default())).cloned();
            self.offers.insert((conn.to_owned(), stream.unwrap_or_default()), offer.to_owned());
        }
        if expected["method"] == "participantPublished" {
            let stream = &expected["params"]["streams"][0];
            let halves = (stream["hasAudio"] == true, stream["hasVideo"] == true);
            self.halves.insert(stream["id"].as_str().unwrap_or_default().to_owned(), halves);
        }
    }

    fn expect_close(&mut self, conn: &str, expected: &Value) {
        let closed = self.stage.closed(conn);
        let code = expected["code"].as_u64().unwrap() as u16;
        let reason = expected["reason"].as_str().unwrap().to_owned();
        assert_eq!(closed, Some((code, reason)), "{}: {conn}'s socket", self.story);
    }

    fn nothing_is_left(&mut self) {
        let names: Vec<String> = self.inbox.keys().cloned().collect();
        for conn in names {
            for frame in std::mem::take(self.collect(&conn)) {
                let story = self.story;
                assert!(self.is_end_of_another(&conn, &frame), "{story}: {conn} was sent one more: {frame}");
            }
        }
    }
}

/// Recordings that are compared elsewhere: calls one by one, and what goes to the backend.
const ELSEWHERE: [&str; 3] = ["rest", "webhooks", "cdr"];

#[test]
fn every_recorded_dialogue_is_answered_alike_but_for_the_listed_differences() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/transcripts/v2");
    let mut differences = Differences::read(&std::fs::read_to_string(folder.join("differences.json")).unwrap());
    let mut stories: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .filter_map(|file| Some(file.unwrap().file_name().to_str()?.strip_suffix(".jsonl")?.to_owned()))
        .filter(|story| !ELSEWHERE.contains(&story.as_str()))
        .collect();
    stories.sort();
    assert_eq!(stories.len(), 23, "{stories:?}");
    for story in differences.stories() {
        assert!(stories.iter().any(|played| played == story), "the list names '{story}', which is not recorded");
    }
    let mut failed = Vec::new();
    for story in &stories {
        let text = std::fs::read_to_string(folder.join(format!("{story}.jsonl"))).unwrap();
        let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| play(story, &text, &mut differences)));
        if played.is_err() {
            failed.push(story.as_str());
        }
    }
    assert!(failed.is_empty(), "{} of {} differ: {failed:?}", failed.len(), stories.len());
    assert_eq!(differences.unneeded(), Vec::<&str>::new(), "rules that nothing needs");
}
