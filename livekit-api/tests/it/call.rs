//! A call between two clients: publish, see, subscribe, mute, leave.
use crate::harness::{Hall, claims, find, names};
use crate::text::{Section, add, answer_to, camera, description, microphone, offer};
use livekit_api::token::Claims;
use livekit_protocol as proto;
use proto::leave_request::Action;
use proto::participant_info::State;
use proto::signal_request::Message as Request;
use proto::signal_response::Message as Response;
use std::time::Duration;

fn last_update(responses: &[Response]) -> proto::ParticipantInfo {
    let update = responses.iter().rev().find_map(|response| match response {
        Response::Update(update) => update.participants.last().cloned(),
        _ => None,
    });
    update.unwrap_or_else(|| panic!("no update among {:?}", names(responses)))
}

fn offer_of(responses: &[Response]) -> proto::SessionDescription {
    let offer = responses.iter().rev().find_map(|response| match response {
        Response::Offer(offer) => Some(offer.clone()),
        _ => None,
    });
    offer.unwrap_or_else(|| panic!("no offer among {:?}", names(responses)))
}

/// Answers the client's open offer, and those that follow.
pub fn accept_offers(hall: &mut Hall, client: usize) -> Vec<Response> {
    let mut all = hall.take(client);
    let mut seen = 0;
    while let Some(offer) = all[seen..].iter().rev().find_map(|response| match response {
        Response::Offer(offer) => Some(offer.clone()),
        _ => None,
    }) {
        seen = all.len();
        hall.request(client, Request::Answer(description("answer", answer_to(&offer.sdp), offer.id)));
        all.extend(hall.take(client));
    }
    all
}

pub fn publish_both(hall: &mut Hall, client: usize) -> Vec<Response> {
    hall.request(client, add(microphone("cid-mic")));
    hall.request(client, add(camera("cid-cam")));
    let sdp = offer(&[Section::Data, Section::Audio("cid-mic"), Section::Video("cid-cam")]);
    hall.request(client, Request::Offer(description("offer", sdp, 4)));
    hall.take(client)
}

#[test]
fn two_clients_learn_of_each_other() {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    hall.take(anna);
    let ben = hall.join_v0("ben", "");
    assert!(hall.take(anna).is_empty(), "ben has no media path yet");
    hall.pass(Duration::from_secs(3));
    let update = last_update(&hall.take(anna));
    assert_eq!((update.identity.as_str(), update.state()), ("ben", State::Joined));
    let join = find(&hall.take(ben), |response| match response {
        Response::Join(join) => Some(join.clone()),
        _ => None,
    });
    assert_eq!(join.other_participants.len(), 1);
    assert_eq!(join.other_participants[0].identity, "anna");
    assert_eq!(join.room.unwrap().num_participants, 2);
    hall.pass(Duration::from_secs(5));
    let room = find(&hall.take(anna), |response| match response {
        Response::RoomUpdate(update) => update.room.clone(),
        _ => None,
    });
    assert_eq!(room.num_participants, 2);
}

#[test]
fn a_publication_is_answered_before_any_media_and_offered_to_the_others() {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    let ben = hall.join_v0("ben", "");
    accept_offers(&mut hall, ben);
    hall.take(anna);
    let responses = publish_both(&mut hall, anna);
    assert_eq!(names(&responses).iter().filter(|name| **name == "track_published").count(), 2);
    let published: Vec<_> = responses
        .iter()
        .filter_map(|response| match response {
            Response::TrackPublished(published) => Some((published.cid.clone(), published.track.clone().unwrap())),
            _ => None,
        })
        .collect();
    assert!(published[0].0 == "cid-mic" && published[0].1.sid.starts_with("TR_AM"), "{published:?}");
    assert!(published[1].0 == "cid-cam" && published[1].1.sid.starts_with("TR_VC"), "{published:?}");
    assert_eq!((published[1].1.stream.as_str(), published[1].1.width), ("camera", 640));
    let answer = find(&responses, |response| match response {
        Response::Answer(answer) => Some(answer.clone()),
        _ => None,
    });
    assert_eq!(answer.id, 4);
    let told = hall.take(ben);
    let update = last_update(&told);
    let sids: Vec<_> = update.tracks.iter().map(|track| track.sid.clone()).collect();
    assert_eq!(sids, [published[0].1.sid.clone(), published[1].1.sid.clone()]);
    let offered = offer_of(&told).sdp;
    let anna_sid = update.sid;
    for sid in sids {
        assert!(offered.contains(&format!("a=msid:{anna_sid}|{sid} {sid}")), "{offered}");
    }
}

#[test]
fn a_stale_answer_is_left_aside_and_the_right_one_taken() {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    let offer = offer_of(&hall.take(anna));
    hall.request(anna, Request::Answer(description("answer", "v=0\r\nrubbish".to_owned(), offer.id + 7)));
    assert!(hall.take(anna).is_empty());
    hall.request(anna, Request::Answer(description("answer", answer_to(&offer.sdp), offer.id)));
    assert!(hall.take(anna).is_empty());
    assert!(hall.media.iter().any(|command| matches!(command, sfu_core::media::MediaCommand::ConnectTransport { .. })));
}

