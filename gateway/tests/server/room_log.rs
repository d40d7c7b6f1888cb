//! The log of the real program, with rooms that have a level of their own.
use crate::kit::{Answer, Folder, V2Client, http, v2_token_with};
use crate::logged::{V2_SECRET, lines, program};
use serde_json::{Value, json};

async fn level(port: u16, method: &str, room: &str, body: Value) -> Answer {
    let bearer = format!("Bearer {V2_SECRET}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    http(port, method, &format!("/admin/v1/rooms/{room}/log-level"), &headers, &body).await
}

async fn set(port: u16, room: &str, word: &str) {
    let answer = level(port, "PUT", room, json!({ "level": word })).await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "level": word })), "{answer:?}");
}

/// A client that joins a room.
async fn joined(port: u16, room: &str) -> V2Client {
    let token = v2_token_with(port, room, V2_SECRET).await;
    let mut client = V2Client::connect(port).await;
    client.join(room, &token).await;
    client
}

/// What the log says of a room: levels and messages.
fn of_room<'a>(lines: &'a [Value], room: &str) -> Vec<(&'a str, &'a str)> {
    let of_it = |line: &&Value| line["span"]["room"] == room || line["fields"]["room"] == room;
    let told = |line: &'a Value| (line["level"].as_str().unwrap(), line["fields"]["message"].as_str().unwrap());
    lines.iter().filter(of_it).map(told).collect()
}

#[tokio::test]
async fn a_room_is_logged_at_a_level_of_its_own_until_that_is_taken_back_or_it_ends() {
    let folder = Folder::new();
    let program = program(&folder, "info");
    let port = program.port;
    assert_eq!(level(port, "GET", "loud", Value::Null).await.status, 404);
    assert_eq!(level(port, "PUT", "loud", json!({ "level": "debug" })).await.status, 404);
    // The first clients come before their rooms have a level.
    let mut clients = Vec::new();
    for room in ["loud", "plain", "still", "back", "ended"] {
        clients.push((room, joined(port, room).await));
    }
    for (body, status) in [(json!({ "level": "loud" }), 400), (json!({}), 400), (json!({ "level": null }), 400)] {
        assert_eq!(level(port, "PUT", "loud", body).await.status, status);
    }
    for (room, word) in [("loud", "debug"), ("still", "warn"), ("back", "trace"), ("ended", "debug")] {
        set(port, room, word).await;
    }
    assert_eq!(level(port, "DELETE", "back", Value::Null).await.status, 204);
    assert_eq!(level(port, "GET", "back", Value::Null).await.json(), json!({ "level": null }));
    assert_eq!(level(port, "GET", "loud", Value::Null).await.json(), json!({ "level": "debug" }));
    for (room, client) in &mut clients {
        let params = json!({ "sender": "con_none", "videoToReceive": true });
        assert!(client.call("receiveVideoFrom", params).await["error"].is_object(), "{room}: there is nobody to see");
        joined(port, room).await;
        client.call("leaveRoom", json!({})).await;
    }
    // A room of the name that comes later is another one.
    let bearer = format!("Bearer {V2_SECRET}");
    let end = http(port, "DELETE", "/admin/v1/rooms/ended", &[("authorization", &bearer)], "").await;
    assert_eq!(end.status, 204);
    let mut later = joined(port, "ended").await;
    assert_eq!(level(port, "GET", "ended", Value::Null).await.json(), json!({ "level": null }));
    later.call("leaveRoom", json!({})).await;

    let lines = lines(&program.logged());
    let loud = of_room(&lines, "loud");
    for message in ["joining", "leaving"] {
        assert!(loud.contains(&("DEBUG", message)), "{message}: {loud:?}");
    }
    assert!(loud.contains(&("INFO", "joined")) && !loud.iter().any(|(level, _)| *level == "TRACE"), "{loud:?}");
    let plain = of_room(&lines, "plain");
    assert!(plain.iter().all(|(level, _)| *level == "INFO"), "{plain:?}");
    assert_eq!(plain.iter().filter(|line| **line == ("INFO", "joined")).count(), 2, "{plain:?}");
    let still = of_room(&lines, "still");
    assert_eq!(still.iter().filter(|line| **line == ("INFO", "joined")).count(), 1, "before it was told: {still:?}");
    let back = of_room(&lines, "back");
    assert!(!back.contains(&("DEBUG", "joining")) && !back.contains(&("DEBUG", "leaving")), "{back:?}");
    let ended = of_room(&lines, "ended");
    assert_eq!(ended.iter().filter(|line| **line == ("DEBUG", "joining")).count(), 1, "{ended:?}");
}
