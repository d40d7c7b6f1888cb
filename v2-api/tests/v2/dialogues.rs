//! Recorded dialogues of a genuine server with its clients, played against this one: every frame that it sent must come,
//! in its order towards each client where it has one, with its keys and values; every call of the REST API alike.
//!
//! Where the original keeps silent this server says an error, so frames that answer an unanswered request are no surprise.
//! Candidates are in the session descriptions here, so the original's `iceCandidate` notifications were left out.
use crate::door::futures_lite;
use crate::rest_calls::{json_call, token};
use crate::sdp_text;
use crate::stage::Stage;
use crate::transcript::Bindings;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use v2_api::IceServerSetting;

/// A dialogue being played.
struct Play<'a> {
    story: &'a str,
    stage: Stage,
    bindings: Bindings,
    lines: Vec<Value>,
    /// Frames that came and were not expected yet.
    inbox: HashMap<String, Vec<Value>>,
    /// Requests that the original left unanswered, by client and id.
    unanswered: HashSet<(String, i64)>,
    /// Our last offer to a client of a stream.
    offers: HashMap<(String, String), String>,
    /// What each stream has.
    halves: HashMap<String, (bool, bool)>,
    /// The stream that a request of a client is about.
    about: HashMap<(String, i64), String>,
    clock: u64,
}

fn play(story: &str, text: &str) {
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut play = Play {
        story,
        stage: Stage::with(|config| {
            if story.ends_with("server-offer") {
                config.ice_servers = ice_servers();
            }
        }),
        bindings: Bindings::default(),
        unanswered: unanswered(&lines),
        lines,
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

fn unanswered(lines: &[Value]) -> HashSet<(String, i64)> {
    let of = |direction: &str| {
        lines
            .iter()
            .filter(|line| line["dir"] == direction && (direction == "s>c" || line["msg"].get("method").is_some()))
            .filter_map(|line| Some((line["conn"].as_str()?.to_owned(), line["msg"]["id"].as_i64()?)))
            .collect::<HashSet<_>>()
    };
    &of("c>s") - &of("s>c")
}

impl Play<'_> {
    fn line(&mut self, at: usize) {
        let line = self.lines[at].clone();
        let (conn, message) = (line["conn"].as_str().unwrap().to_owned(), &line["msg"]);
        self.reach(line["t"].as_u64().unwrap());
        match (line["dir"].as_str().unwrap(), conn.as_str()) {
            ("c>s", "rest") => self.rest(at, message),
            ("s>c", "rest") | ("note", _) => {}
            ("c>s", _) if message.get("opened").is_some() => {
                self.stage.open(&conn);
                self.inbox.entry(conn).or_default().retain(|frame| frame.get("id").is_none());
            }
            ("c>s", _) if message.get("closed").is_some() => self.stage.lose(&conn),
            ("c>s", _) if message.is_string() => self.stage.send_text(&conn, message.as_str().unwrap()),
            ("c>s", _) => self.request(at, &conn, message),
            ("s>c", _) if message["closed"]["code"] == 1006 => self.stage.lose(&conn),
            ("s>c", _) if message.get("closed").is_some() => self.expect_close(&conn, &message["closed"]),
            (_, _) => self.expect(&conn, message),
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
            .find(|line| line["conn"] == "rest" && line["dir"] == "s>c")
            .unwrap_or_else(|| panic!("{}: no answer was recorded", self.story))["msg"]
            .clone();
        let what = format!("{} {method} {path}", self.story);
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
            .find(|line| line["dir"] == "s>c" && line["conn"] == conn && line["msg"]["id"] == message["id"]);
        let result = answer.map(|line| line["msg"]["result"].clone()).unwrap_or_default();
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
        frame["params"]["reason"] == "sessionClosedByServer"
            && about.is_some()
            && about != own
            && about != Some("SPEECH_TO_TEXT")
    }

    /// The expected frame is there: a reply by its id, a notification the next of its name.
    fn expect(&mut self, conn: &str, expected: &Value) {
        let what = format!("{} to {conn}: {expected}", self.story);
        if self.is_end_of_another(conn, &self.bindings.fill(expected)) {
            return;
        }
        let about = self.bindings.fill(&expected["params"]["connectionId"]);
        let same = |frame: &Value| match expected.get("method") {
            Some(method) if expected["params"]["reason"] == "sessionClosedByServer" => {
                frame.get("method") == Some(method) && frame["params"]["connectionId"] == about
            }
            Some(method) => frame.get("method") == Some(method),
            None => {
                let code = |frame: &Value| frame["error"]["code"].clone();
                let alike = expected.get("id").is_some() || code(frame) == code(expected);
                frame.get("method").is_none() && frame.get("id") == expected.get("id") && alike
            }
        };
        let inbox = self.collect(conn);
        let at = inbox.iter().position(same).unwrap_or_else(|| panic!("{what}\nnot among {inbox:#?}"));
        let mut frame = inbox.remove(at);
        let expected = simplified(expected);
        frame = simplified(&frame);
        self.bindings.expect(&expected, &frame).unwrap_or_else(|why| panic!("{what}\n{why}\n{frame}"));
        self.remember(conn, &frame, &expected);
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
            let unanswered = self.unanswered.clone();
            let story = self.story;
            for frame in std::mem::take(self.collect(&conn)) {
                if self.is_end_of_another(&conn, &frame) {
                    continue;
                }
                let answers_silence = frame.get("method").is_none()
                    && match frame["id"].as_i64() {
                        Some(id) => unanswered.contains(&(conn.clone(), id)),
                        None => frame.get("error").is_some(),
                    };
                assert!(answers_silence, "{story}: {conn} was sent one more: {frame}");
            }
        }
    }
}

/// What two servers must share of a frame: an error's code and the fields beside it, not its words.
fn simplified(frame: &Value) -> Value {
    let mut frame = frame.clone();
    if let Some(error) = frame.get_mut("error").and_then(Value::as_object_mut) {
        error.remove("message");
    }
    frame
}

macro_rules! dialogues {
    ($($name:ident: $file:literal;)*) => {$(
        #[test]
        fn $name() {
            play($file, include_str!(concat!("../../../tests/transcripts/v2/", $file, ".jsonl")));
        }
    )*};
}

dialogues! {
    two_join_and_one_leaves_but_keeps_its_socket: "join-leave";
    streams_are_received_by_the_clients_offer: "publish-subscribe-client-offer";
    streams_are_received_by_the_servers_offer: "publish-subscribe-server-offer";
    signals_reach_all_some_or_are_refused: "signals";
    changed_properties_reach_the_others_and_late_joiners: "stream-property";
    a_moderator_forces_others: "moderator-force";
    the_rest_api_forces_others: "rest-force";
    a_session_is_ended_with_three_inside: "session-close";
    a_late_joiner_sees_who_publishes: "late-joiner";
    a_lost_socket_is_replaced: "reconnect";
    what_is_refused_is_refused_with_the_same_codes: "errors";
    clients_join_by_the_servers_secret: "secret-users";
    the_2_15_sdk_is_served: "sdk-2.15-with-2.32";
    the_2_32_sdk_is_served_by_its_offers: "sdk-2.32-client-offer";
    the_2_32_sdk_is_served_by_our_offers: "sdk-2.32-server-offer";
    the_2_32_sdk_reconnects: "sdk-2.32-reconnect";
    the_2_32_sdk_plays_all_roles: "sdk-2.32-roles";
}
