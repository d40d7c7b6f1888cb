//! Every request of the protocol has its answer: a row each, and no variant without a row.
use crate::call::accept_offers;
use crate::harness::{Hall, claims, names};
use crate::hostile_messages::Stage;
use crate::text::{Section, add, description, microphone, offer};
use livekit_protocol as proto;
use proto::signal_request::Message as Request;

/// The name of a request; a new one of the protocol does not compile without one.
#[expect(deprecated, reason = "the deprecated request is named like all others")]
fn name(request: &Request) -> &'static str {
    match request {
        Request::Offer(_) => "offer",
        Request::Answer(_) => "answer",
        Request::Trickle(_) => "trickle",
        Request::AddTrack(_) => "add_track",
        Request::Mute(_) => "mute",
        Request::Subscription(_) => "subscription",
        Request::TrackSetting(_) => "track_setting",
        Request::Leave(_) => "leave",
        Request::UpdateLayers(_) => "update_layers",
        Request::SubscriptionPermission(_) => "subscription_permission",
        Request::SyncState(_) => "sync_state",
        Request::Simulate(_) => "simulate",
        Request::Ping(_) => "ping",
        Request::UpdateMetadata(_) => "update_metadata",
        Request::PingReq(_) => "ping_req",
        Request::UpdateAudioTrack(_) => "update_audio_track",
        Request::UpdateVideoTrack(_) => "update_video_track",
        Request::PublishDataTrackRequest(_) => "publish_data_track",
        Request::UnpublishDataTrackRequest(_) => "unpublish_data_track",
        Request::UpdateDataSubscription(_) => "update_data_subscription",
        Request::StoreDataBlobRequest(_) => "store_data_blob",
        Request::GetDataBlobRequest(_) => "get_data_blob",
    }
}

