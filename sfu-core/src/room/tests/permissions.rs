//! The whole table: which command who may give.
use super::client::sending;
use super::scene::*;
use crate::id::{ParticipantId, StreamId, TrackId};
use crate::room::permission::{Asker, check};
use crate::room::*;
use crate::sdp::MediaKind;
use std::time::Duration;

/// One command of each kind; the compiler asks for a new one here through [`name`].
fn commands() -> Vec<RoomCommand> {
    let participant = ParticipantId::from_number(7).unwrap();
    let track = TrackId::from_number(1).unwrap();
    let stream = StreamId::from_number(1).unwrap();
    let target = PublishedTarget::Track(track);
    let grant = grant("x");
    let update = || Box::new(ParticipantUpdate::default());
    let other = StreamKey { participant, stream };
    vec![
        join_with(Credential::Granted(Box::new(grant.clone())), facts(Topology::PerStream)),
        RoomCommand::Leave { reason: LeaveReason::ByClient },
        announce(MediaKind::Video, TrackSource::Camera, "cam"),
        RoomCommand::AddCodec { track, codec: None, client_id: "second".to_owned(), layers: Vec::new() },
        RoomCommand::Unpublish(target),
        negotiate(TransportRole::Single, sending()),
        RoomCommand::RestartIce { role: TransportRole::Subscriber },
        RoomCommand::SwitchPath(Path::Tcp),
        RoomCommand::CapReceiving(None),
        RoomCommand::AddCandidate { role: TransportRole::Single, candidate: None },
        RoomCommand::ChangeStream { stream, change: StreamChange::default() },
        RoomCommand::SetMuted { participant: None, track, muted: true },
        RoomCommand::SetMuted { participant: Some(participant), track, muted: true },
        subscribe(other, SubscribeVia::Common),
        RoomCommand::Unsubscribe(SubscriptionTarget::Track(track)),
        RoomCommand::SetSubscribed { participant, tracks: Vec::new(), subscribed: true },
        RoomCommand::TuneSubscription { tracks: Vec::new(), wishes: SubscriptionWishes::default() },
        RoomCommand::Admit(None),
        RoomCommand::Signal(Signal { to: Vec::new(), kind: None, data: None }),
        RoomCommand::SendData(Box::default()),
        RoomCommand::ReplayData { received: Vec::new() },
        RoomCommand::PublishDataTrack { handle: 1, name: String::new(), face_data: Vec::new() },
        RoomCommand::UnpublishDataTrack { handle: 1 },
        RoomCommand::SubscribeData { tracks: Vec::new() },
        RoomCommand::SendFrame { handle: 1, handle_at: 2, label: String::new(), frame: Vec::new() },
        RoomCommand::PerformRpc(Box::new(RpcCall {
            to: String::new(),
            method: String::new(),
            payload: String::new(),
            response_timeout: Duration::ZERO,
        })),
        RoomCommand::AnswerRpc { call: crate::id::RequestId(1), outcome: RpcOutcome::Left },
        RoomCommand::SimulateSpeaking { lasting: Duration::ZERO },
        RoomCommand::SendChannel {
            role: TransportRole::Single,
            label: String::new(),
            binary: true,
            payload: Vec::new(),
        },
        RoomCommand::Remove { participant, reason: LeaveReason::ForcedByUser },
        RoomCommand::ForceUnpublish { participant, target },
        RoomCommand::UpdateParticipant { participant: None, update: update() },
        RoomCommand::UpdateParticipant { participant: Some(participant), update: update() },
        RoomCommand::Reserve(Box::new(Reservation { token: "t".to_owned(), grant, created_ms: 0 })),
        RoomCommand::CancelReservation(participant),
        RoomCommand::UpdateRoom(Box::default()),
        RoomCommand::Describe,
        RoomCommand::Close { reason: LeaveReason::RoomClosedByApi },
    ]
}

