//! What a Worker counts: plain numbers of its own thread, copied out now and then by whoever drives it.
use super::Worker;

/// Datagrams and commands that led to nothing, since the start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DropCounters {
    /// Nothing that is spoken here.
    pub unknown: u64,
    /// From an address that no client proved to own.
    pub unvalidated: u64,
    /// Checks that name no Transport of this worker, or are not authentic.
    pub unauthentic_checks: u64,
    /// RTP and RTCP that could not be opened, or belongs to no Producer.
    pub unowned: u64,
    /// Authentic, but not what RTP or RTCP may look like.
    pub malformed: u64,
    /// Commands about something that is not (or no longer) there.
    pub commands: u64,
    /// What came over a pipe about something that is not (or no longer) there.
    pub pipes: u64,
}

/// What went through a Worker, since the start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct WorkerCounters {
    /// Datagrams that came.
    pub datagrams_in: u64,
    /// Their bytes.
    pub bytes_in: u64,
    /// Datagrams to send.
    pub datagrams_out: u64,
    /// Their bytes.
    pub bytes_out: u64,
    /// Runs that these were grouped to: one system call sends one.
    pub runs_out: u64,
    /// Packets of Producers of other Workers.
    pub pipe_packets_in: u64,
    /// Packets for mirrors on other Workers.
    pub pipe_packets_out: u64,
    /// RTCP messages that ask for packets again (RFC 4585, generic NACK).
    pub nacks_in: u64,
    /// RTCP messages that ask for a keyframe: picture loss indications (RFC 4585).
    pub plis_in: u64,
    /// The same, as full intra requests (RFC 5104).
    pub firs_in: u64,
}

/// What stands on a Worker at the moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct WorkerCensus {
    /// Routers: rooms with media here.
    pub routers: usize,
    /// Transports.
    pub transports: usize,
    /// Producers, mirrors among them.
    pub producers: usize,
    /// Consumers.
    pub consumers: usize,
}

impl WorkerCensus {
    /// How much work stands here, in Consumers: a Transport costs what a Consumer or two do even where nothing flows.
    pub const fn load(&self) -> usize {
        self.transports + self.producers + self.consumers
    }
}

impl Worker {
    /// What led to nothing.
    pub const fn drops(&self) -> DropCounters {
        self.drops
    }

    /// What went through.
    pub const fn counters(&self) -> WorkerCounters {
        self.counters
    }

    /// What stands here.
    pub fn census(&self) -> WorkerCensus {
        WorkerCensus {
            routers: self.routers.len(),
            transports: self.transports.len(),
            producers: self.by_producer.len(),
            consumers: self.by_consumer.len(),
        }
    }
}
