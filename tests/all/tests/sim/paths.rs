//! Addresses: which datagrams are a client's, and what happens when it moves or falls silent.
use crate::network::Conditions;
use crate::world::World;
use sfu_core::media::{MediaCommand, MediaEvent};
use sfu_core::sdp::MediaKind;
use std::net::SocketAddr;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn datagrams_from_an_unknown_address_are_dropped_and_counted() {
    let mut world = World::new(51);
    let room = world.room();
    let (publisher, subscriber) = (world.publisher(room), world.subscriber(room));
    world.connect();
    let video = world.publish(publisher, MediaKind::Video, &[]);
    let track = world.subscribe(subscriber, MediaKind::Video, Some(video.producer), false);
    world.run(SECOND);
    let stranger: SocketAddr = "203.0.113.66:9999".parse().unwrap();
    let before = world.worker.drops();
    let rtp = [&[0x80, 96, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4][..], &[0; 100]].concat();
    let alert = vec![21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 1, 0];
    let rtcp = [&[0x80, 200, 0, 6][..], &[0; 40]].concat();
    for bytes in [&rtp, &alert, &rtcp] {
        world.network.send(stranger, world.worker_address, bytes, world.now);
        // From a client's own address it is not believed either: it cannot be opened.
        world.network.send(world.clients[publisher].address, world.worker_address, bytes, world.now);
    }
    world.network.send(stranger, world.worker_address, b"GET / HTTP/1.1\r\n\r\n........", world.now);
    let check = binding_request("W3T1G0:abcd");
    world.network.send(stranger, world.worker_address, &check, world.now);
    let ufrag = MediaCommand::ufrag(sfu_core::id::WorkerId(3), world.clients[publisher].transport, 0);
    let forged = binding_request(&format!("{ufrag}:client0"));
    world.network.send(stranger, world.worker_address, &forged, world.now);
    let sent_before = world.received(&track).len();
    world.run(SECOND);
    let drops = world.worker.drops();
    assert_eq!(drops.unvalidated - before.unvalidated, 3);
    assert_eq!(drops.unknown - before.unknown, 1);
    assert_eq!(drops.unauthentic_checks - before.unauthentic_checks, 2);
    assert!(drops.unowned - before.unowned >= 2);
    assert!(world.received(&track).len() > sent_before + 60, "the call goes on");
    assert!(!world.events.iter().any(|event| matches!(event, MediaEvent::TransportClosed { .. })));
}

#[test]
fn a_silent_client_is_reported_and_so_is_its_return() {
    let mut world = World::new(52);
    let room = world.room();
    let client = world.publisher(room);
    world.connect();
    let transport = world.clients[client].transport;
    let address = world.clients[client].address;
    assert_eq!(world.events, [MediaEvent::PathFound(transport), MediaEvent::TransportConnected(transport)]);
    world.network.cut.push(address);
    world.run(SECOND * 17);
    assert_eq!(world.events[2..], [MediaEvent::TransportDisconnected(transport)]);
    world.network.cut.clear();
    world.run(SECOND * 20);
    assert_eq!(world.events[3..], [MediaEvent::TransportConnected(transport)]);
}

#[test]
fn an_ice_restart_onto_a_new_address_moves_media_at_once() {
    let mut world = World::new(53);
    let room = world.room();
    let (publisher, subscriber) = (world.publisher(room), world.subscriber(room));
    world.connect();
    let video = world.publish(publisher, MediaKind::Video, &[]);
    let track = world.subscribe(subscriber, MediaKind::Video, Some(video.producer), false);
    world.run(SECOND * 2);
    let transport = world.clients[subscriber].transport;
    let old = world.move_client(subscriber, "10.0.9.9:50000".parse().unwrap());
    world.network.cut.push(old);
    let moved = world.now;
    world.run(SECOND * 2);
    let after = world.received(&track).into_iter().filter(|packet| packet.at > moved + SECOND).count();
    assert!(after > 60, "{after}");
    let connected = MediaEvent::TransportConnected(transport);
    assert_eq!(world.events.iter().filter(|event| **event == connected).count(), 2, "told again");
}

