//! Every way in which a participant, a stream and a session can end: what backends are told, in which order and why.
use crate::stage::Stage;
use serde_json::{Value, json};
use sfu_core::id::WorkerId;
use sfu_core::room::{
    LeaveReason, ParticipantUpdate, Permissions, PublishedTarget, RoomCommand, RoomEvent, TrackSource,
};
use std::collections::HashMap;
use std::time::Duration;
use v2_api::webhook::V2Event;

/// An event in short: `name who>from reason`, with clients by their names.
fn short(names: &HashMap<String, String>, event: &V2Event) -> String {
    let fields: Value = serde_json::from_str(&event.fields).unwrap();
    let name = |key: &str| fields[key].as_str().map(|id| names.get(id).cloned().unwrap_or_else(|| id.to_owned()));
    let who = match (name("connectionId"), name("receivingFrom")) {
        (Some(who), Some(from)) => format!(" {who}<{from}"),
        (Some(who), None) => format!(" {who}"),
        (None, _) => String::new(),
    };
    let reason = fields["reason"].as_str().map(|reason| format!(" {reason}")).unwrap_or_default();
    let short =
        event.name.replace("webrtcConnection", "stream").replace("participant", "").replace("session", "Session");
    format!("{short}{who}{reason}")
}

struct Scene {
    stage: Stage,
    names: HashMap<String, String>,
    stream: String,
}

impl Scene {
    /// Ann moderates, Bob publishes, Cat receives Bob; what was told of that is taken.
    fn new() -> Self {
        let stage = Stage::default();
        let mut names = HashMap::new();
        for (name, role) in [("ann", "MODERATOR"), ("bob", "PUBLISHER"), ("cat", "SUBSCRIBER")] {
            let joined = stage.join("s", name, role);
            names.insert(joined["id"].as_str().unwrap().to_owned(), name.to_owned());
        }
        let stream = stage.publish("bob");
        let offer = crate::sdp_text::offer(true, true, "recvonly");
        stage.request("cat", "receiveVideoFrom", json!({ "sender": stream, "sdpOffer": offer }));
        let mut scene = Self { stage, names, stream };
        assert_eq!(
            scene.told(),
            ["SessionCreated", "Joined ann", "Joined bob", "Joined cat", "streamCreated bob", "streamCreated cat<bob"]
        );
        scene
    }

    fn told(&mut self) -> Vec<String> {
        self.stage.take_events().iter().map(|event| short(&self.names, event)).collect()
    }

    fn id(&self, name: &str) -> String {
        self.names.iter().find(|(_, known)| *known == name).unwrap().0.clone()
    }

    fn participant(&self, name: &str) -> sfu_core::id::ParticipantId {
        let id = self.id(name);
        let room = self.stage.room("s").unwrap();
        room.participants.iter().find(|other| other.identity == id).unwrap().id
    }

    fn ask(&self, command: RoomCommand) {
        self.stage.ask("s", command).unwrap();
    }

    fn publication(&self) -> PublishedTarget {
        let room = self.stage.room("s").unwrap();
        let streams = room.participants.iter().flat_map(|participant| &participant.streams);
        PublishedTarget::Stream(streams.map(|stream| stream.id).next().unwrap())
    }
}

/// What is done to the scene.
type Deed = fn(&Scene);