/// Each request as a sound client sends it, what it is told, and what another participant is told.
#[expect(deprecated, reason = "the deprecated request has a row like all others")]
fn rows(stage: &Stage) -> Vec<(Request, &'static [&'static str], &'static [&'static str])> {
    let mic = stage.microphone.clone();
    let again = offer(&[Section::Data, Section::Audio("cid-mic"), Section::Video("cid-cam")]);
    let metadata = proto::UpdateParticipantMetadata { name: "Anna".to_owned(), request_id: 1, ..Default::default() };
    let subscription =
        proto::UpdateSubscription { track_sids: vec![stage.of_ben.clone()], subscribe: false, ..Default::default() };
    let setting = proto::UpdateTrackSettings { track_sids: vec![stage.of_ben.clone()], ..Default::default() };
    let permission = proto::SubscriptionPermission { all_participants: true, ..Default::default() };
    let cap = proto::simulate_scenario::Scenario::SubscriberBandwidth(0);
    let (audio, camera) = (mic.clone(), stage.camera.clone());
    vec![
        (Request::Offer(description("offer", again, 2)), &["answer"], &[]),
        (Request::Answer(description("answer", String::new(), 99)), &[], &[]),
        (Request::Trickle(proto::TrickleRequest { r#final: true, ..Default::default() }), &[], &[]),
        (add(microphone("second")), &["track_published"], &["update"]),
        (Request::Mute(proto::MuteTrackRequest { sid: mic, muted: true }), &["update"], &["update"]),
        (Request::Subscription(subscription), &["offer"], &[]),
        (Request::TrackSetting(setting), &[], &[]),
        (Request::Leave(proto::LeaveRequest::default()), &[], &["update", "offer"]),
        (Request::UpdateLayers(proto::UpdateVideoLayers::default()), &[], &[]),
        (Request::SubscriptionPermission(permission), &[], &[]),
        (Request::SyncState(proto::SyncState::default()), &[], &[]),
        (Request::Simulate(proto::SimulateScenario { scenario: Some(cap) }), &[], &[]),
        (Request::Ping(1), &["pong"], &[]),
        (Request::UpdateMetadata(metadata), &["update", "refresh_token", "request_response"], &["update"]),
        (Request::PingReq(proto::Ping::default()), &["pong_resp"], &[]),
        (
            Request::UpdateAudioTrack(proto::UpdateLocalAudioTrack { track_sid: audio, features: vec![0] }),
            &["update"],
            &["update"],
        ),
        (
            Request::UpdateVideoTrack(proto::UpdateLocalVideoTrack { track_sid: camera, width: 320, height: 180 }),
            &["update"],
            &["update"],
        ),
        (Request::PublishDataTrackRequest(proto::PublishDataTrackRequest::default()), &["request_response"], &[]),
        (Request::UnpublishDataTrackRequest(proto::UnpublishDataTrackRequest::default()), &["request_response"], &[]),
        (Request::UpdateDataSubscription(proto::UpdateDataSubscription::default()), &["request_response"], &[]),
        (Request::StoreDataBlobRequest(proto::StoreDataBlobRequest::default()), &["request_response"], &[]),
        (Request::GetDataBlobRequest(proto::GetDataBlobRequest::default()), &["request_response"], &[]),
    ]
}

#[test]
fn every_request_has_its_answer_in_both_encodings() {
    let all: std::collections::BTreeSet<_> = rows(&Stage::new()).iter().map(|(request, ..)| name(request)).collect();
    assert_eq!(all.len(), 22, "every request of the protocol has a row");
    for number in 0..all.len() {
        for json in [false, true] {
            let mut stage = Stage::new();
            let (request, expected, others) = rows(&stage).swap_remove(number);
            let what = name(&request);
            let Stage { hall, anna, ben, .. } = &mut stage;
            if json {
                let request = proto::SignalRequest { message: Some(request) };
                hall.frame(*anna, sfu_core::signal::Frame::Text(serde_json::to_string(&request).unwrap()));
                assert_eq!(hall.seen(*anna).texts.len(), expected.len(), "{what}: answered in the same encoding");
            } else {
                hall.request(*anna, request);
            }
            assert_eq!(names(&hall.take(*anna)), *expected, "{what}, json {json}");
            assert_eq!(names(&hall.take(*ben)), *others, "{what}, json {json}: the others");
        }
    }
}

#[test]
fn the_protocol_ladder() {
    // What a client is told, by the protocol that it announces: the first that knows it.
    for protocol in 1..=17 {
        let mut hall = Hall::new();
        let mut anna_claims = claims("hall", "anna");
        anna_claims.video.as_mut().unwrap().can_update_own_metadata = Some(true);
        let anna = hall.join_with(&anna_claims, "/rtc", &format!("protocol={protocol}&sdk=swift"));
        let joined = hall.take(anna);
        let is_primary = joined
            .iter()
            .any(|response| matches!(response, proto::signal_response::Message::Join(join) if join.subscriber_primary));
        assert_eq!(is_primary, protocol >= 3, "{protocol}: the subscriber is primary");
        let update = proto::UpdateParticipantMetadata { name: "A".to_owned(), request_id: 1, ..Default::default() };
        hall.request(anna, Request::UpdateMetadata(update));
        let confirmed = names(&hall.take(anna)).contains(&"request_response");
        assert_eq!(confirmed, protocol >= 15, "{protocol}: a success is told");
        accept_offers(&mut hall, anna);
        unpublished_by_force(&mut hall, anna, protocol);
        graded(&mut hall, anna, protocol);
    }
}

fn unpublished_by_force(hall: &mut Hall, anna: usize, protocol: i32) {
    use sfu_core::room::{ParticipantUpdate, Permissions, RoomCommand, RoomEvent};
    hall.request(anna, add(microphone("mic")));
    hall.take(anna);
    let RoomEvent::Described { room, .. } = hall.command(RoomCommand::Describe).unwrap() else { panic!() };
    let permissions = Some(Permissions { publish: false, ..Permissions::publisher() });
    let update = Box::new(ParticipantUpdate { permissions, ..ParticipantUpdate::default() });
    hall.command(RoomCommand::UpdateParticipant { participant: Some(room.participants[0].id), update }).unwrap();
    let told = names(&hall.take(anna));
    assert_eq!(told.contains(&"track_unpublished"), protocol >= 7, "{protocol}: {told:?}");
    assert_eq!(told.contains(&"mute"), protocol < 7, "{protocol}: {told:?}");
}

fn graded(hall: &mut Hall, anna: usize, protocol: i32) {
    use proto::signal_response::Message as Response;
    use sfu_core::media::{MediaCommand, MediaEvent};
    let opened = hall.media.iter().filter_map(|command| match command {
        MediaCommand::OpenTransport(params) => Some(params.transport),
        _ => None,
    });
    let opened: Vec<_> = opened.collect();
    for transport in &opened {
        hall.media_event(MediaEvent::TransportConnected(*transport));
    }
    hall.pass(std::time::Duration::from_secs(5));
    hall.pass(std::time::Duration::from_secs(1));
    let quality = hall.take(anna).iter().find_map(|response| match response {
        Response::ConnectionQuality(update) => Some(update.updates[0].quality()),
        _ => None,
    });
    let expected = (protocol >= 5).then_some(proto::ConnectionQuality::Excellent);
    assert_eq!(quality, expected, "{protocol}: how good the connection is");
}
