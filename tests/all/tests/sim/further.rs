//! More Workers in a world: one room on several of them, with rings in between that lose nothing unless they are full.
//! Who mirrors what is the room's decision; here each subscription to a track of another Worker makes it.
use crate::client::Numbers;
use crate::world::{Published, World};
use sfu_core::id::{ProducerId, RoomId, WorkerId};
use sfu_core::media::{
    LocalAddress, MediaCommand, MirrorParams, PipeBatch, ProducerParams, Worker, WorkerCensus, WorkerConfig,
};
use sfu_core::sdp::Protocol;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

/// What a world knows of its further Workers.
#[derive(Default)]
pub struct Further {
    pub workers: Vec<Worker>,
    /// Which Worker each client is on.
    pub homes: Vec<usize>,
    /// Where each track comes in, and as what.
    pub produced: BTreeMap<ProducerId, (usize, RoomId, ProducerParams)>,
    /// Which tracks are mirrored where.
    pub mirrored: BTreeSet<(ProducerId, usize)>,
    /// The rings take no packets.
    pub full: bool,
    /// Packets that full rings dropped.
    pub dropped: usize,
}

/// The number of the `place`-th Worker.
pub fn worker_id(place: usize) -> WorkerId {
    WorkerId(3 + u8::try_from(place).unwrap())
}

/// Its address.
pub fn worker_address(place: usize) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1 + u8::try_from(place).unwrap()], 7882))
}

/// True where an address is a Worker's.
pub fn is_worker(address: SocketAddr) -> bool {
    (0..8).any(|place| worker_address(place) == address)
}

impl World {
    /// A world of several Workers.
    pub fn spanning(seed: u64, workers: usize) -> Self {
        let mut world = Self::new(seed);
        for place in 1..workers {
            let address = worker_address(place);
            let addresses = vec![LocalAddress { protocol: Protocol::Udp, address }];
            let config = WorkerConfig { id: worker_id(place), addresses };
            world.further.workers.push(Worker::new(config, world.random.fork(), world.start).unwrap());
        }
        world
    }

    pub fn workers(&self) -> usize {
        1 + self.further.workers.len()
    }

    pub fn worker_at(&mut self, place: usize) -> &mut Worker {
        match place {
            0 => &mut self.worker,
            place => &mut self.further.workers[place - 1],
        }
    }

    /// A subscriber on the `place`-th Worker.
    pub fn subscriber_on(&mut self, room: RoomId, place: usize) -> usize {
        self.join_on(room, Numbers::SUBSCRIBER, place)
    }

    /// Tells the `place`-th Worker something.
    pub fn command_to(&mut self, place: usize, command: MediaCommand) {
        let now = self.now;
        self.worker_at(place).handle_command(command, now);
        self.drain_worker();
    }

    /// Sees to it that a track can be received on the `place`-th Worker.
    pub fn reach(&mut self, producer: ProducerId, place: usize) {
        let Some((origin, room, params)) = self.further.produced.get(&producer).cloned() else { return };
        if origin == place || !self.further.mirrored.insert((producer, place)) {
            return;
        }
        let mirror = MirrorParams { room, from: worker_id(origin), producer: params };
        self.command_to(place, MediaCommand::OpenMirror(Box::new(mirror)));
        self.command_to(origin, MediaCommand::OpenPipe { producer, to: worker_id(place) });
    }

    /// Mirrors a track there no longer.
    pub fn unreach(&mut self, published: Published, place: usize) {
        let producer = published.producer;
        let (origin, ..) = self.further.produced[&producer];
        assert!(self.further.mirrored.remove(&(producer, place)));
        self.command_to(origin, MediaCommand::ClosePipe { producer, to: worker_id(place) });
        self.command_to(place, MediaCommand::CloseProducer(producer));
    }

    /// Carries what Workers have for each other; true where there was anything.
    pub fn carry_pipes(&mut self) -> bool {
        let (now, mut batch, mut any) = (self.now, PipeBatch::default(), false);
        for place in 0..self.workers() {
            while let Some(to) = self.worker_at(place).poll_pipe(&mut batch) {
                any = true;
                if self.further.full {
                    self.further.dropped += batch.drop_packets();
                }
                let target = (0..self.workers()).find(|place| worker_id(*place) == to).expect("a Worker that exists");
                self.worker_at(target).handle_pipe(worker_id(place), &batch, now);
            }
        }
        any
    }

    /// What stands on each Worker.
    pub fn censuses(&mut self) -> Vec<WorkerCensus> {
        (0..self.workers()).map(|place| self.worker_at(place).census()).collect()
    }

    /// Lets time pass with the rings full.
    pub fn run_with_full_rings(&mut self, duration: Duration) {
        self.further.full = true;
        self.run(duration);
        self.further.full = false;
    }
}
