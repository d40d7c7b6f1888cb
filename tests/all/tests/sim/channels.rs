//! Data channels, from both sides.
use crate::world::World;
use sfu_core::media::{FailureCause, MediaCommand, MediaEvent};
use std::time::Duration;
use str0m::channel::{ChannelConfig, Reliability};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn channels_open_from_either_side_and_carry_messages_both_ways() {
    let mut world = World::new(41);
    let room = world.room();
    let client = world.publisher(room);
    let transport = world.clients[client].transport;
    // Before the association stands: it opens as soon as it does.
    let (label, ordered, max_retransmits) = ("_reliable".to_owned(), true, None);
    world.command(MediaCommand::OpenChannel { transport, label, ordered, max_retransmits });
    let lossy = ChannelConfig {
        label: "_lossy".to_owned(),
        ordered: false,
        reliability: Reliability::MaxRetransmits { retransmits: 0 },
        ..ChannelConfig::default()
    };
    let lossy = world.clients[client].rtc.direct_api().create_data_channel(lossy);
    world.connect();
    world.run(SECOND);
    for label in ["_reliable", "_lossy"] {
        let opened = MediaEvent::ChannelOpened { transport, label: label.to_owned() };
        assert!(world.events.contains(&opened), "{label}");
        assert!(world.clients[client].channels.iter().any(|(_, known)| known == label), "{label}");
    }

    let large = vec![7; 60_000];
    world.clients[client].rtc.channel(lossy).unwrap().write(true, &large).unwrap();
    world.clients[client].handle_timeout(world.now);
    world.drain_client(client);
    for label in ["_reliable", "_lossy"] {
        let (label, payload) = (label.to_owned(), b"hello".to_vec());
        world.command(MediaCommand::SendChannel { transport, label, binary: false, reliable: true, payload });
    }
    let (label, payload) = ("nobody".to_owned(), b"lost".to_vec());
    world.command(MediaCommand::SendChannel { transport, label, binary: false, reliable: true, payload });
    world.run(SECOND);
    let came = MediaEvent::ChannelMessage { transport, label: "_lossy".to_owned(), binary: true, payload: large };
    assert!(world.events.contains(&came));
    let mut messages = world.clients[client].messages.clone();
    messages.sort();
    let hello = |label: &str| (label.to_owned(), false, b"hello".to_vec());
    assert_eq!(messages, [hello("_lossy"), hello("_reliable")]);
}

/// A client with both of LiveKit's channels, which its server opens.
fn with_channels(seed: u64) -> (World, usize) {
    let mut world = World::new(seed);
    let room = world.room();
    let client = world.publisher(room);
    let transport = world.clients[client].transport;
    for (label, ordered, max_retransmits) in [("_reliable", true, None), ("_lossy", false, Some(0))] {
        world.command(MediaCommand::OpenChannel { transport, label: label.to_owned(), ordered, max_retransmits });
    }
    (world, client)
}

#[test]
fn a_reliable_message_waits_for_its_channel_and_no_other_does() {
    let (mut world, client) = with_channels(45);
    let transport = world.clients[client].transport;
    for (label, reliable) in [("_reliable", true), ("_lossy", false), ("_reliable", true)] {
        let (label, payload) = (label.to_owned(), vec![1; 40_000]);
        world.command(MediaCommand::SendChannel { transport, label, binary: true, reliable, payload });
    }
    let (label, payload) = ("_reliable".to_owned(), vec![2; 40_000]);
    world.command(MediaCommand::SendChannel { transport, label, binary: true, reliable: true, payload });
    world.connect();
    world.run(SECOND);
    let expected = ("_reliable".to_owned(), true, vec![1; 40_000]);
    assert_eq!(world.clients[client].messages, [expected.clone(), expected], "in order; the third is too much to keep");
}

#[test]
fn a_receiver_that_lags_loses_lossy_messages_and_no_reliable_one() {
    let (mut world, client) = with_channels(46);
    world.connect();
    world.run(SECOND);
    let transport = world.clients[client].transport;
    for (label, reliable) in [("_lossy", false), ("_reliable", true)] {
        for number in 0..10 {
            let (label, payload) = (label.to_owned(), vec![number; 60_000]);
            world.command(MediaCommand::SendChannel { transport, label, binary: true, reliable, payload });
        }
    }
    world.run(SECOND * 3);
    let count = |wanted: &str| world.clients[client].messages.iter().filter(|(label, ..)| label == wanted).count();
    assert_eq!(count("_reliable"), 10);
    assert!((1..10).contains(&count("_lossy")), "{}", count("_lossy"));
}

#[test]
fn a_client_that_closes_is_reported_and_its_tracks_end() {
    let mut world = World::new(42);
    let room = world.room();
    let client = world.publisher(room);
    world.connect();
    world.run(SECOND);
    world.clients[client].rtc.close().unwrap();
    world.drain_client(client);
    world.run(SECOND);
    let transport = world.clients[client].transport;
    let closed = MediaEvent::TransportClosed { transport, cause: FailureCause::ClosedByPeer };
    assert_eq!(world.events.iter().filter(|event| **event == closed).count(), 1);
}

#[test]
fn a_transport_that_the_room_closes_says_goodbye_without_an_event() {
    let mut world = World::new(43);
    let room = world.room();
    let client = world.publisher(room);
    world.connect();
    world.run(SECOND);
    let events = world.events.len();
    let transport = world.clients[client].transport;
    world.command(MediaCommand::CloseTransport(transport));
    world.run(SECOND);
    assert!(world.clients[client].closed, "the client hears of it");
    assert_eq!(world.events.len(), events);
    assert_eq!(world.worker.deadline(), None, "nothing is left to do");
}

#[test]
fn a_wrong_fingerprint_ends_the_transport() {
    let mut world = World::new(44);
    let room = world.room();
    let client = world.publisher(room);
    let transport = world.clients[client].transport;
    let mut fingerprint = world.clients[client].fingerprint();
    fingerprint.bytes[3] ^= 1;
    let remote_ice = world.remote_ice(client);
    world.command(MediaCommand::ConnectTransport {
        transport,
        remote_ice,
        fingerprint,
        data_channels: true,
        dtls_client: false,
    });
    world.run(SECOND * 3);
    let closed = MediaEvent::TransportClosed { transport, cause: FailureCause::Dtls };
    assert_eq!(world.events, [MediaEvent::PathFound(transport), closed]);
}