/// The row of the table below.
fn name(command: &RoomCommand) -> &'static str {
    match command {
        RoomCommand::Join(_) => "join",
        RoomCommand::Leave { .. } => "leave",
        RoomCommand::Publish(_) => "publish",
        RoomCommand::AddCodec { .. } => "add codec",
        RoomCommand::Unpublish(_) => "unpublish",
        RoomCommand::Negotiate { .. } => "negotiate",
        RoomCommand::RestartIce { .. } => "restart ice",
        RoomCommand::SwitchPath(_) => "switch path",
        RoomCommand::CapReceiving(_) => "cap",
        RoomCommand::AddCandidate { .. } => "candidate",
        RoomCommand::ChangeStream { .. } => "change stream",
        RoomCommand::SetMuted { participant: None, .. } => "mute oneself",
        RoomCommand::SetMuted { .. } => "mute another",
        RoomCommand::Subscribe(_) => "subscribe",
        RoomCommand::Unsubscribe(_) => "unsubscribe",
        RoomCommand::SetSubscribed { .. } => "subscribe another",
        RoomCommand::SendAway { .. } => "send away",
        RoomCommand::TuneSubscription { .. } => "tune",
        RoomCommand::Admit(_) => "admit",
        RoomCommand::Signal(_) => "signal",
        RoomCommand::SendData(_) => "data",
        RoomCommand::ReplayData { .. } => "replay",
        RoomCommand::PublishDataTrack { .. } => "publish data",
        RoomCommand::UnpublishDataTrack { .. } => "unpublish data",
        RoomCommand::SubscribeData { .. } => "subscribe to data",
        RoomCommand::SendFrame { .. } => "frame",
        RoomCommand::PerformRpc(_) => "call",
        RoomCommand::AnswerRpc { .. } => "answer a call",
        RoomCommand::SimulateSpeaking { .. } => "seem to speak",
        RoomCommand::SendChannel { .. } => "own channel",
        RoomCommand::Remove { .. } => "remove",
        RoomCommand::ForceUnpublish { .. } => "force unpublish",
        RoomCommand::UpdateParticipant { participant: None, .. } => "update oneself",
        RoomCommand::UpdateParticipant { .. } => "update another",
        RoomCommand::Reserve(_) => "reserve",
        RoomCommand::CancelReservation(_) => "cancel",
        RoomCommand::UpdateRoom(_) => "room update",
        RoomCommand::Describe => "describe",
        RoomCommand::Close { .. } => "close",
    }
}

#[test]
fn the_table_of_permissions() {
    let none = Permissions {
        publish: false,
        subscribe: false,
        publish_data: false,
        update_own_metadata: false,
        ..Permissions::publisher()
    };
    let all = Permissions { moderate: true, update_own_metadata: true, ..Permissions::publisher() };
    // Command: an API, one without any permission, one with the defaults, a moderator with all.
    let table = [
        ("join", "no yes yes yes"),
        ("leave", "no yes yes yes"),
        ("publish", "no no yes yes"),
        ("add codec", "no no yes yes"),
        ("unpublish", "no yes yes yes"),
        ("negotiate", "no yes yes yes"),
        ("restart ice", "no yes yes yes"),
        ("switch path", "no yes yes yes"),
        ("cap", "no yes yes yes"),
        ("candidate", "no yes yes yes"),
        ("change stream", "no yes yes yes"),
        ("mute oneself", "no yes yes yes"),
        ("mute another", "yes no no yes"),
        ("subscribe", "no no yes yes"),
        ("unsubscribe", "no yes yes yes"),
        ("subscribe another", "yes no no no"),
        ("tune", "no yes yes yes"),
        ("admit", "no yes yes yes"),
        ("signal", "yes yes yes yes"),
        ("data", "yes no yes yes"),
        ("replay", "no yes yes yes"),
        ("publish data", "no no yes yes"),
        ("unpublish data", "no yes yes yes"),
        ("subscribe to data", "no no yes yes"),
        ("frame", "no no yes yes"),
        ("call", "yes no no no"),
        ("answer a call", "no yes yes yes"),
        ("seem to speak", "no yes yes yes"),
        ("own channel", "no yes yes yes"),
        ("remove", "yes no no yes"),
        ("force unpublish", "yes no no yes"),
        ("update oneself", "no no no yes"),
        ("update another", "yes no no no"),
        ("reserve", "yes no no no"),
        ("cancel", "yes no no no"),
        ("room update", "yes no no no"),
        ("describe", "yes yes yes yes"),
        ("close", "yes no no no"),
    ];
    let commands = commands();
    assert_eq!(commands.len(), table.len());
    let me = ParticipantId::from_number(1).unwrap();
    let defaults = Permissions::publisher();
    let askers =
        [Asker::Api, Asker::Participant(me, &none), Asker::Participant(me, &defaults), Asker::Participant(me, &all)];
    for (command, (row, expected)) in commands.iter().zip(table) {
        assert_eq!(name(command), row);
        let found: Vec<_> =
            askers.iter().map(|asker| if check(command, *asker).is_ok() { "yes" } else { "no" }).collect();
        assert_eq!(found.join(" "), expected, "{row}");
    }
}

#[test]
fn sources_that_are_not_allowed_are_not_published() {
    let me = ParticipantId::from_number(1).unwrap();
    let only = Permissions { publish_sources: vec![TrackSource::Camera], ..Permissions::publisher() };
    let asker = Asker::Participant(me, &only);
    assert!(check(&announce(MediaKind::Video, TrackSource::Camera, "c"), asker).is_ok());
    assert!(check(&announce(MediaKind::Video, TrackSource::ScreenShare, "c"), asker).is_err());
}

#[test]
fn nobody_raises_their_own_permissions() {
    let me = ParticipantId::from_number(1).unwrap();
    let all = Permissions { moderate: true, update_own_metadata: true, ..Permissions::publisher() };
    let update = ParticipantUpdate { permissions: Some(all.clone()), ..ParticipantUpdate::default() };
    let command = RoomCommand::UpdateParticipant { participant: None, update: Box::new(update) };
    assert!(check(&command, Asker::Participant(me, &all)).is_err());
}
