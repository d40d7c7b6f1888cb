//! A socket is lost and comes back, or does not.
//!
//! Guards against: others who notice a short loss; media that stops with the signalling; what happened meanwhile never
//! told; a client that is waited for too long or not long enough; a stranger who takes a place over.
use crate::harness::{Kind, Source, World};
use serde_json::json;
use std::time::Duration;

const SHORT: Duration = Duration::from_secs(6);

#[test]
fn a_short_loss_is_noticed_by_nobody_and_nothing_is_missed() {
    for (a, b) in Kind::pairs() {
        let mut world = World::new(&format!("{a:?} is away for a while, {b:?} stays"), 22);
        let alice = world.enter(a, "alice");
        let bob = world.enter(b, "bob");
        world.publish(alice, &[Source::Microphone, Source::Camera]);
        world.cut(alice);
        world.wait(SHORT);
        assert_eq!(world.playing(bob), ["alice camera", "alice microphone"], "media goes on meanwhile");
        world.publish(bob, &[Source::Camera]);
        let carol = world.enter(Kind::V2, "carol");
        world.come_back(alice);
        assert_eq!(world.shown(alice), "bob(camera: picture) carol()", "what she missed is told");
        assert_eq!(world.playing(alice), ["bob camera"]);
        let text = world.tape.text();
        let gone = text.lines().any(|line| line.starts_with("bob <") && line.contains("DISCONNECTED"));
        let left = text.lines().any(|line| line.starts_with("bob <") && line.contains("participantLeft"));
        assert!(!gone && !left, "bob never hears that alice is gone");
        world.leave(carol);
        assert_eq!(world.shown(alice), "bob(camera: picture)");
        assert_eq!(world.shown(bob), "alice(camera: sound+picture)");
        let resumed = if a.is_v2() { world.v2(alice).resumed } else { world.livekit(alice).resumed };
        assert_eq!(resumed, 1);
    }
}

#[test]
fn who_does_not_come_back_in_time_is_gone() {
    for (kind, grace, reason) in
        [(Kind::V2, 10, "networkDisconnect"), (Kind::LiveKitTwo, 20, ""), (Kind::LiveKitOne, 20, "")]
    {
        let mut world = World::new(&format!("{kind:?} does not come back"), 23);
        let alice = world.enter(kind, "alice");
        let bob = world.enter(Kind::V2, "bob");
        world.publish(alice, &[Source::Camera]);
        world.cut(alice);
        if !kind.is_v2() {
            world.wait(Duration::from_secs(60));
            assert_eq!(world.shown(bob), "alice(camera: picture)", "her media lives");
            world.interrupt_media(alice);
        }
        world.wait(Duration::from_secs(grace - 1));
        assert_eq!(world.shown(bob), "alice(camera: picture)", "still waited for");
        world.wait(Duration::from_secs(2));
        assert_eq!(world.shown(bob), "");
        assert!(world.playing(bob).is_empty());
        if kind.is_v2() {
            assert_eq!(world.v2(bob).told("participantLeft")[0]["reason"], reason);
        }
        world.come_back(alice);
        if kind.is_v2() {
            let (method, code, _) = &world.v2(alice).errors[0];
            assert_eq!((method.as_str(), *code), ("connect", 40_007));
        } else {
            let leave = world.livekit(alice).leave.clone().expect("a leave");
            assert_eq!(leave.action(), livekit_protocol::leave_request::Action::Reconnect, "the SDK joins anew");
        }
    }
}

#[test]
fn a_v2_client_that_stops_pinging_is_cut_off_and_waited_for() {
    let mut world = World::new("no more pings", 24);
    let alice = world.enter(Kind::V2, "alice");
    let bob = world.enter(Kind::LiveKitTwo, "bob");
    world.publish(alice, &[Source::Camera]);
    world.v2(alice).stop_pinging();
    world.wait(Duration::from_secs(14));
    assert!(world.is_online(alice));
    world.wait(Duration::from_secs(2));
    let closed = world.v2(alice).closed.clone().expect("the socket is closed");
    assert_eq!(closed, (1000, "Close for not receive ping from client".to_owned()));
    assert_eq!(world.shown(bob), "alice(camera: picture)");
    world.wait(Duration::from_secs(10));
    assert_eq!(world.shown(bob), "");
}

#[test]
fn nobody_takes_a_place_over_with_a_guessed_key() {
    let mut world = World::new("a guessed RPC session", 25);
    let alice = world.enter(Kind::V2, "alice");
    let mallory = world.enter(Kind::V2, "mallory");
    let guess = "0123456789abcdefghijklmnop";
    world.cut(mallory);
    world.v2(mallory).joined = Some(json!({ "sessionId": guess, "id": "con_x" }));
    world.come_back(mallory);
    assert_eq!(world.v2(mallory).errors[0].1, 40_007);
    assert!(world.is_online(alice));
}
