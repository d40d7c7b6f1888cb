//! Moving a participant to another room: who may, who can, what its client is told.
use crate::harness::{Hall, claims, config, find, names, now};
use livekit_api::token::verify;
use livekit_protocol as proto;
use proto::leave_request::Action;
use proto::signal_response::Message as Response;
use sfu_core::capability::Refusal;
use sfu_core::room::{RoomCommand, RoomEvent, RoomSnapshot};

fn describe(hall: &mut Hall) -> RoomSnapshot {
    match hall.command(RoomCommand::Describe) {
        Ok(RoomEvent::Described { room, .. }) => *room,
        other => panic!("{other:?}"),
    }
}

/// The order to send `identity` to a room called annex.
fn send_away(hall: &mut Hall, identity: &str) -> Result<RoomEvent, Refusal> {
    let room = describe(hall);
    let participant = room.participants.iter().find(|participant| participant.identity == identity).unwrap().id;
    let destination = RoomSnapshot { name: "annex".to_owned(), participants: Vec::new(), ..room };
    hall.command(RoomCommand::SendAway { participant, destination: Box::new(destination) })
}

#[test]
fn a_client_that_is_sent_away_gets_a_token_for_the_other_room_and_the_word_to_join_it() {
    let mut hall = Hall::new();
    let mut granted = claims("hall", "anna");
    granted.video.get_or_insert_default().can_publish = Some(false);
    granted.room_preset = String::new();
    let anna = hall.join_with(&granted, "/rtc", "protocol=16&sdk=js&version=2.23.0");
    let ben = hall.join_v0("ben", "");
    hall.take(anna);
    hall.take(ben);
    send_away(&mut hall, "anna").unwrap();
    let told = hall.take(anna);
    assert_eq!(names(&told), ["other", "leave"]);
    let moved = find(&told, |response| match response {
        Response::RoomMoved(moved) => Some(moved.clone()),
        _ => None,
    });
    assert_eq!(moved.room.unwrap().name, "annex");
    let claims = verify(&moved.token, &config().keys, now()).unwrap();
    let grant = claims.grant();
    assert_eq!((claims.identity(), grant.room.as_str(), grant.can_publish), ("anna", "annex", Some(false)));
    let leave = find(&told, |response| match response {
        Response::Leave(leave) => Some(leave.clone()),
        _ => None,
    });
    assert_eq!(leave.action(), Action::Reconnect);
    assert!(hall.seen(anna).finished);
    let left = find(&hall.take(ben), |response| match response {
        Response::Update(update) => update.participants.first().cloned(),
        _ => None,
    });
    assert_eq!((left.identity.as_str(), left.state()), ("anna", proto::participant_info::State::Disconnected));
}

#[test]
fn a_client_that_cannot_follow_stays_where_it_is() {
    let mut hall = Hall::new();
    let anna = hall.join_with(&claims("hall", "anna"), "/rtc", "protocol=15");
    hall.take(anna);
    let refused = send_away(&mut hall, "anna").unwrap_err();
    assert!(matches!(refused, Refusal::Invalid { what: "participant", .. }), "{refused}");
    assert!(hall.take(anna).is_empty() && !hall.seen(anna).finished);
    assert_eq!(describe(&mut hall).participants.len(), 1);
}
