//! Further rules of publishing and subscribing.
use crate::harness::{Hall, find, names};
use crate::text::{Section, add, camera, description, microphone, offer};
use livekit_protocol as proto;
use proto::signal_request::Message as Request;
use proto::signal_response::Message as Response;
use sfu_core::media::{MediaCommand, MediaEvent};

fn published(responses: &[Response]) -> Vec<proto::TrackInfo> {
    let tracks = responses.iter().filter_map(|response| match response {
        Response::TrackPublished(published) => published.track.clone(),
        _ => None,
    });
    tracks.collect()
}

#[test]
fn a_second_camera_is_a_further_stream() {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    hall.take(anna);
    for cid in ["one", "two"] {
        hall.request(anna, add(camera(cid)));
    }
    let tracks = published(&hall.take(anna));
    assert_eq!(tracks.len(), 2);
    assert_ne!(tracks[0].sid, tracks[1].sid);
}

#[test]
fn announced_facts_come_back_in_the_tracks_info() {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    hall.take(anna);
    let layers = [(0, 160, 90, "q"), (1, 320, 180, "h"), (2, 640, 360, "f")];
    let layers: Vec<_> = layers
        .into_iter()
        .map(|(quality, width, height, _)| proto::VideoLayer { quality, width, height, ..Default::default() })
        .collect();
    let request =
        proto::AddTrackRequest { layers: layers.clone(), stream: "mine".to_owned(), encryption: 1, ..camera("cam") };
    hall.request(anna, add(request));
    let track = published(&hall.take(anna)).remove(0);
    assert_eq!((track.stream.as_str(), track.encryption, track.codecs[0].layers.len()), ("mine", 1, 3));
    assert_eq!(track.codecs[0].cid, "cam");
}

#[test]
fn audio_features_and_sizes_can_be_changed_later() {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    let ben = hall.join_v0("ben", "");
    hall.request(anna, add(microphone("mic")));
    hall.request(anna, add(camera("cam")));
    let tracks = published(&hall.take(anna));
    let sections = [Section::Data, Section::Audio("mic"), Section::Video("cam")];
    hall.request(anna, Request::Offer(description("offer", offer(&sections), 1)));
    hall.take(ben);
    hall.request(
        anna,
        Request::UpdateAudioTrack(proto::UpdateLocalAudioTrack {
            track_sid: tracks[0].sid.clone(),
            features: vec![3, 4],
        }),
    );
    hall.request(
        anna,
        Request::UpdateVideoTrack(proto::UpdateLocalVideoTrack {
            track_sid: tracks[1].sid.clone(),
            width: 9,
            height: 8,
        }),
    );
    let told = hall.take(ben);
    let Some(Response::Update(update)) = told.iter().rfind(|it| matches!(it, Response::Update(_))) else {
        panic!("{:?}", names(&told))
    };
    let tracks = &update.participants[0].tracks;
    assert_eq!(tracks[0].audio_features, [3, 4]);
    assert_eq!((tracks[1].width, tracks[1].height), (9, 8));
}

#[test]
fn a_lost_permission_takes_the_tracks_back() {
    use sfu_core::room::{ParticipantUpdate, Permissions, RoomCommand, RoomEvent};
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    hall.request(anna, add(microphone("mic")));
    hall.request(anna, Request::Offer(description("offer", offer(&[Section::Audio("mic")]), 1)));
    let sid = published(&hall.take(anna)).remove(0).sid;
    let RoomEvent::Described { room, .. } = hall.command(RoomCommand::Describe).unwrap() else { panic!() };
    let permissions = Permissions { publish: false, ..Permissions::publisher() };
    let update = ParticipantUpdate { permissions: Some(permissions), ..ParticipantUpdate::default() };
    let participant = Some(room.participants[0].id);
    hall.command(RoomCommand::UpdateParticipant { participant, update: Box::new(update) }).unwrap();
    let told = hall.take(anna);
    let gone = find(&told, |response| match response {
        Response::TrackUnpublished(gone) => Some(gone.track_sid.clone()),
        _ => None,
    });
    assert_eq!(gone, sid);
    let token = find(&told, |response| match response {
        Response::RefreshToken(token) => Some(token.clone()),
        _ => None,
    });
    let claims = livekit_api::token::verify(&token, &hall.config.keys, hall.now).unwrap();
    assert_eq!(claims.grant().can_publish, Some(false));
    assert!(!claims.attributes.contains_key("viaduct.unsupported"));
}

#[test]
fn a_transport_that_connects_makes_active_and_one_that_breaks_makes_join_anew() {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    let ben = hall.join_v0("ben", "");
    hall.take(ben);
    let transport = hall
        .media
        .iter()
        .find_map(|command| match command {
            MediaCommand::OpenTransport(params) => Some(params.transport),
            _ => None,
        })
        .unwrap();
    hall.media_event(MediaEvent::TransportConnected(transport));
    let told = hall.take(ben);
    let Some(Response::Update(update)) = told.first() else { panic!("{:?}", names(&told)) };
    assert_eq!(update.participants[0].state(), proto::participant_info::State::Active);
    hall.take(anna);
    hall.media_event(MediaEvent::TransportClosed { transport, cause: sfu_core::media::FailureCause::Internal });
    let leave = find(&hall.take(anna), |response| match response {
        Response::Leave(leave) => Some(leave.clone()),
        _ => None,
    });
    assert_eq!(leave.action(), proto::leave_request::Action::Reconnect);
    assert!(hall.seen(anna).finished);
}

#[test]
fn subscribing_to_what_is_not_there_is_answered_at_once() {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "auto_subscribe=0");
    hall.take(anna);
    for sid in ["TR_nonsense", "TR_AMAAAAAAAAAB"] {
        let request =
            proto::UpdateSubscription { track_sids: vec![sid.to_owned()], subscribe: true, ..Default::default() };
        hall.request(anna, Request::Subscription(request.clone()));
        let told = hall.take(anna);
        let [Response::SubscriptionResponse(response)] = told.as_slice() else { panic!("{:?}", names(&told)) };
        assert_eq!((response.track_sid.as_str(), response.err()), (sid, proto::SubscriptionError::SeTrackNotfound));
        hall.request(anna, Request::Subscription(proto::UpdateSubscription { subscribe: false, ..request }));
        assert!(hall.take(anna).is_empty(), "unsubscribing from nothing is nothing");
    }
}

#[test]
fn numbers_that_a_client_made_up_do_not_reach_clients_that_speak_json() {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    let ben = hall.join_v0("ben", "");
    hall.frame(ben, sfu_core::signal::Frame::Text(r#"{"ping":"1"}"#.to_owned()));
    let before = hall.seen(ben).texts.len();
    let layer = proto::VideoLayer { quality: 77, ..Default::default() };
    let simulcast_codecs = vec![proto::SimulcastCodec { video_layer_mode: 88, ..Default::default() }];
    let request = proto::AddTrackRequest {
        source: 99,
        encryption: 98,
        backup_codec_policy: 97,
        audio_features: vec![96],
        layers: vec![layer],
        simulcast_codecs,
        ..camera("cam")
    };
    hall.request(anna, add(request));
    hall.request(anna, Request::Offer(description("offer", offer(&[Section::Data, Section::Video("cam")]), 1)));
    let told = &hall.seen(ben).texts[before..];
    assert!(told.iter().any(|text| text.contains("TR_V")), "{told:?}");
}
