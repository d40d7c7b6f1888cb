//! Mute shows at the other side, and ends again.
//!
//! Guards against: a mute that stops the media and tells nobody, or tells and does not stop; the wrong half of a stream
//! shown as off; an unmute that leaves the receiver black; a client that gets its own mute back as an order.
use crate::harness::{Kind, Source, World};
use livekit_protocol::signal_response::Message as Response;
use sfu_core::room::RoomCommand;

#[test]
fn a_mute_shows_at_the_other_side_and_ends_again() {
    for (a, b) in Kind::pairs() {
        let mut world = World::new(&format!("{a:?} mutes before {b:?}"), 4);
        let alice = world.enter(a, "alice");
        let bob = world.enter(b, "bob");
        world.publish(alice, &[Source::Microphone, Source::Camera]);
        for (source, left) in [(Source::Microphone, "picture"), (Source::Camera, "sound")] {
            world.mute(alice, source, true);
            assert_eq!(world.shown(bob), format!("alice(camera: {left})"), "{source:?} is off");
            world.mute(alice, source, false);
            assert_eq!(world.shown(bob), "alice(camera: sound+picture)", "{source:?} is on again");
            assert_eq!(world.playing(bob), ["alice camera", "alice microphone"]);
        }
        if !a.is_v2() {
            let ordered = world.livekit(alice).came.iter().any(|message| matches!(message, Response::Mute(_)));
            assert!(!ordered, "its own mute does not come back as an order");
        }
    }
}

#[test]
fn a_muted_livekit_track_is_not_forwarded() {
    for viewer in Kind::EACH {
        let mut world = World::new(&format!("muted before {viewer:?}"), 5);
        let alice = world.enter(Kind::LiveKitOne, "alice");
        let bob = world.enter(viewer, "bob");
        world.publish(alice, &[Source::Microphone, Source::Camera]);
        world.mute(alice, Source::Camera, true);
        assert_eq!(world.playing(bob), ["alice microphone"]);
    }
}

#[test]
fn a_mute_by_the_server_api_reaches_its_owner_and_the_others() {
    for (a, b) in Kind::pairs() {
        let mut world = World::new(&format!("{a:?} is muted before {b:?}"), 6);
        let alice = world.enter(a, "alice");
        let bob = world.enter(b, "bob");
        world.publish(alice, &[Source::Microphone, Source::Camera]);
        let owner = world.participant("alice");
        let track = owner.streams[0].audio.as_ref().expect("a microphone").id;
        let mute = RoomCommand::SetMuted { participant: Some(owner.id), track, muted: true };
        world.call("lobby", mute).expect("an API may mute");
        assert_eq!(world.shown(bob), "alice(camera: picture)");
        assert_eq!(world.playing(bob), ["alice camera"], "nothing is forwarded, whatever the client goes on sending");
        if a.is_v2() {
            let told = world.v2(alice).told("streamPropertyChanged").len();
            assert_eq!(told, 1, "the owner is told");
        } else {
            let ordered = world.livekit(alice).came.iter().any(|m| matches!(m, Response::Mute(order) if order.muted));
            assert!(ordered, "the owner's client is told to mute");
        }
    }
}
