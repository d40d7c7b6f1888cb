//! What a worker reports. Nothing here is an answer: a room that told a worker something has already gone on.
use crate::id::{ConsumerId, ProducerId, TransportId};
use crate::sdp::Codec;

/// Something happened on a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaEvent {
    /// The first check of the client's was authentic: ICE has a path, DTLS begins. Once for each Transport.
    PathFound(TransportId),
    /// ICE and DTLS stand: media flows. Again after an ICE restart onto a new path.
    TransportConnected(TransportId),
    /// No check has come for 15 s: the path is down. [`MediaEvent::TransportConnected`] follows where it comes back.
    TransportDisconnected(TransportId),
    /// The other side closed the association, or it broke. The Transport is gone.
    TransportClosed {
        /// Which Transport.
        transport: TransportId,
        /// Why.
        cause: FailureCause,
    },
    /// A data channel is open, from whichever side.
    ChannelOpened {
        /// Which Transport.
        transport: TransportId,
        /// The channel's label.
        label: String,
    },
    /// A message came on a data channel.
    ChannelMessage {
        /// Which Transport.
        transport: TransportId,
        /// The channel's label.
        label: String,
        /// Binary, or text.
        binary: bool,
        /// The payload.
        payload: Vec<u8>,
    },
    /// A Producer's first packet, or its first packet with another codec.
    ProducerStarted {
        /// Which Producer.
        producer: ProducerId,
        /// What it sends.
        codec: Codec,
    },
    /// How loud a Producer speaks: at the end of each window in which it does, and of the first in which it does not.
    ProducerHeard {
        /// Which Producer.
        producer: ProducerId,
        /// The smoothed level, from 0 (silence) to 65,535.
        level: u16,
    },
    /// A Consumer's first packet of a source went out. Once for each Consumer, a black picture does not count.
    ConsumerStarted(ConsumerId),
    /// A Consumer's source sends a codec that this receiver does not take: nothing is forwarded.
    ConsumerMismatch {
        /// Which Consumer.
        consumer: ConsumerId,
        /// What the source sends.
        codec: Codec,
    },
    /// A Consumer's picture is left out because its path does not carry it (true), or sent again (false).
    ConsumerStarved {
        /// Which Consumer.
        consumer: ConsumerId,
        /// Left out, or not.
        starved: bool,
    },
    /// Counters of one Transport.
    Stats(Box<TransportStats>),
    /// Counters of one Producer; they come with those of its Transport.
    ProducerStats(Box<ProducerStats>),
}

/// Why a Transport ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FailureCause {
    /// The other side closed it.
    ClosedByPeer,
    /// DTLS failed: wrong fingerprint, no common profile, broken handshake.
    Dtls,
    /// A fault inside the worker; only this Transport ended.
    Internal,
    /// The whole worker went down.
    WorkerLost,
}

/// Counters of one Transport since it was opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TransportStats {
    /// Which Transport.
    pub transport: TransportId,
    /// RTP packets received.
    pub packets_received: u64,
    /// RTP bytes received.
    pub bytes_received: u64,
    /// RTP packets sent.
    pub packets_sent: u64,
    /// RTP bytes sent.
    pub bytes_sent: u64,
    /// RTP packets that were lost on the way in and never repaired.
    pub packets_lost_in: u64,
    /// RTP packets that the other side reported lost.
    pub packets_lost_out: u64,
    /// Round trip time by RTCP, microseconds; 0 while unknown.
    pub rtt_us: u64,
    /// Interarrival jitter of what comes in (RFC 3550 section 6.4.1), of the worst source, microseconds.
    pub jitter_us: u64,
}

/// Counters of one Producer since it was opened, all its layers together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProducerStats {
    /// Which Producer.
    pub producer: ProducerId,
    /// RTP packets received, without repeats.
    pub packets: u64,
    /// Bytes of their payloads.
    pub bytes: u64,
    /// Packets that never came.
    pub lost: u64,
}

impl TransportStats {
    /// Nothing counted yet.
    pub const fn new(transport: TransportId) -> Self {
        Self {
            transport,
            packets_received: 0,
            bytes_received: 0,
            packets_sent: 0,
            bytes_sent: 0,
            packets_lost_in: 0,
            packets_lost_out: 0,
            rtt_us: 0,
            jitter_us: 0,
        }
    }
}