#[test]
fn a_single_connection_client_is_asked_for_sections_and_finds_its_tracks_by_mid() {
    let mut hall = Hall::new();
    let request = proto::JoinRequest {
        client_info: Some(proto::ClientInfo {
            sdk: 1,
            version: "2.23.0".to_owned(),
            protocol: 17,
            ..Default::default()
        }),
        connection_settings: Some(proto::ConnectionSettings { auto_subscribe: true, ..Default::default() }),
        publisher_offer: Some(description("offer", offer(&[Section::Data]), 1)),
        ..proto::JoinRequest::default()
    };
    let ben = hall.join_v1("ben", &request);
    hall.take(ben);
    let anna = hall.join_v0("anna", "");
    publish_both(&mut hall, anna);
    let told = hall.take(ben);
    let wanted = find(&told, |response| match response {
        Response::MediaSectionsRequirement(wanted) => Some((wanted.num_audios, wanted.num_videos)),
        _ => None,
    });
    assert_eq!(wanted, (1, 1));
    let sdp = offer(&[Section::Data, Section::ReceiveAudio, Section::ReceiveVideo]);
    hall.request(ben, Request::Offer(description("offer", sdp, 2)));
    let answer = find(&hall.take(ben), |response| match response {
        Response::Answer(answer) => Some(answer.clone()),
        _ => None,
    });
    let publisher = last_update(&told).sid;
    assert!(answer.sdp.contains(&format!("a=msid:{publisher}|camera TR_AM")), "{}", answer.sdp);
    let sids: std::collections::BTreeMap<_, _> = answer.mid_to_track_id.into_iter().collect();
    let published: Vec<_> = last_update(&told).tracks.iter().map(|track| track.sid.clone()).collect();
    assert_eq!(
        sids.into_iter().collect::<Vec<_>>(),
        [("1".to_owned(), published[0].clone()), ("2".to_owned(), published[1].clone())]
    );
}

#[test]
fn a_mute_is_shown_to_the_others_and_one_by_the_server_is_an_order_before_the_update() {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    let ben = hall.join_v0("ben", "");
    let published = publish_both(&mut hall, anna);
    let sid = find(&published, |response| match response {
        Response::TrackPublished(published) => published.track.as_ref().map(|track| track.sid.clone()),
        _ => None,
    });
    hall.take(ben);
    hall.request(anna, Request::Mute(proto::MuteTrackRequest { sid: sid.clone(), muted: true }));
    assert!(last_update(&hall.take(ben)).tracks[0].muted);
    assert!(!names(&hall.take(anna)).contains(&"mute"), "its own mute is no news to it");
    let info = last_update_of_api(&mut hall, "anna");
    let track = info.streams[0].audio.as_ref().unwrap().id;
    for muted in [false, true] {
        let command = sfu_core::room::RoomCommand::SetMuted { participant: Some(info.id), track, muted };
        hall.command(command).unwrap();
        let told = hall.take(anna);
        assert_eq!(names(&told), ["mute", "update"]);
        assert_eq!(told[0], Response::Mute(proto::MuteTrackRequest { sid: sid.clone(), muted }));
    }
}

fn last_update_of_api(hall: &mut Hall, identity: &str) -> sfu_core::room::ParticipantInfo {
    let sfu_core::room::RoomEvent::Described { room, .. } =
        hall.command(sfu_core::room::RoomCommand::Describe).unwrap()
    else {
        panic!("not described")
    };
    room.participants.into_iter().find(|participant| participant.identity == identity).unwrap()
}

#[test]
fn a_client_that_leaves_is_shown_disconnected_and_its_connection_closed() {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    let ben = hall.join_v0("ben", "");
    hall.pass(Duration::from_secs(3));
    hall.take(anna);
    hall.request(ben, Request::Leave(proto::LeaveRequest::default()));
    let seen = hall.seen(ben);
    assert_eq!(seen.closed, Some((1000, String::new())));
    assert!(seen.finished);
    let update = last_update(&hall.take(anna));
    assert_eq!(update.state(), State::Disconnected);
    assert_eq!(update.disconnect_reason(), proto::DisconnectReason::ClientInitiated);
}

#[test]
fn a_client_that_is_put_out_is_told_why_and_so_are_the_others() {
    use sfu_core::room::{LeaveReason, RoomCommand};
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    let ben = hall.join_v0("ben", "");
    hall.pass(Duration::from_secs(3));
    hall.take(anna);
    let participant = last_update_of_api(&mut hall, "ben").id;
    hall.command(RoomCommand::Remove { participant, reason: LeaveReason::ForcedByServer }).unwrap();
    let leave = find(&hall.take(ben), |response| match response {
        Response::Leave(leave) => Some(leave.clone()),
        _ => None,
    });
    assert_eq!((leave.reason(), leave.action), (proto::DisconnectReason::ParticipantRemoved, 0));
    assert!(hall.seen(ben).finished);
    assert_eq!(last_update(&hall.take(anna)).disconnect_reason(), proto::DisconnectReason::ParticipantRemoved);
    hall.command(RoomCommand::Close { reason: LeaveReason::RoomClosedByApi }).unwrap();
    let leave = find(&hall.take(anna), |response| match response {
        Response::Leave(leave) => Some(leave.clone()),
        _ => None,
    });
    assert_eq!(leave.reason(), proto::DisconnectReason::RoomDeleted);
}

