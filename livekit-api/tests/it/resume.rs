//! A client that loses its socket and comes back, or does not.
use crate::call::accept_offers;
use crate::harness::{Hall, claims, find, names};
use crate::text::{Section, add, description, microphone, offer};
use livekit_protocol as proto;
use proto::signal_request::Message as Request;
use proto::signal_response::Message as Response;
use sfu_core::id::TransportId;
use sfu_core::media::{FailureCause, MediaCommand, MediaEvent};
use sfu_core::room::{ParticipantUpdate, Permissions, RoomCommand};
use sfu_core::signal::SignalPeer;
use std::time::Duration;

pub fn sid_of(hall: &mut Hall, client: usize) -> String {
    find(&hall.take(client), |response| match response {
        Response::Join(join) => join.participant.as_ref().map(|me| me.sid.clone()),
        _ => None,
    })
}

/// The new socket's peer, and the socket handed over to the old one.
pub fn come_back(hall: &mut Hall, client: usize, identity: &str, sid: &str) {
    let porter = hall.join_with(&claims("hall", identity), "/rtc", &format!("protocol=15&reconnect=1&sid={sid}"));
    let (key, intro) = hall.clients[porter].seen.attach.take().expect("it claims to be somebody");
    assert!(Some(key) == hall.clients[client].seen.key, "the key of the earlier peer");
    let now = hall.now;
    hall.clients[client].seen.closed = None;
    hall.clients[client].peer.handle_attached(intro, now);
    hall.settle();
}

#[test]
fn a_client_that_comes_back_is_told_what_it_missed_after_the_reconnect_response() {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    let sid = sid_of(&mut hall, anna);
    let ben = hall.join_v0("ben", "");
    hall.join_v0("cleo", "");
    hall.connect_media();
    hall.take(anna);
    hall.lose_socket(anna);
    hall.request(ben, Request::Leave(proto::LeaveRequest::default()));
    hall.pass(Duration::from_secs(10));
    assert!(hall.take(anna).is_empty(), "nothing is sent without a socket");
    come_back(&mut hall, anna, "anna", &sid);
    let told = hall.take(anna);
    assert_eq!(names(&told), ["reconnect", "refresh_token", "update", "room_update", "offer"]);
    let Response::Update(update) = &told[2] else { panic!() };
    let mut present: Vec<_> = update.participants.iter().map(|p| (p.identity.as_str(), p.state)).collect();
    present.sort_unstable();
    assert_eq!(present, [("anna", 2), ("ben", 3), ("cleo", 2)]);
    hall.pass(Duration::from_secs(14));
    assert!(!hall.seen(anna).finished, "the wait for a socket is over");
}

#[test]
fn answers_that_found_no_socket_are_given_after_the_resume() {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    let sid = sid_of(&mut hall, anna);
    hall.connect_media();
    hall.take(anna);
    hall.lose_socket(anna);
    let now = hall.now;
    // Its last frame was on the way when the socket went.
    use prost::Message;
    let frame = proto::SignalRequest { message: Some(add(microphone("mic"))) }.encode_to_vec();
    hall.clients[anna].peer.handle_frame(sfu_core::signal::Frame::Binary(frame), now);
    hall.settle();
    assert!(hall.take(anna).is_empty());
    come_back(&mut hall, anna, "anna", &sid);
    let told = names(&hall.take(anna));
    assert_eq!(&told[..2], ["reconnect", "track_published"], "{told:?}");
}

/// The Transports of the client that joined first.
fn transports_of_the_first(hall: &Hall) -> Vec<TransportId> {
    let opened = hall.media.iter().filter_map(|command| match command {
        MediaCommand::OpenTransport(params) => Some(params.transport),
        _ => None,
    });
    opened.take(2).collect()
}

/// Why the others are told that anna has gone; the number of her state otherwise.
fn told_of_anna(hall: &mut Hall, watcher: usize) -> Result<proto::DisconnectReason, Option<i32>> {
    let told = hall.take(watcher);
    let mut states = told.iter().filter_map(|response| match response {
        Response::Update(update) => update.participants.iter().find(|it| it.identity == "anna"),
        _ => None,
    });
    let last = states.next_back();
    last.filter(|anna| anna.state == 3)
        .map(proto::ParticipantInfo::disconnect_reason)
        .ok_or(last.map(|anna| anna.state))
}

#[test]
fn a_client_without_a_socket_stays_as_long_as_its_media_lives_and_is_gone_in_its_time_after_that() {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    let ben = hall.join_v0("ben", "");
    accept_offers(&mut hall, ben);
    let transport = transports_of_the_first(&hall)[0];
    hall.connect_media();
    hall.take(ben);
    hall.lose_socket(anna);
    hall.pass(Duration::from_secs(60));
    assert_eq!(told_of_anna(&mut hall, ben), Err(None));
    hall.media_event(MediaEvent::TransportDisconnected(transport));
    hall.pass(Duration::from_secs(19));
    assert!(!hall.seen(anna).finished);
    hall.pass(Duration::from_secs(1));
    assert!(hall.seen(anna).finished);
    assert_eq!(told_of_anna(&mut hall, ben), Ok(proto::DisconnectReason::ConnectionTimeout));
}

