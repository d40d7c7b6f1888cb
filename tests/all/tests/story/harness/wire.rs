//! Real media in the same process: the real Worker and the clients' engines, joined by a network that loses nothing.
//! Every packet says whose it is, so that what is heard proves where it came from.
use super::pc::Pc;
use sfu_core::media::{LocalAddress, MediaCommand, MediaEvent, Route, Worker, WorkerConfig, WorkerFacts};
use sfu_core::random::Random;
use sfu_core::sdp::Protocol;
use std::net::SocketAddr;
use std::time::Instant;

/// The worker with its cable.
pub struct Wire {
    worker: Worker,
    address: SocketAddr,
}

impl Wire {
    /// A worker that is reached at one address.
    pub fn new(random: Random, now: Instant) -> Self {
        let address = SocketAddr::from(([192, 0, 2, 1], 7882));
        let addresses = vec![LocalAddress { protocol: Protocol::Udp, address }];
        let config = WorkerConfig { id: super::switchboard::WORKER, addresses };
        Self { worker: Worker::new(config, random, now).expect("a worker"), address }
    }

    /// What rooms are told of it.
    pub fn facts(&self) -> WorkerFacts {
        self.worker.facts()
    }

    /// Takes a room's command.
    pub fn handle(&mut self, command: MediaCommand, now: Instant) {
        self.worker.handle_command(command, now);
    }

    /// What happened, oldest first.
    pub fn poll(&mut self) -> Option<MediaEvent> {
        self.worker.poll_event()
    }

    /// Carries datagrams to and fro until both sides are silent.
    pub fn exchange(&mut self, pcs: &mut [&mut Pc], now: Instant) {
        self.worker.handle_timeout(now);
        for pc in pcs.iter_mut() {
            pc.tick(now);
        }
        for _ in 0..1_000 {
            let mut moved = self.deliver(pcs, now);
            for pc in pcs.iter_mut() {
                while let Some((remote, mut datagram)) = pc.poll(now) {
                    assert_eq!(remote, self.address, "{} sends to the only worker", pc.name);
                    let route = Route { protocol: Protocol::Udp, remote: pc.address, local: self.address };
                    self.worker.handle_datagram(route, &mut datagram, now);
                    moved = true;
                }
            }
            if !moved {
                return;
            }
        }
        panic!("the network does not come to rest");
    }

    fn deliver(&mut self, pcs: &mut [&mut Pc], now: Instant) -> bool {
        let mut moved = false;
        while let Some(transmit) = self.worker.poll_transmit() {
            moved = true;
            let Some(pc) = pcs.iter_mut().find(|pc| pc.address == transmit.route.remote) else { continue };
            for datagram in transmit.datagrams() {
                pc.receive_datagram(self.address, datagram, now);
            }
        }
        moved
    }
}
