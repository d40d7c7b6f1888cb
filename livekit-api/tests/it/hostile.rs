//! Hostile tokens and Twirp calls from tables, each with its expected answer; whoever is in a room meanwhile notices
//! nothing, and no room comes or goes. The rows about what calls say are in `hostile_calls.rs`.
use crate::harness::{KEY, SECRET, claims, now, sign};
use crate::hostile_calls;
use crate::hostile_messages::MESSAGES_MIN;
use crate::port::HallPort;
use crate::twirp::{admin, send};
use actix_web::http::Method;
use actix_web::test::TestRequest;
use base64::Engine;
use livekit_api::config::Keys;
use livekit_api::token::{Claims, VideoGrant, sign as sign_with};
use serde_json::{Value, json};

/// A call with what it must be answered.
pub struct Hostile {
    pub what: String,
    pub verb: Method,
    pub path: String,
    /// The whole `Authorization` header.
    pub authorization: Option<String>,
    pub kind: &'static str,
    pub body: Vec<u8>,
    pub status: u16,
    /// The code of a Twirp error, or how a plain text begins.
    pub says: &'static str,
}

/// A JSON call of all that may be granted.
pub fn call(what: impl Into<String>, method: &str, body: &Value, status: u16, says: &'static str) -> Hostile {
    Hostile {
        what: what.into(),
        verb: Method::POST,
        path: format!("/twirp/livekit.{method}"),
        authorization: Some(format!("Bearer {}", admin())),
        kind: "application/json",
        body: body.to_string().into_bytes(),
        status,
        says,
    }
}

fn part(text: &str) -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