#[test]
fn who_goes_before_its_media_came_through_is_gone_at_once() {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    let ben = hall.join_v0("ben", "");
    hall.take(ben);
    hall.lose_socket(anna);
    assert!(hall.seen(anna).finished);
    assert_eq!(told_of_anna(&mut hall, ben), Ok(proto::DisconnectReason::SignalClose));
}

#[test]
fn a_goodbye_a_moment_after_the_end_of_media_still_counts() {
    use proto::DisconnectReason::{ClientInitiated, ConnectionTimeout, SignalClose};
    type After = fn(&mut Hall, usize);
    let cases: [(&str, After, proto::DisconnectReason); 3] = [
        ("goodbye", |hall, anna| hall.request(anna, Request::Leave(proto::LeaveRequest::default())), ClientInitiated),
        ("the socket goes", |hall, anna| hall.lose_socket(anna), SignalClose),
        ("nothing comes", |hall, _| hall.pass(Duration::from_secs(1)), ConnectionTimeout),
    ];
    for (what, after, expected) in cases {
        let mut hall = Hall::new();
        let anna = hall.join_v0("anna", "");
        let ben = hall.join_v0("ben", "");
        let transport = transports_of_the_first(&hall)[0];
        hall.connect_media();
        hall.take(ben);
        hall.media_event(MediaEvent::TransportClosed { transport, cause: FailureCause::ClosedByPeer });
        assert_eq!(told_of_anna(&mut hall, ben), Err(None), "{what}");
        after(&mut hall, anna);
        assert_eq!(told_of_anna(&mut hall, ben), Ok(expected), "{what}");
    }
}

#[test]
fn nobody_to_come_back_to_means_joining_anew() {
    for (protocol, action, can_reconnect) in [(15, 2, false), (12, 0, true)] {
        for sid in ["PA_AAAAAAAAAB", "nonsense", ""] {
            let mut hall = Hall::new();
            let query = format!("protocol={protocol}&reconnect=1&sid={sid}");
            let anna = hall.join_with(&claims("hall", "anna"), "/rtc", &query);
            if hall.seen(anna).attach.is_some() {
                let now = hall.now;
                hall.clients[anna].peer.handle_unknown_key(now);
                hall.settle();
            }
            let seen = hall.seen(anna);
            let [Response::Leave(leave)] = seen.responses.as_slice() else { panic!("{sid}") };
            assert_eq!(leave.reason(), proto::DisconnectReason::StateMismatch);
            assert_eq!((leave.action, leave.can_reconnect), (action, can_reconnect), "{sid}");
            assert_eq!((seen.closed.clone(), seen.finished), (Some((1000, String::new())), true));
        }
    }
}

#[test]
fn a_client_whose_media_path_is_dead_is_sent_to_resume_and_gone_where_it_does_not() {
    for (protocol, action) in [(15, Some(1)), (12, None)] {
        for comes_back in [true, false] {
            let mut hall = Hall::new();
            let anna = hall.join_with(&claims("hall", "anna"), "/rtc", &format!("protocol={protocol}"));
            let ben = hall.join_v0("ben", "");
            let sid = sid_of(&mut hall, anna);
            accept_offers(&mut hall, ben);
            let transport = hall.media.iter().find_map(|command| match command {
                MediaCommand::OpenTransport(params) => Some(params.transport),
                _ => None,
            });
            let transport = transport.unwrap();
            hall.media_event(MediaEvent::TransportConnected(transport));
            hall.take(anna);
            hall.media_event(MediaEvent::TransportDisconnected(transport));
            let leave = hall.take(anna).into_iter().find_map(|response| match response {
                Response::Leave(leave) => Some(leave.action),
                _ => None,
            });
            assert_eq!(leave, action, "protocol {protocol}");
            assert!(hall.seen(anna).closed.is_some() && !hall.seen(anna).finished, "protocol {protocol}");
            if comes_back {
                come_back(&mut hall, anna, "anna", &sid);
                assert!(names(&hall.take(anna)).contains(&"offer"), "ICE starts anew");
                hall.media_event(MediaEvent::TransportConnected(transport));
            }
            hall.take(ben);
            hall.pass(Duration::from_secs(14));
            hall.pass(Duration::from_secs(7));
            let gone = hall.take(ben).into_iter().find_map(|response| match response {
                Response::Update(update) => {
                    update.participants.iter().find(|it| it.state == 3).map(proto::ParticipantInfo::disconnect_reason)
                }
                _ => None,
            });
            // Who is back owes an answer to the offer, which is another story.
            let expected = if comes_back {
                proto::DisconnectReason::StateMismatch
            } else {
                proto::DisconnectReason::ConnectionTimeout
            };
            assert_eq!(gone, Some(expected), "protocol {protocol}");
        }
    }
}

