//! Every scenario of `simulate`: what the client sees, and what the others do.
use crate::harness::{Hall, claims, find, names};
use crate::resume::{come_back, sid_of};
use crate::text::{Section, description, offer};
use livekit_protocol as proto;
use proto::DisconnectReason;
use proto::signal_request::Message as Request;
use proto::signal_response::Message as Response;
use proto::simulate_scenario::Scenario;
use sfu_core::media::MediaCommand;
use std::time::Duration;

fn simulate(hall: &mut Hall, client: usize, scenario: Scenario) {
    hall.request(client, Request::Simulate(proto::SimulateScenario { scenario: Some(scenario) }));
}

fn seen_leaving(hall: &mut Hall, client: usize, identity: &str) -> DisconnectReason {
    let gone = find(&hall.take(client), |response| match response {
        Response::Update(update) => {
            update.participants.iter().find(|it| it.identity == identity && it.state == 3).cloned()
        }
        _ => None,
    });
    gone.disconnect_reason()
}

#[test]
fn endings_by_simulation() {
    // What ends, the client's leave message (reason, action) where it gets one, what the others are told.
    let cases = [
        (Scenario::ServerLeave(true), Some((DisconnectReason::ServerShutdown, 0)), DisconnectReason::ServerShutdown),
        (
            Scenario::LeaveRequestFullReconnect(true),
            Some((DisconnectReason::StateMismatch, 2)),
            DisconnectReason::StateMismatch,
        ),
        (Scenario::NodeFailure(true), None, DisconnectReason::ServerShutdown),
        (Scenario::Migration(true), None, DisconnectReason::Migration),
    ];
    for (scenario, leave, reason) in cases {
        let mut hall = Hall::new();
        let (anna, ben) = (hall.join_v0("anna", ""), hall.join_v0("ben", ""));
        hall.take(anna);
        hall.take(ben);
        simulate(&mut hall, anna, scenario);
        let told = hall.take(anna).into_iter().find_map(|response| match response {
            Response::Leave(leave) => Some((leave.reason(), leave.action)),
            _ => None,
        });
        assert_eq!(told, leave, "{scenario:?}");
        assert_eq!(hall.seen(anna).closed, Some((1000, String::new())), "{scenario:?}");
        assert!(hall.seen(anna).finished, "{scenario:?}: nobody is left to come back to");
        assert_eq!(seen_leaving(&mut hall, ben, "anna"), reason, "{scenario:?}");
    }
}

#[test]
fn a_resume_fails_once_before_or_after_the_messages_where_it_comes_in_time() {
    let cases = [
        (
            Scenario::DisconnectSignalOnResume(true),
            1,
            vec!["reconnect", "refresh_token", "update", "room_update"],
            true,
        ),
        (Scenario::DisconnectSignalOnResumeNoMessages(true), 1, vec![], true),
        (
            Scenario::DisconnectSignalOnResumeNoMessages(true),
            6,
            vec!["reconnect", "refresh_token", "update", "room_update", "offer"],
            false,
        ),
    ];
    for (scenario, after_s, expected, fails) in cases {
        let mut hall = Hall::new();
        let anna = hall.join_v0("anna", "");
        hall.connect_media();
        let sid = sid_of(&mut hall, anna);
        simulate(&mut hall, anna, scenario);
        hall.lose_socket(anna);
        hall.pass(Duration::from_secs(after_s));
        come_back(&mut hall, anna, "anna", &sid);
        assert_eq!(names(&hall.take(anna)), expected, "{scenario:?}");
        assert_eq!(hall.seen(anna).closed.is_some(), fails, "{scenario:?}");
        if fails {
            come_back(&mut hall, anna, "anna", &sid);
            assert_eq!(names(&hall.take(anna)), ["reconnect", "refresh_token", "update", "room_update", "offer"]);
        }
        assert!(!hall.seen(anna).finished);
        hall.pass(Duration::from_secs(14));
        assert!(!hall.seen(anna).finished, "the wait for a socket is over");
    }
}

#[test]
fn a_switched_protocol_holds_for_the_next_descriptions_and_for_the_next_join() {
    let candidates = |sdp: &str| {
        let of = |protocol: &str| {
            sdp.lines().filter(|line| line.starts_with("a=candidate") && line.contains(protocol)).count()
        };
        (of(" udp "), of(" tcp "))
    };
    let offered = |responses: &[Response]| {
        find(responses, |response| match response {
            Response::Offer(offer) => Some(offer.sdp.clone()),
            _ => None,
        })
    };
    let relay = |responses: &[Response]| {
        find(responses, |response| match response {
            Response::Join(join) => Some(join.client_configuration.as_ref().map(|it| it.force_relay)),
            _ => None,
        })
    };
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    hall.join_v0("ben", "");
    assert_eq!(candidates(&offered(&hall.take(anna))), (1, 1));
    simulate(&mut hall, anna, Scenario::SwitchCandidateProtocol(1));
    assert_eq!(candidates(&offered(&hall.take(anna))), (0, 1), "ICE starts anew, by TCP");
    hall.request(anna, Request::Offer(description("offer", offer(&[Section::Data]), 1)));
    let answer = find(&hall.take(anna), |response| match response {
        Response::Answer(answer) => Some(answer.sdp.clone()),
        _ => None,
    });
    assert_eq!(candidates(&answer), (0, 1));
    let again = hall.join_with(&claims("hall", "anna"), "/rtc", "protocol=15");
    let told = hall.take(again);
    assert_eq!((candidates(&offered(&told)), relay(&told)), ((0, 1), None), "it joined anew");
    simulate(&mut hall, again, Scenario::SwitchCandidateProtocol(2));
    hall.take(again);
    let again = hall.join_with(&claims("hall", "anna"), "/rtc", "protocol=15");
    let told = hall.take(again);
    assert_eq!((candidates(&offered(&told)), relay(&told)), ((1, 1), Some(2)), "by its relays alone");
    hall.pass(Duration::from_secs(10));
    simulate(&mut hall, again, Scenario::SwitchCandidateProtocol(0));
    let again = hall.join_with(&claims("hall", "anna"), "/rtc", "protocol=15");
    let told = hall.take(again);
    assert_eq!((candidates(&offered(&told)), relay(&told)), ((1, 1), None));
}

#[test]
fn a_narrow_path_is_the_workers_affair_until_it_is_lifted() {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    let mut caps = Vec::new();
    for bitrate_bps in [100_000, 0] {
        hall.media.clear();
        simulate(&mut hall, anna, Scenario::SubscriberBandwidth(bitrate_bps));
        caps.extend(hall.media.iter().filter_map(|command| match command {
            MediaCommand::CapTransport { bitrate_bps, .. } => Some(*bitrate_bps),
            _ => None,
        }));
    }
    assert_eq!(caps, [Some(100_000), None]);
}
