//! A publisher that chooses its subscribers, as its clients see it.
use crate::call::accept_offers;
use crate::harness::{Hall, claims, find};
use crate::text::{Section, add, camera, description, microphone, offer};
use livekit_protocol as proto;
use proto::signal_request::Message as Request;
use proto::signal_response::Message as Response;

/// Anna publishes a microphone and a camera; their sids.
fn publish(hall: &mut Hall, anna: usize) -> Vec<String> {
    hall.take(anna);
    hall.request(anna, add(microphone("mic")));
    hall.request(anna, add(camera("cam")));
    let sections = [Section::Data, Section::Audio("mic"), Section::Video("cam")];
    hall.request(anna, Request::Offer(description("offer", offer(&sections), 1)));
    let published = hall.take(anna).into_iter().filter_map(|response| match response {
        Response::TrackPublished(published) => published.track.map(|track| track.sid),
        _ => None,
    });
    published.collect()
}

fn permit(hall: &mut Hall, anna: usize, all_participants: bool, track_permissions: Vec<proto::TrackPermission>) {
    let permission = proto::SubscriptionPermission { all_participants, track_permissions };
    hall.request(anna, Request::SubscriptionPermission(permission));
}

fn to_identity(identity: &str, tracks: Option<&[String]>) -> proto::TrackPermission {
    proto::TrackPermission {
        participant_identity: identity.to_owned(),
        all_tracks: tracks.is_none(),
        track_sids: tracks.unwrap_or_default().to_vec(),
        ..proto::TrackPermission::default()
    }
}

/// What a client was told of its permissions since the last look, and how many sections of its last offer send.
fn told(hall: &mut Hall, client: usize) -> (Vec<(String, bool)>, Option<usize>) {
    let all = accept_offers(hall, client);
    let updates = all.iter().filter_map(|response| match response {
        Response::SubscriptionPermissionUpdate(update) => Some((update.track_sid.clone(), update.allowed)),
        _ => None,
    });
    let offered = all.iter().rev().find_map(|response| match response {
        Response::Offer(offer) => Some(offer.sdp.matches("a=sendonly").count()),
        _ => None,
    });
    (updates.collect(), offered)
}

#[test]
fn subscribers_are_told_what_they_may_no_longer_have_and_lose_it() {
    for version in ["/rtc", "/rtc/v1"] {
        let mut hall = Hall::new();
        let (anna, ben) = (hall.join_v0("anna", ""), hall.join_v0("ben", ""));
        let cleo = match version {
            "/rtc" => hall.join_v0("cleo", ""),
            _ => {
                let settings = proto::ConnectionSettings { auto_subscribe: true, ..Default::default() };
                let request = proto::JoinRequest { connection_settings: Some(settings), ..Default::default() };
                hall.join_v1("cleo", &request)
            }
        };
        let sids = publish(&mut hall, anna);
        assert_eq!(told(&mut hall, ben), (vec![], Some(2)));
        told(&mut hall, cleo);
        permit(&mut hall, anna, false, vec![to_identity("ben", Some(&sids[..1]))]);
        assert_eq!(told(&mut hall, ben), (vec![(sids[1].clone(), false)], Some(1)), "{version}");
        let expected: Vec<_> = sids.iter().map(|sid| (sid.clone(), false)).collect();
        assert_eq!(told(&mut hall, cleo).0, expected, "{version}");
        let late = hall.join_v0("late", "");
        assert_eq!(told(&mut hall, late), (expected, Some(0)), "{version}: who comes later is told, too");

        permit(&mut hall, anna, true, vec![to_identity("nobody", Some(&[]))]);
        let expected: Vec<_> = sids.iter().map(|sid| (sid.clone(), true)).collect();
        assert_eq!(told(&mut hall, late), (expected.clone(), Some(2)), "{version}");
        assert_eq!(told(&mut hall, cleo).0, expected, "{version}");
        assert!(hall.take(anna).iter().all(|response| !matches!(response, Response::RequestResponse(_))), "{version}");
    }
}

#[test]
fn a_publisher_names_subscribers_by_sid_too() {
    let mut hall = Hall::new();
    let (anna, ben) = (hall.join_v0("anna", ""), hall.join_v0("ben", ""));
    let sid = find(&hall.take(ben), |response| match response {
        Response::Join(join) => join.participant.as_ref().map(|me| me.sid.clone()),
        _ => None,
    });
    let by_sid = proto::TrackPermission { participant_sid: sid, all_tracks: true, ..Default::default() };
    permit(&mut hall, anna, false, vec![by_sid]);
    publish(&mut hall, anna);
    hall.request(ben, Request::Ping(0));
    let all = hall.take(ben);
    assert!(all.iter().all(|response| !matches!(response, Response::SubscriptionPermissionUpdate(_))));
    let cleo = hall.join_with(&claims("hall", "cleo"), "/rtc", "protocol=9");
    assert_eq!(told(&mut hall, cleo).0.len(), 2);
}