#[test]
fn a_client_whose_translated_address_changes_goes_on_with_its_next_check_and_nobody_else_moves_it() {
    let mut world = World::new(54);
    let room = world.room();
    let (publisher, subscriber) = (world.publisher(room), world.subscriber(room));
    world.connect();
    let video = world.publish(publisher, MediaKind::Video, &[]);
    let track = world.subscribe(subscriber, MediaKind::Video, Some(video.producer), false);
    world.run(SECOND * 2);
    let client = &world.clients[subscriber];
    let (inside, transport) = (client.address, client.transport);
    world.network.translated = Some((inside, "198.51.100.7:1234".parse().unwrap()));
    let moved = world.now;
    world.run(SECOND * 10);
    let back = world.received(&track).into_iter().find(|packet| packet.at > moved + SECOND / 5).map(|packet| packet.at);
    let gap = back.expect("media comes back").duration_since(moved);
    assert!(gap < SECOND * 6, "no longer than from one check to the next: {gap:?}");

    // A check that names the Transport but is not signed with its password, from elsewhere.
    let ufrag = MediaCommand::ufrag(sfu_core::id::WorkerId(3), transport, 0);
    let forged = binding_request(&format!("{ufrag}:client{subscriber}"));
    let before = (world.received(&track).len(), world.worker.drops().unauthentic_checks);
    world.network.send("203.0.113.66:9999".parse().unwrap(), world.worker_address, &forged, world.now);
    world.run(SECOND * 2);
    assert_eq!(world.worker.drops().unauthentic_checks, before.1 + 1);
    assert!(world.received(&track).len() > before.0 + 120, "media goes on");
}

#[test]
fn handshakes_get_through_a_bad_network() {
    let mut connected = 0;
    for seed in 540..560 {
        let mut world = World::new(seed);
        world.conditions(Conditions { loss_up: 0.2, loss_down: 0.2, duplication: 0.3, ..Conditions::GOOD });
        let room = world.room();
        let client = world.publisher(room);
        for _ in 0..160 {
            if world.clients[client].connected_at.is_some() {
                connected += 1;
                break;
            }
            world.run(SECOND / 10);
        }
    }
    assert_eq!(connected, 20);
}

#[test]
fn a_client_hello_in_pieces_that_overlap_is_answered() {
    for seed in 560..570 {
        let mut world = World::new(seed);
        let mut attempt = 0;
        world.network.reshape = Some(Box::new(move |datagram| {
            let is_hello = datagram.len() > 25 && datagram[0] == 22 && datagram[4] == 0 && datagram[13] == 1;
            if !is_hello {
                return vec![datagram.to_vec()];
            }
            attempt += 1;
            // As Firefox does: repeated first as before, then in smaller records. Of the first only the start arrives.
            match attempt {
                1 => cut(datagram, 45)[..1].to_vec(),
                2 => cut(datagram, 35)[1..2].to_vec(),
                _ => cut(datagram, 40)[1..].to_vec(),
            }
        }));
        let room = world.room();
        let client = world.publisher(room);
        world.connect();
        assert!(world.events.contains(&MediaEvent::TransportConnected(world.clients[client].transport)));
    }
}

/// A record that holds a whole ClientHello, cut into records with fragments of `size` bytes.
fn cut(datagram: &[u8], size: usize) -> Vec<Vec<u8>> {
    let (header, body) = (&datagram[..25], &datagram[25..]);
    assert!(body.len() > 2 * size, "{} bytes are too few to cut", body.len());
    let piece = |(place, bytes): (usize, &[u8])| {
        let mut record = header.to_vec();
        record[11..13].copy_from_slice(&(bytes.len() as u16 + 12).to_be_bytes());
        record[20..22].copy_from_slice(&((place * size) as u16).to_be_bytes());
        record[23..25].copy_from_slice(&(bytes.len() as u16).to_be_bytes());
        record.extend(bytes);
        record
    };
    body.chunks(size).enumerate().map(piece).collect()
}

/// A binding request with integrity made by nobody.
fn binding_request(username: &str) -> Vec<u8> {
    let mut attributes = Vec::new();
    let mut add = |kind: u16, value: &[u8]| {
        attributes.extend(kind.to_be_bytes());
        attributes.extend((value.len() as u16).to_be_bytes());
        attributes.extend(value);
        attributes.resize(attributes.len().next_multiple_of(4), 0);
    };
    add(0x0006, username.as_bytes());
    add(0x0024, &[0x6e, 0, 0, 1]);
    add(0x802a, &[1, 2, 3, 4, 5, 6, 7, 8]);
    add(0x0025, &[]);
    add(0x0008, &[0x5a; 20]);
    let mut message = vec![0, 1];
    message.extend((attributes.len() as u16).to_be_bytes());
    message.extend([0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    message.extend(attributes);
    message
}
