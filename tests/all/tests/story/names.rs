//! Names and metadata, from each world to the other.
//!
//! Guards against: people without a name on the other side; metadata in the wrong half; a change that only one world
//! hears of.
use crate::harness::cast::{ROOM, Role};
use crate::harness::livekit::Generation;
use crate::harness::{Kind, World};
use livekit_protocol as proto;
use proto::signal_request::Message as Request;
use serde_json::json;
use sfu_core::room::{ParticipantUpdate, RoomCommand};

#[test]
fn a_livekit_user_has_its_name_and_metadata_in_v2() {
    for (claims, expected) in [
        (json!({}), r#"{"clientData":"alice"}"#),
        (json!({ "name": "Alice A." }), r#"{"clientData":"Alice A."}"#),
        (json!({ "name": "Alice A.", "metadata": "vip" }), r#"{"clientData":"Alice A."}%/%vip"#),
    ] {
        let mut world = World::new("LiveKit's names in v2", 31);
        let before = world.enter(Kind::V2, "before");
        world.enter_livekit(Generation::Two, "alice", claims.clone());
        let after = world.enter(Kind::V2, "after");
        for viewer in [before, after] {
            let app = world.v2(viewer);
            let name = if claims.get("name").is_some() { "Alice A." } else { "alice" };
            let connection = app.connections_of(name).pop().expect("she is there");
            assert_eq!(app.metadata_of(&connection), expected);
        }
    }
}

#[test]
fn a_v2_user_has_its_name_data_and_identity_in_livekit() {
    let mut world = World::new("v2's names in LiveKit", 32);
    let viewer = world.enter(Kind::LiveKitTwo, "viewer");
    let alice = world.enter_v2(Kind::V2, "alice", Role::Publisher, "server data");
    let connection = world.v2(alice).connection();
    let person = world.livekit(viewer).person("alice").expect("she is there").clone();
    assert_eq!(person.identity, connection);
    assert_eq!((person.name.as_str(), person.metadata.as_str()), ("alice", "server data"));
    assert_eq!(person.attributes["openvidu.clientData"], r#"{"clientData":"alice"}"#);
}

#[test]
fn roles_are_grants_in_livekit_and_grants_are_roles_in_v2() {
    let mut world = World::new("roles and grants", 33);
    let viewer = world.enter(Kind::LiveKitTwo, "viewer");
    world.enter_v2(Kind::V2, "looker", Role::Subscriber, "");
    let publisher = world.enter_v2(Kind::V2, "speaker", Role::Publisher, "");
    let app = world.livekit(viewer);
    let may = |name: &str| app.person(name).and_then(|person| person.permission.clone()).expect("permissions");
    assert!(!may("looker").can_publish && may("looker").can_subscribe);
    assert!(may("speaker").can_publish);
    assert_eq!(world.v2(publisher).joined.as_ref().expect("joined")["role"], "PUBLISHER");
}

#[test]
fn a_change_of_name_and_metadata_by_the_api_is_told_to_livekit_clients_and_to_later_v2_clients() {
    let mut world = World::new("a new name", 34);
    let viewer = world.enter(Kind::LiveKitOne, "viewer");
    let alice = world.enter(Kind::LiveKitTwo, "alice");
    let participant = Some(world.participant("alice").id);
    let update = ParticipantUpdate {
        name: Some("Alice B.".to_owned()),
        metadata: Some("new".to_owned()),
        ..ParticipantUpdate::default()
    };
    world.call(ROOM, RoomCommand::UpdateParticipant { participant, update: Box::new(update) }).expect("an API may");
    let seen = world.livekit(viewer).person("Alice B.").expect("the new name").clone();
    assert_eq!(seen.metadata, "new");
    assert_eq!(world.livekit(alice).me().name, "Alice B.");
    let late = world.enter(Kind::V2, "late");
    let app = world.v2(late);
    let connection = app.connections_of("Alice B.").pop().expect("she is there");
    assert_eq!(app.metadata_of(&connection), r#"{"clientData":"Alice B."}%/%new"#);
}

#[test]
fn a_client_changes_its_own_metadata_only_where_its_token_allows_it() {
    for allowed in [true, false] {
        let mut world = World::new(&format!("own metadata, allowed: {allowed}"), 35);
        let claims = json!({ "video": { "canUpdateOwnMetadata": allowed } });
        let alice = world.enter_livekit(Generation::Two, "alice", claims);
        let request = proto::UpdateParticipantMetadata {
            metadata: "mine".to_owned(),
            request_id: 7,
            ..proto::UpdateParticipantMetadata::default()
        };
        world.livekit(alice).request(Request::UpdateMetadata(request));
        world.settle();
        let app = world.livekit(alice);
        let answers: Vec<_> = app.responses().map(|response| (response.request_id, response.reason())).collect();
        let reason =
            if allowed { proto::request_response::Reason::Ok } else { proto::request_response::Reason::NotAllowed };
        assert_eq!(answers, [(7, reason)]);
        assert_eq!(app.me().metadata, if allowed { "mine" } else { "" });
    }
}
