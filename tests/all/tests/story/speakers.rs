//! Who speaks, told to whoever hears them, under the profile that has it.
//!
//! Guards against: a speaker whom nobody is told of, or strangers are; one who never falls silent; a flood of updates;
//! levels measured where the profile has no such thing.
use crate::harness::cast::Client;
use crate::harness::{Kind, Source, World};
use livekit_protocol as proto;
use proto::signal_response::Message as Response;
use sfu_core::capability::Profile;
use std::time::Duration;

const INTERVAL: Duration = Duration::from_millis(400);

/// What a client was told of speakers since the last look: name, level in eighths.
fn told(world: &mut World, who: Client) -> Vec<Vec<(String, u8)>> {
    let app = world.livekit(who);
    let others = ["alice", "bob", "carol"].into_iter().filter_map(|name| app.person(name));
    let names: Vec<(String, String)> =
        others.chain([app.me()]).map(|person| (person.sid.clone(), person.identity.clone())).collect();
    let name = |sid: &str| names.iter().find(|(known, _)| known == sid).map_or("?", |(_, name)| name).to_owned();
    let updates = app.came.iter().filter_map(|message| match message {
        Response::SpeakersChanged(changed) => Some(changed.speakers.clone()),
        _ => None,
    });
    let line = |speaker: proto::SpeakerInfo| {
        assert_eq!(speaker.active, speaker.level > 0.0);
        (name(&speaker.sid), (speaker.level * 8.0).round() as u8)
    };
    let updates = updates.map(|speakers| speakers.into_iter().map(line).collect()).collect();
    app.came.clear();
    updates
}

#[test]
fn who_hears_a_speaker_is_told_of_it_and_of_its_end() {
    for kind in [Kind::LiveKitTwo, Kind::LiveKitOne] {
        let mut world = World::with_profile("somebody speaks", 81, Profile::Full);
        let alice = world.enter(kind, "alice");
        let bob = world.enter(Kind::LiveKitTwo, "bob");
        let carol = world.enter(Kind::LiveKitTwo, "carol");
        world.publish(alice, &[Source::Microphone]);
        world.livekit(carol).subscribe("alice", Source::Microphone, false);
        world.settle();
        for who in [alice, bob, carol] {
            told(&mut world, who);
        }
        assert!(world.speak(alice, 0.5));
        for who in [alice, bob] {
            assert_eq!(told(&mut world, who), [[("alice".to_owned(), 4)]], "herself too");
        }
        assert!(told(&mut world, carol).is_empty(), "carol does not hear her");
        world.speak(alice, 0.49);
        world.wait(INTERVAL);
        assert!(told(&mut world, bob).is_empty(), "a small change is none");
        world.speak(alice, 0.9);
        world.wait(INTERVAL);
        assert_eq!(told(&mut world, bob), [[("alice".to_owned(), 8)]]);
        world.speak(alice, 0.01);
        world.wait(INTERVAL);
        assert_eq!(told(&mut world, bob), [[("alice".to_owned(), 0)]], "below the threshold");
        world.wait(INTERVAL * 10);
        assert!(told(&mut world, bob).is_empty(), "and that is all");
    }
}

#[test]
fn who_is_not_heard_any_more_falls_silent_and_who_begins_to_listen_is_told() {
    let mut world = World::with_profile("a speaker whose sound stops", 82, Profile::Full);
    let alice = world.enter(Kind::LiveKitTwo, "alice");
    let bob = world.enter(Kind::LiveKitTwo, "bob");
    world.publish(alice, &[Source::Microphone]);
    world.livekit(bob).subscribe("alice", Source::Microphone, false);
    world.settle();
    told(&mut world, bob);
    for _ in 0..3 {
        world.speak(alice, 0.5);
        world.wait(INTERVAL);
    }
    assert!(told(&mut world, bob).is_empty());
    world.livekit(bob).subscribe("alice", Source::Microphone, true);
    world.settle();
    world.speak(alice, 0.5);
    world.wait(INTERVAL);
    assert_eq!(told(&mut world, bob), [[("alice".to_owned(), 4)]]);
    world.wait(INTERVAL * 3);
    assert_eq!(told(&mut world, bob), [[("alice".to_owned(), 0)]]);
}

#[test]
fn a_client_may_seem_to_speak_for_a_while() {
    let mut world = World::with_profile("a simulated speaker", 83, Profile::Full);
    let alice = world.enter(Kind::LiveKitTwo, "alice");
    let bob = world.enter(Kind::LiveKitTwo, "bob");
    world.publish(alice, &[Source::Microphone]);
    told(&mut world, alice);
    told(&mut world, bob);
    let scenario = proto::simulate_scenario::Scenario::SpeakerUpdate(3);
    let simulate = proto::SimulateScenario { scenario: Some(scenario) };
    world.livekit(alice).request(proto::signal_request::Message::Simulate(simulate));
    world.settle();
    assert_eq!(told(&mut world, bob), [[("alice".to_owned(), 7)]]);
    world.wait(Duration::from_millis(2_900));
    assert!(told(&mut world, bob).is_empty());
    world.wait(Duration::from_millis(600));
    assert_eq!(told(&mut world, bob), [[("alice".to_owned(), 0)]]);
    assert_eq!(told(&mut world, alice).len(), 2);
}

#[test]
fn nobody_is_listened_to_where_the_profile_has_no_speaker_detection() {
    let mut world = World::new("nobody listens", 84);
    let alice = world.enter(Kind::LiveKitTwo, "alice");
    world.publish(alice, &[Source::Microphone]);
    assert!(!world.speak(alice, 0.5));
}