const CASES: &[(&str, Deed, &[&str])] = &[
    (
        "the publisher unpublishes",
        |scene| drop(scene.stage.request("bob", "unpublishVideo", json!({}))),
        &["streamDestroyed bob unpublish", "streamDestroyed cat<bob unpublish"],
    ),
    (
        "the receiver unsubscribes",
        |scene| drop(scene.stage.request("cat", "unsubscribeFromVideo", json!({ "sender": scene.id("bob") }))),
        &["streamDestroyed cat<bob unsubscribe"],
    ),
    (
        "the moderator unpublishes it",
        |scene| drop(scene.stage.request("ann", "forceUnpublish", json!({ "streamId": scene.stream }))),
        &["streamDestroyed bob forceUnpublishByUser", "streamDestroyed cat<bob forceUnpublishByUser"],
    ),
    (
        "the API unpublishes it",
        |scene| {
            let (participant, target) = (scene.participant("bob"), scene.publication());
            scene.ask(RoomCommand::ForceUnpublish { participant, target });
        },
        &["streamDestroyed bob forceUnpublishByServer", "streamDestroyed cat<bob forceUnpublishByServer"],
    ),
    (
        "the permission to publish goes",
        |scene| {
            let permissions = Permissions { publish: false, ..Permissions::publisher() };
            let update = ParticipantUpdate { permissions: Some(permissions), ..ParticipantUpdate::default() };
            let participant = Some(scene.participant("bob"));
            scene.ask(RoomCommand::UpdateParticipant { participant, update: Box::new(update) });
        },
        &["streamDestroyed bob forceUnpublishByServer", "streamDestroyed cat<bob forceUnpublishByServer"],
    ),
    (
        "the publisher leaves",
        |scene| drop(scene.stage.request("bob", "leaveRoom", json!({}))),
        &["streamDestroyed cat<bob disconnect", "streamDestroyed bob disconnect", "Left bob disconnect"],
    ),
    (
        "the receiver leaves",
        |scene| drop(scene.stage.request("cat", "leaveRoom", json!({}))),
        &["streamDestroyed cat<bob disconnect", "Left cat disconnect"],
    ),
    (
        "the moderator puts the publisher out",
        |scene| drop(scene.stage.request("ann", "forceDisconnect", json!({ "connectionId": scene.id("bob") }))),
        &[
            "streamDestroyed cat<bob forceDisconnectByUser",
            "streamDestroyed bob forceDisconnectByUser",
            "Left bob forceDisconnectByUser",
        ],
    ),
    (
        "the API puts the receiver out",
        |scene| {
            let participant = scene.participant("cat");
            scene.ask(RoomCommand::Remove { participant, reason: LeaveReason::ForcedByServer });
        },
        &["streamDestroyed cat<bob forceDisconnectByServer", "Left cat forceDisconnectByServer"],
    ),
    (
        "the publisher's network goes",
        |scene| {
            scene.stage.lose("bob");
            scene.stage.pass(Duration::from_secs(20));
        },
        &[
            "streamDestroyed cat<bob networkDisconnect",
            "streamDestroyed bob networkDisconnect",
            "Left bob networkDisconnect",
        ],
    ),
    (
        "the API ends the session",
        |scene| scene.ask(RoomCommand::Close { reason: LeaveReason::RoomClosedByApi }),
        &[
            "Left ann sessionClosedByServer",
            "streamDestroyed cat<bob sessionClosedByServer",
            "streamDestroyed bob sessionClosedByServer",
            "Left bob sessionClosedByServer",
            "Left cat sessionClosedByServer",
            "SessionDestroyed sessionClosedByServer",
        ],
    ),
    (
        "the media server breaks down",
        |scene| scene.stage.lose_worker(WorkerId(0)),
        &[
            "Left ann nodeCrashed",
            "streamDestroyed cat<bob nodeCrashed",
            "streamDestroyed bob nodeCrashed",
            "Left bob nodeCrashed",
            "Left cat nodeCrashed",
            "SessionDestroyed nodeCrashed",
        ],
    ),
    (
        "all leave",
        |scene| {
            for name in ["ann", "cat", "bob"] {
                scene.stage.request(name, "leaveRoom", json!({}));
            }
        },
        &[
            "Left ann disconnect",
            "streamDestroyed cat<bob disconnect",
            "Left cat disconnect",
            "streamDestroyed bob disconnect",
            "Left bob disconnect",
            "SessionDestroyed lastParticipantLeft",
        ],
    ),
];

#[test]
fn every_ending_is_told_once_with_its_reason_and_in_order() {
    for (what, deed, expected) in CASES {
        let mut scene = Scene::new();
        deed(&scene);
        assert_eq!(scene.told(), *expected, "{what}");
        scene.stage.pass(Duration::from_secs(1));
        assert_eq!(scene.told(), Vec::<String>::new(), "{what}: nothing is told twice");
    }
}