/// Headers that let nobody in, each with how its refusal begins.
fn bad_headers() -> Vec<(&'static str, String, &'static str)> {
    let now_s = now().unix_ms / 1000;
    let body = part(&format!(r#"{{"iss":"{KEY}","sub":"a","exp":{},"video":{{"roomList":true}}}}"#, now_s + 600));
    let header = part(r#"{"alg":"HS256"}"#);
    let unsigned = |alg: &str| format!("Bearer {}.{body}.", part(&format!(r#"{{"alg":{alg},"typ":"JWT"}}"#)));
    let good = admin();
    let mut halves = good.rsplitn(2, '.');
    let (signature, signed) = (halves.next().unwrap(), halves.next().unwrap());
    let with = |change: &dyn Fn(&mut Claims)| {
        let mut changed = claims("hall", "anna");
        changed.video =
            Some(VideoGrant { room_list: true, room_join: true, room: "hall".into(), ..Default::default() });
        change(&mut changed);
        format!("Bearer {}", sign(&changed))
    };
    let other = sign_with(&claims("hall", "anna"), &Keys::default().with(KEY, "another secret of many bytes")).unwrap();
    let empty = sign_with(&claims("hall", "anna"), &Keys::default().with(KEY, "")).unwrap();
    let stranger = Claims { iss: "nobody".to_owned(), ..claims("hall", "anna") };
    let stranger = sign_with(&stranger, &Keys::default().with("nobody", SECRET)).unwrap();
    let nameless = Claims { iss: String::new(), ..claims("hall", "anna") };
    let nameless = sign_with(&nameless, &Keys::default().with("", SECRET)).unwrap();
    const TOKEN: &str = "invalid authorization token";
    const HEADER: &str = "invalid authorization header. Must start with Bearer ";
    const UNKNOWN: &str = "invalid API key";
    vec![
        ("basic", format!("Basic {}", part("devkey:secret")), HEADER),
        ("token alone", good.clone(), HEADER),
        ("lower-case scheme", format!("bearer {good}"), HEADER),
        ("other scheme", format!("Token {good}"), HEADER),
        ("empty header", String::new(), HEADER),
        ("scheme alone", "Bearer".to_owned(), HEADER),
        ("empty token", "Bearer ".to_owned(), TOKEN),
        ("one word", "Bearer x".to_owned(), TOKEN),
        ("dots alone", "Bearer ..".to_owned(), TOKEN),
        ("two parts", format!("Bearer {header}.{body}"), TOKEN),
        ("four parts", format!("Bearer {good}.x"), TOKEN),
        ("not base64", "Bearer !!.!!.!!".to_owned(), TOKEN),
        ("header no JSON", format!("Bearer {}.{body}.x", part("hi")), TOKEN),
        ("header a list", format!("Bearer {}.{body}.x", part("[]")), TOKEN),
        ("claims no JSON", format!("Bearer {header}.{}.x", part("hi")), TOKEN),
        ("claims a list", format!("Bearer {header}.{}.x", part("[1]")), TOKEN),
        ("claims of other types", format!("Bearer {header}.{}.x", part(r#"{"iss":7,"video":"all"}"#)), TOKEN),
        ("alg none", unsigned("\"none\""), TOKEN),
        ("alg None", unsigned("\"None\""), TOKEN),
        ("alg NONE", unsigned("\"NONE\""), TOKEN),
        ("alg empty", unsigned("\"\""), TOKEN),
        ("alg null", unsigned("null"), TOKEN),
        ("alg a number", unsigned("1"), TOKEN),
        ("alg HS384", unsigned("\"HS384\""), TOKEN),
        ("alg HS512", unsigned("\"HS512\""), TOKEN),
        ("alg RS256", unsigned("\"RS256\""), TOKEN),
        ("alg ES256", unsigned("\"ES256\""), TOKEN),
        ("no signature", format!("Bearer {signed}."), TOKEN),
        ("half a signature", format!("Bearer {signed}.{}", &signature[..20]), TOKEN),
        ("claims swapped", format!("Bearer {}.{body}.{signature}", good.split('.').next().unwrap()), TOKEN),
        ("wrong secret", format!("Bearer {other}"), TOKEN),
        ("empty secret", format!("Bearer {empty}"), TOKEN),
        ("unknown key", format!("Bearer {stranger}"), UNKNOWN),
        ("no key", format!("Bearer {nameless}"), UNKNOWN),
        ("expired", with(&|claims| claims.exp = Some(now_s - 61)), TOKEN),
        ("expired long ago", with(&|claims| claims.exp = Some(1)), TOKEN),
        ("without expiry", with(&|claims| claims.exp = None), TOKEN),
        ("not valid yet", with(&|claims| claims.nbf = Some(now_s + 61)), TOKEN),
        ("valid in a century", with(&|claims| claims.nbf = Some(now_s + 3_000_000_000)), TOKEN),
        ("a megabyte", format!("Bearer {}", "a".repeat(1 << 20)), TOKEN),
        ("a byte that is no text", format!("Bearer {good}é"), HEADER),
    ]
}

fn tokens() -> Vec<Hostile> {
    let mut rows = Vec::new();
    for (what, header, says) in bad_headers() {
        let authorization = Some(header);
        let list = call(format!("{what}: ListRooms"), "RoomService/ListRooms", &json!({}), 401, says);
        rows.push(Hostile { authorization: authorization.clone(), ..list });
        let (verb, path) = (Method::GET, "/rtc/validate".to_owned());
        let validate = call(format!("{what}: validate"), "", &json!({}), 401, says);
        rows.push(Hostile { authorization, verb, path, ..validate });
    }
    for (what, change, status, says) in joins() {
        let mut changed = claims("hall", "mallory");
        change(&mut changed);
        let (path, authorization) = ("/rtc/validate".to_owned(), Some(format!("Bearer {}", sign(&changed))));
        let row = call(format!("join with {what}"), "", &json!({}), status, says);
        rows.push(Hostile { authorization, verb: Method::GET, path, ..row });
    }
    rows
}

/// What a token asks for in vain when its bearer joins.
type Join = (&'static str, fn(&mut Claims), u16, &'static str);

fn joins() -> Vec<Join> {
    fn video(claims: &mut Claims) -> &mut VideoGrant {
        claims.video.get_or_insert_default()
    }
    vec![
        ("no grant", |claims| claims.video = None, 401, "permissions denied"),
        ("no right to join", |claims| video(claims).room_join = false, 401, "permissions denied"),
        ("no room", |claims| video(claims).room.clear(), 400, "no room name"),
        ("no identity", |claims| claims.sub.clear(), 400, "identity cannot be empty"),
        ("a long identity", |claims| claims.sub = "i".repeat(257), 400, "participant identity exceeds"),
        ("a long name", |claims| claims.name = "n".repeat(257), 400, "participant name exceeds"),
        ("a long room", |claims| video(claims).room = "r".repeat(257), 400, "room name exceeds"),
        ("much metadata", |claims| claims.metadata = "m".repeat(524_289), 400, "participant metadata exceeds"),
        (
            "many attributes",
            |claims| claims.attributes.extend([("k".to_owned(), "v".repeat(65_537))]),
            400,
            "participant attributes exceed",
        ),
    ]
}

fn routes() -> Vec<Hostile> {
    let mut rows = Vec::new();
    let list = |what: &str, status, says| call(what, "RoomService/ListRooms", &json!({}), status, says);
    for verb in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS, Method::TRACE] {
        rows.push(Hostile { verb: verb.clone(), ..list(&format!("by {verb}"), 404, "bad_route") });
    }
    let kinds = ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml"];
    for kind in kinds.into_iter().chain(["application", "json", "application/jsonp", "application/grpc", "*/*"]) {
        rows.push(Hostile { kind, ..list(&format!("as {kind:?}"), 404, "bad_route") });
    }
    let unknown = ["listrooms", "ListRoom", "CreateRooms", "Shutdown", "__proto__", "ListRooms%00", "ListRooms;x=1"];
    for method in unknown {
        rows.push(call(format!("method {method}"), &format!("RoomService/{method}"), &json!({}), 404, "bad_route"));
    }
    for (service, method) in [("SIP", "CreateRoom"), ("Egress", "ListIngress"), ("Ingress", "ListEgress")] {
        rows.push(call(format!("{method} of {service}"), &format!("{service}/{method}"), &json!({}), 404, "bad_route"));
    }
    let strange =
        ["Nothing/ListRooms", "roomservice/ListRooms", "RoomService", "RoomService/ListRooms/", "RoomService/a/b"];
    for path in strange.into_iter().chain(["Replay/ListReplays", "CloudAgent/ListAgents", "../metrics"]) {
        rows.push(call(format!("path {path}"), path, &json!({}), 404, "404 page not found"));
    }
    let big = vec![b' '; (10 << 20) + 1];
    rows.push(Hostile { body: big, ..list("more than ten megabytes", 413, "") });
    rows
}

/// So many hostile tokens and calls are tried at least.
const CALLS_MIN: usize = 170;
/// Signal messages, tokens and calls together.
const _: () = assert!(CALLS_MIN + MESSAGES_MIN >= 300);

#[actix_web::test]
async fn hostile_tokens_and_calls_are_answered_as_the_table_says_and_harm_nobody() {
    let port = HallPort::new();
    let anna = {
        let mut hall = port.hall.lock().unwrap();
        let anna = hall.join_v0("anna", "");
        hall.take(anna);
        anna
    };
    let before = hostile_calls::state(&port).await;
    let rows: Vec<Hostile> = [tokens(), routes(), hostile_calls::rows()].into_iter().flatten().collect();
    let mut executed = 0;
    for row in rows {
        let Hostile { what, verb, path, authorization, kind, body, status, says } = row;
        let mut request = TestRequest::default().method(verb).uri(&path).set_payload(body);
        if let Some(header) = authorization {
            request = request.insert_header(("Authorization", header));
        }
        if !kind.is_empty() {
            request = request.insert_header(("Content-Type", kind));
        }
        let answer = send(&port, request).await;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let shown: String = text.chars().take(300).collect();
        assert_eq!(answer.status.as_u16(), status, "{what}: {shown}");
        match serde_json::from_str::<Value>(&text).ok().filter(Value::is_object) {
            Some(error) => {
                assert_eq!(error["code"], says, "{what}: {shown}");
                assert!(!error["msg"].as_str().unwrap().is_empty(), "{what}");
                assert_eq!(answer.kind, "application/json", "{what}: SDKs compare it as a whole");
            }
            None => assert!(text.starts_with(says), "{what}: {shown}"),
        }
        assert!(!text.contains(SECRET), "{what}: a secret in an answer");
        assert!(port.hall.lock().unwrap().take(anna).is_empty(), "{what}: somebody in the room was told");
        executed += 1;
    }
    assert!(executed >= CALLS_MIN, "{executed} tokens and calls were tried");
    assert_eq!(hostile_calls::state(&port).await, before);
    assert!(port.no_annexes(), "a call that was refused left a room behind");
}