#[test]
fn a_server_that_stops_says_so_to_every_client() {
    use sfu_core::signal::SignalPeer;
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    let now = hall.now;
    hall.clients[anna].peer.handle_shutdown(now);
    hall.settle();
    let leave = find(&hall.take(anna), |response| match response {
        Response::Leave(leave) => Some(leave.clone()),
        _ => None,
    });
    assert_eq!(leave.reason(), proto::DisconnectReason::ServerShutdown);
    assert!(hall.seen(anna).finished && hall.room.as_ref().is_none_or(|room| room.deadline().is_some()));
}

#[test]
fn own_metadata_is_changed_with_the_permission_and_confirmed_by_number() {
    let mut hall = Hall::new();
    let mut claims = crate::harness::claims("hall", "anna");
    claims.video.as_mut().unwrap().can_update_own_metadata = Some(true);
    let anna = hall.join_with(&claims, "/rtc", "protocol=15&sdk=rust&version=0.7.40");
    hall.take(anna);
    let update = proto::UpdateParticipantMetadata {
        name: "Anna".to_owned(),
        attributes: [("mood".to_owned(), "good".to_owned())].into(),
        request_id: 5,
        ..Default::default()
    };
    hall.request(anna, Request::UpdateMetadata(update));
    let told = hall.take(anna);
    let me = last_update(&told);
    assert_eq!((me.name.as_str(), me.attributes["mood"].as_str()), ("Anna", "good"));
    let order = names(&told);
    assert!(order.contains(&"refresh_token"), "{order:?}");
    let response = find(&told, |response| match response {
        Response::RequestResponse(response) => Some((response.request_id, response.reason)),
        _ => None,
    });
    assert_eq!(response, (5, 0));
}

#[test]
fn a_client_that_leaves_an_offer_unanswered_is_told_to_join_anew() {
    let mut hall = Hall::new();
    let (anna, ben) = (hall.join_v0("anna", ""), hall.join_v0("ben", ""));
    accept_offers(&mut hall, ben);
    hall.pass(Duration::from_secs(14));
    assert!(!hall.seen(anna).finished);
    hall.take(anna);
    hall.pass(Duration::from_secs(1));
    let leave = find(&hall.take(anna), |response| match response {
        Response::Leave(leave) => Some(leave.clone()),
        _ => None,
    });
    assert_eq!((leave.reason(), leave.action()), (proto::DisconnectReason::StateMismatch, Action::Reconnect));
    assert!(hall.seen(anna).finished, "its participant is closed");
    assert_eq!(last_update(&hall.take(ben)).state(), State::Disconnected);
    assert!(!hall.seen(ben).finished, "who answered stays");
}

#[test]
fn an_offer_waits_for_its_answer_only_while_there_is_a_socket() {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    hall.connect_media();
    hall.pass(Duration::from_secs(10));
    hall.lose_socket(anna);
    hall.pass(Duration::from_secs(10));
    assert!(!hall.seen(anna).finished, "its client may still come back");
}

#[test]
fn camera_and_microphone_share_a_stream_where_the_room_keeps_them_together() {
    for (keeps, sdk, shared) in [(true, "browser=Chrome", true), (true, "browser=Firefox", false), (false, "", false)] {
        let mut hall = Hall::new();
        let room_config = Some(serde_json::json!({ "syncStreams": keeps }));
        let anna = hall.join_with(&Claims { room_config, ..claims("hall", "anna") }, "/rtc", "protocol=15&sdk=js");
        let ben = hall.join_v0("ben", sdk);
        accept_offers(&mut hall, anna);
        accept_offers(&mut hall, ben);
        publish_both(&mut hall, anna);
        let told = hall.take(ben);
        let publisher = last_update(&told);
        let offered = offer_of(&told);
        let expected =
            |sid: &str| if shared { format!("{}|camera {sid}", publisher.sid) } else { format!("|{sid} {sid}") };
        for track in &publisher.tracks {
            assert!(offered.sdp.contains(&expected(&track.sid)), "{keeps} {sdk}: {}", offered.sdp);
        }
        hall.request(ben, Request::Answer(description("answer", answer_to(&offered.sdp), offered.id)));
        hall.request(anna, Request::Leave(proto::LeaveRequest::default()));
        accept_offers(&mut hall, ben);
        let carol = hall.join_v0("carol", "");
        publish_both(&mut hall, carol);
        let cameras = offer_of(&hall.take(ben)).sdp.matches("m=video").count();
        assert_eq!(cameras, if keeps { 2 } else { 1 }, "{keeps} {sdk}: an m-line keeps its first track's name");
    }
}
