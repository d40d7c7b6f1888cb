//! Datagrams of anybody at a Worker with one Transport: sorted by their first bytes, STUN read, everything else from
//! an unproven address dropped; and the filter and the gatherer that stand in front of DTLS.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sfu_core::id::{RoomId, TransportId, WorkerId};
use sfu_core::media::{LocalAddress, MediaCommand, Route, TransportParams, Worker, WorkerConfig, fuzz};
use sfu_core::random::Random;
use sfu_core::sdp::{IceCredentials, Protocol};
use std::cell::RefCell;
use std::net::SocketAddr;
use std::time::Instant;

thread_local! {
    static WORKER: RefCell<(Worker, Instant)> = RefCell::new(worker());
}

fn address(host: u8, port: u16) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, host], port))
}

/// A Worker whose Transport answers to the ufrag `W1T1G0`.
fn worker() -> (Worker, Instant) {
    let (now, mut random) = (Instant::now(), Random::seeded(1));
    let local = LocalAddress { protocol: Protocol::Udp, address: address(1, 7_882) };
    let config = WorkerConfig { id: WorkerId(1), addresses: vec![local] };
    let mut worker = Worker::new(config, random.fork(), now).expect("the address is one");
    let transport = TransportId::from_number(1).expect("a number above zero");
    let ufrag = MediaCommand::ufrag(WorkerId(1), transport, 0);
    let local_ice = IceCredentials { ufrag, password: "a-password-of-24-letters".to_owned() };
    let room = RoomId::random(&mut random);
    worker.handle_command(MediaCommand::OpenTransport(TransportParams { transport, room, local_ice }), now);
    (worker, now)
}

fuzz_target!(|bytes: &[u8]| {
    // Cut into datagrams by a length byte each.
    let mut datagrams = Vec::new();
    let mut rest = bytes;
    while let Some((len, after)) = rest.split_first() {
        let len = if *len == 0xff { after.len() } else { usize::from(*len) };
        let (datagram, others) = after.split_at(after.len().min(len));
        datagrams.push(datagram.to_vec());
        rest = others;
    }
    fuzz::dtls(&datagrams);
    WORKER.with_borrow_mut(|(worker, now)| {
        let before = worker.drops();
        let count = datagrams.len() as u64;
        for datagram in &mut datagrams {
            let route = Route { protocol: Protocol::Udp, remote: address(2, 5_000), local: address(1, 7_882) };
            worker.handle_datagram(route, datagram, *now);
        }
        let after = worker.drops();
        let dropped = after.unknown + after.unvalidated + after.unauthentic_checks;
        assert_eq!(dropped - before.unknown - before.unvalidated - before.unauthentic_checks, count);
        assert!(worker.poll_transmit().is_none(), "an answer to somebody who proved nothing");
        assert!(worker.poll_event().is_none());
    });
});
