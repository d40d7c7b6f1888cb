//! Golden transcripts of every way in which a v2 client's part in a session, its stream or the session ends.
//!
//! Guards against: an end in other words, in another order or to others than before; a ghost that stays. A change that
//! was meant is blessed by `VIADUCT_BLESS=1` and read in the diff.
use crate::harness::cast::{Client, ROOM, Role};
use crate::harness::{Kind, Source, World};
use serde_json::json;
use sfu_core::room::{LeaveReason, ParticipantUpdate, Permissions, PublishedTarget, RoomCommand};
use std::time::Duration;

/// Past the ten seconds that a lost socket is waited for.
const TOO_LONG: Duration = Duration::from_secs(11);

/// A way of ending, done to Alice, who publishes; Bob is a moderator, Carol only looks on.
type Way = (&'static str, fn(&mut World, [Client; 3]));

const WAYS: &[Way] = &[
    ("left", |world, [alice, ..]| world.leave(alice)),
    ("unpublished", |world, [alice, ..]| world.unpublish(alice, Source::Camera)),
    ("away-and-back", |world, [alice, ..]| {
        world.cut(alice);
        world.wait(Duration::from_secs(6));
        world.come_back(alice);
        world.leave(alice);
    }),
    ("away-for-good", |world, [alice, ..]| {
        world.cut(alice);
        world.wait(TOO_LONG);
    }),
    ("no-pings", |world, [alice, ..]| {
        world.v2(alice).stop_pinging();
        world.wait(Duration::from_secs(16));
        world.tape.say("ten seconds later");
        world.wait(TOO_LONG);
    }),
    ("kicked-by-moderator", |world, [_, bob, _]| {
        let connection = world.v2(bob).connections_of("alice")[0].clone();
        world.v2(bob).call("forceDisconnect", json!({ "connectionId": connection }));
        world.settle();
    }),
    ("kicked-by-server", |world, _| {
        let participant = world.participant("alice").id;
        let remove = RoomCommand::Remove { participant, reason: LeaveReason::ForcedByServer };
        world.call(ROOM, remove).expect("an API may");
    }),
    ("unpublished-by-moderator", |world, [_, bob, _]| {
        let connection = world.v2(bob).connections_of("alice")[0].clone();
        let stream = world.v2(bob).stream_of(&connection);
        world.v2(bob).call("forceUnpublish", json!({ "streamId": stream }));
        world.settle();
    }),
    ("unpublished-by-server", |world, _| {
        let owner = world.participant("alice");
        let target = PublishedTarget::Stream(owner.streams[0].id);
        let unpublish = RoomCommand::ForceUnpublish { participant: owner.id, target };
        world.call(ROOM, unpublish).expect("an API may");
    }),
    ("role-taken", |world, _| {
        let owner = world.participant("alice");
        let permissions = Some(Permissions { publish: false, ..owner.permissions.clone() });
        let update = Box::new(ParticipantUpdate { permissions, ..ParticipantUpdate::default() });
        let command = RoomCommand::UpdateParticipant { participant: Some(owner.id), update };
        world.call(ROOM, command).expect("an API may");
    }),
    ("session-closed", |world, _| {
        world.call(ROOM, RoomCommand::Close { reason: LeaveReason::RoomClosedByApi }).expect("an API may");
    }),
    ("media-lost", |world, _| {
        world.call(ROOM, RoomCommand::Close { reason: LeaveReason::ServerFailure }).expect("the shard may");
    }),
    ("server-stopped", |world, _| world.stop_server()),
];

#[test]
fn every_way_of_ending_reads_as_it_did() {
    for (name, way) in WAYS {
        let golden = format!("v2/end-{name}");
        let mut world = World::new(&golden, 75);
        let alice = world.enter(Kind::V2, "alice");
        let bob = world.enter_v2(Kind::V2, "bob", Role::Moderator, "");
        let carol = world.enter_v2(Kind::V2Old, "carol", Role::Subscriber, "");
        world.publish(alice, &[Source::Microphone, Source::Camera]);
        world.tape.say(name);
        way(&mut world, [alice, bob, carol]);
        world.tape.check_golden(&golden);
    }
}

#[test]
fn nobody_stays_as_a_ghost_however_it_went() {
    for (name, way) in WAYS {
        let mut world = World::new(&format!("ghosts after {name}"), 76);
        let alice = world.enter(Kind::V2, "alice");
        let bob = world.enter_v2(Kind::V2, "bob", Role::Moderator, "");
        let carol = world.enter_v2(Kind::V2Old, "carol", Role::Subscriber, "");
        world.publish(alice, &[Source::Camera]);
        way(&mut world, [alice, bob, carol]);
        for client in [alice, bob, carol] {
            if world.is_online(client) {
                world.cut(client);
            }
        }
        world.wait(Duration::from_secs(30));
        assert!(!world.room_lives(), "{name}: the session ends with its last client");
    }
}