#[test]
fn a_client_that_falls_silent_loses_its_socket_and_may_come_back() {
    let mut hall = Hall::new();
    let (anna, ben) = (hall.join_v0("anna", ""), hall.join_v0("ben", ""));
    let sid = find(&accept_offers(&mut hall, anna), |response| match response {
        Response::Join(join) => join.participant.as_ref().map(|me| me.sid.clone()),
        _ => None,
    });
    hall.connect_media();
    for client in [anna, ben] {
        accept_offers(&mut hall, client);
        hall.request(client, Request::PingReq(proto::Ping::default()));
    }
    hall.pass(Duration::from_secs(50));
    hall.request(ben, Request::Ping(1));
    hall.pass(Duration::from_secs(40));
    assert_eq!(hall.seen(anna).closed, Some((1001, "no ping in time".to_owned())));
    assert_eq!(hall.seen(ben).closed, None);
    assert!(!hall.seen(anna).finished);
    hall.take(anna);
    come_back(&mut hall, anna, "anna", &sid);
    assert_eq!(names(&hall.take(anna))[0], "reconnect");
}

#[test]
fn another_identity_does_not_spell_the_key() {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    let sid = sid_of(&mut hall, anna);
    let thief = hall.join_with(&claims("hall", "mallory"), "/rtc", &format!("protocol=15&reconnect=1&sid={sid}"));
    let (key, _) = hall.clients[thief].seen.attach.take().unwrap();
    assert!(Some(key) != hall.clients[anna].seen.key);
}

#[test]
fn a_published_track_that_the_server_does_not_have_means_joining_anew() {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    hall.request(anna, add(microphone("mic")));
    hall.request(anna, Request::Offer(description("offer", offer(&[Section::Audio("mic")]), 1)));
    let known = find(&hall.take(anna), |response| match response {
        Response::TrackPublished(published) => published.track.clone(),
        _ => None,
    });
    let state = |track: proto::TrackInfo| proto::SyncState {
        publish_tracks: vec![proto::TrackPublishedResponse { cid: "mic".to_owned(), track: Some(track) }],
        ..proto::SyncState::default()
    };
    hall.request(anna, Request::SyncState(state(known.clone())));
    assert!(hall.take(anna).is_empty());
    hall.request(anna, Request::SyncState(state(proto::TrackInfo { sid: "TR_AMAAAAAAAAAB".to_owned(), ..known })));
    let leave = find(&hall.take(anna), |response| match response {
        Response::Leave(leave) => Some(leave.clone()),
        _ => None,
    });
    assert_eq!((leave.reason(), leave.action), (proto::DisconnectReason::StateMismatch, 2));
}

#[test]
fn a_track_that_was_taken_from_its_publisher_is_told_once_more_and_breaks_no_resume() {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    let sid = sid_of(&mut hall, anna);
    hall.request(anna, add(microphone("mic")));
    hall.request(anna, Request::Offer(description("offer", offer(&[Section::Audio("mic")]), 1)));
    let track = find(&hall.take(anna), |response| match response {
        Response::TrackPublished(published) => published.track.clone(),
        _ => None,
    });
    hall.connect_media();
    let participant = livekit_api::ids::parse_participant_sid(&sid).unwrap();
    for may_publish in [false, true] {
        let permissions = Some(Permissions { publish: may_publish, ..Permissions::publisher() });
        let update = Box::new(ParticipantUpdate { permissions, ..ParticipantUpdate::default() });
        hall.command(RoomCommand::UpdateParticipant { participant: Some(participant), update }).unwrap();
    }
    hall.lose_socket(anna);
    hall.take(anna);
    come_back(&mut hall, anna, "anna", &sid);
    hall.take(anna);
    let publish_tracks = vec![proto::TrackPublishedResponse { cid: "mic".to_owned(), track: Some(track.clone()) }];
    // Some SDKs do not describe what they publish.
    let bare = proto::TrackPublishedResponse { cid: "mic".to_owned(), track: None };
    let publish_tracks = [publish_tracks, vec![bare]].concat();
    hall.request(anna, Request::SyncState(proto::SyncState { publish_tracks, ..proto::SyncState::default() }));
    let told = hall.take(anna);
    let [Response::TrackUnpublished(taken)] = told.as_slice() else { panic!("{:?}", names(&told)) };
    assert_eq!(taken.track_sid, track.sid);
    assert!(!hall.seen(anna).finished);
}