#[test]
fn key_counts_are_those_of_the_original() {
    let stage = Stage::default();
    stage.join("s", "bob", "PUBLISHER");
    stage.join("s", "cat", "SUBSCRIBER");
    let stream = stage.publish("bob");
    let offer = crate::sdp_text::offer(true, true, "recvonly");
    stage.request("cat", "receiveVideoFrom", json!({ "sender": stream, "sdpOffer": offer }));
    stage.request("cat", "sendMessage", json!({ "message": r#"{"to":[],"type":"signal:chat","data":"x"}"# }));
    stage.ask("s", RoomCommand::Close { reason: LeaveReason::RoomClosedByApi }).unwrap();
    let counts: Vec<(String, usize)> = stage
        .take_events()
        .iter()
        .map(|event| {
            let body: Value = serde_json::from_str(&event.webhook_body()).unwrap();
            (event.name.to_owned(), body.as_object().unwrap().len())
        })
        .collect();
    let expected = [
        ("sessionCreated", 4),
        ("participantJoined", 11),
        ("participantJoined", 11),
        ("webrtcConnectionCreated", 13),
        ("webrtcConnectionCreated", 14),
        ("signalSent", 8),
        ("webrtcConnectionDestroyed", 17),
        ("webrtcConnectionDestroyed", 16),
        ("participantLeft", 14),
        ("participantLeft", 14),
        ("sessionDestroyed", 7),
    ];
    assert_eq!(counts, expected.map(|(name, count)| (name.to_owned(), count)));
}

#[test]
fn what_a_client_changes_later_does_not_change_what_is_told_of_its_stream() {
    let stage = Stage::default();
    stage.join("s", "bob", "PUBLISHER");
    let stream = stage.publish("bob");
    let change = json!({
        "streamId": stream, "property": "videoDimensions", "newValue": "{\"width\":480,\"height\":640}", "reason": "deviceRotated",
    });
    stage.request("bob", "streamPropertyChanged", change);
    stage.request("bob", "unpublishVideo", json!({}));
    let events = stage.take_events();
    let last: Value = serde_json::from_str(&events.last().unwrap().fields).unwrap();
    assert_eq!(last["reason"], "unpublish");
    assert_eq!(last["videoDimensions"], "{\"width\":640,\"height\":480}");
}

#[test]
fn a_participant_of_the_other_protocol_appears_with_its_companions() {
    let stage = Stage::default();
    stage.join("s", "ann", "SUBSCRIBER");
    stage.take_events();
    let foreigner = stage.foreign_join("s", "lee", "from the backend");
    stage.foreign_publish(&foreigner, TrackSource::Camera);
    let screen = stage.foreign_publish(&foreigner, TrackSource::ScreenShare);
    stage.foreign_ask(&foreigner, RoomCommand::Unpublish(PublishedTarget::Track(screen)));
    stage.foreign_ask(&foreigner, RoomCommand::Leave { reason: LeaveReason::ByClient });
    let events = stage.take_events();
    let first: Value = serde_json::from_str(&events[0].fields).unwrap();
    let id = first["connectionId"].as_str().unwrap().to_owned();
    assert_eq!(first["clientData"], r#"{"clientData":"lee"}"#);
    assert_eq!(first["serverData"], "from the backend");
    let names = HashMap::from([(id.clone(), "lee".to_owned()), (format!("{id}_SCREEN"), "screen".to_owned())]);
    let told: Vec<String> = events.iter().map(|event| short(&names, event)).collect();
    assert_eq!(
        told,
        [
            "Joined lee",
            "streamCreated lee",
            "Joined screen",
            "streamCreated screen",
            "streamDestroyed screen unpublish",
            "Left screen disconnect",
            "streamDestroyed lee disconnect",
            "Left lee disconnect",
        ]
    );
}

#[test]
fn a_session_that_nobody_joined_is_collected_without_a_word() {
    let stage = Stage::default();
    stage.token("s", "PUBLISHER", "");
    stage.pass(Duration::from_secs(2 * 3_600));
    assert!(matches!(stage.ask("s", RoomCommand::Describe), Err(_) | Ok(RoomEvent::Refused { .. })), "it is gone");
    let names: Vec<&str> = stage.take_events().iter().map(|event| event.name).collect();
    assert_eq!(names, ["sessionCreated"]);
}

#[test]
fn a_server_that_comes_back_ends_what_was_live_and_only_that() {
    use v2_api::webhook::{Life, OpenEvent, crashed};
    let scene = Scene::new();
    let mut open: Vec<OpenEvent> = Vec::new();
    scene.stage.publish("ann");
    scene.stage.request("cat", "leaveRoom", json!({}));
    for event in scene.stage.all_events() {
        match event.life {
            Life::Begins(life) => open.push(OpenEvent { life, fields: event.fields }),
            Life::Ends(life) => {
                let before = open.len();
                open.retain(|other| other.life != life);
                assert_eq!(open.len() + 1, before, "{life} had begun once");
            }
            Life::None => {}
        }
    }
    let told = |session_too| {
        let ends = crashed(&open, session_too, 1_795_618_600_000);
        ends.iter().map(|(event, session)| (short(&scene.names, event), session.clone())).collect::<Vec<_>>()
    };
    let people = [
        "streamDestroyed ann nodeCrashed",
        "Left ann nodeCrashed",
        "streamDestroyed bob nodeCrashed",
        "Left bob nodeCrashed",
    ];
    let expected: Vec<_> = people.iter().map(|line| ((*line).to_owned(), "s".to_owned())).collect();
    assert_eq!(told(false), expected);
    assert_eq!(told(true).last().unwrap().0, "SessionDestroyed nodeCrashed");
}
