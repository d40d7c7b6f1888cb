//! What a room tells a worker. A worker never answers a question: it only reports what happened ([`super::MediaEvent`]).
use super::audio_level::AudioLevelConfig;
use crate::extension::ExtensionMap;
use crate::id::{ConsumerId, ProducerId, RoomId, TransportId, WorkerId};
use crate::sdp::{Candidate, Codec, Fingerprint, IceCredentials, MediaKind, Mid, Rid, SsrcGroup};

/// What is fixed about a worker when it starts: enough to write its half of any session description.
#[derive(Clone, Debug)]
pub struct WorkerFacts {
    /// Which worker.
    pub worker: WorkerId,
    /// The addresses clients reach it at, best first.
    pub candidates: Vec<Candidate>,
    /// The fingerprint of its DTLS certificate.
    pub fingerprint: Fingerprint,
}

/// A command to a worker.
#[derive(Clone, Debug)]
pub enum MediaCommand {
    /// Open a Transport: from now on STUN that names its ufrag is its. Always ICE-lite.
    OpenTransport(TransportParams),
    /// The other side's half has come (or has come again after an ICE restart, with new credentials).
    ConnectTransport {
        /// Which Transport.
        transport: TransportId,
        /// The other side's ICE credentials.
        remote_ice: IceCredentials,
        /// The other side's DTLS fingerprint; the same at every ICE restart.
        fingerprint: Fingerprint,
        /// SCTP is wanted for data channels: true also when it is wanted only now.
        data_channels: bool,
        /// We begin the DTLS handshake: the other side chose to be its server. Only the first time counts.
        dtls_client: bool,
    },
    /// New local ICE credentials (ICE restart); the old ones are valid until the new path is in use.
    RestartIce {
        /// Which Transport.
        transport: TransportId,
        /// Ours.
        local_ice: IceCredentials,
        /// The other side's.
        remote_ice: IceCredentials,
    },
    /// Close a Transport with its Producers and Consumers. No event follows.
    CloseTransport(TransportId),
    /// Open a data channel from our side as soon as SCTP stands.
    OpenChannel {
        /// Which Transport.
        transport: TransportId,
        /// The channel's label.
        label: String,
        /// Messages arrive in order.
        ordered: bool,
        /// `Some(n)`: lost messages are sent again at most n times; `None`: until they arrive.
        max_retransmits: Option<u16>,
    },
    /// Send a message on a data channel. Where the channel is not open yet a reliable message is kept until it is,
    /// bounded; any other, and what is too much for the receiver, is dropped and counted.
    SendChannel {
        /// Which Transport.
        transport: TransportId,
        /// The channel's label.
        label: String,
        /// Binary, or text.
        binary: bool,
        /// It must arrive: worth keeping and queueing.
        reliable: bool,
        /// The payload, at most 65,536 bytes.
        payload: Vec<u8>,
    },
    /// Receive a track.
    OpenProducer(Box<ProducerParams>),
    /// Drop its packets (true) or forward them (false).
    PauseProducer {
        /// Which Producer.
        producer: ProducerId,
        /// Whether it is paused.
        paused: bool,
    },
    /// Stop receiving a track. Consumers of it stay, without a source.
    CloseProducer(ProducerId),
    /// Send a copy of a track.
    OpenConsumer(Box<ConsumerParams>),
    /// Exchange a Consumer's Producer: SSRC, sequence and timestamp go on as at a layer switch.
    SetConsumerSource {
        /// Which Consumer.
        consumer: ConsumerId,
        /// Its new source; `None`: silent (a `blank` video Consumer shows black).
        source: Option<ProducerId>,
    },
    /// Stop sending (true) or go on (false).
    PauseConsumer {
        /// Which Consumer.
        consumer: ConsumerId,
        /// Whether it is paused.
        paused: bool,
    },
    /// The best layers that the receiver wants.
    LimitConsumer {
        /// Which Consumer.
        consumer: ConsumerId,
        /// The limit.
        limit: LayerLimit,
        /// Its weight beside others ([`ConsumerParams::weight`]).
        weight: u8,
    },
    /// Stop sending for good.
    CloseConsumer(ConsumerId),
    /// Send a copy of a Producer to another worker, which has a mirror of it ([`MediaCommand::OpenMirror`]).
    OpenPipe {
        /// Which Producer.
        producer: ProducerId,
        /// To which worker.
        to: WorkerId,
    },
    /// Send that copy no longer. It ends with its Producer, too.
    ClosePipe {
        /// Which Producer.
        producer: ProducerId,
        /// To which worker.
        to: WorkerId,
    },
    /// Take a Producer of another worker over a pipe, under the same id: Consumers here can have it as their source.
    /// It is paused and closed like any other.
    OpenMirror(Box<MirrorParams>),
    /// Send no more pictures over a Transport than fit into this; `None`: what its path carries.
    CapTransport {
        /// Which Transport.
        transport: TransportId,
        /// Bits a second.
        bitrate_bps: Option<u64>,
    },
    /// Report [`super::MediaEvent::Stats`] of this Transport.
    ReportStats(TransportId),
}

/// A new Transport.
#[derive(Clone, Debug)]
pub struct TransportParams {
    /// Its id.
    pub transport: TransportId,
    /// Whose Router its Producers and Consumers are on: nothing crosses from one room to another.
    pub room: RoomId,
    /// Our ICE credentials. The ufrag is `W<worker>T<transport number>G<generation>` so that a worker finds the
    /// Transport without a search; see [`MediaCommand::transport_of_ufrag`].
    pub local_ice: IceCredentials,
}

impl MediaCommand {
    /// The ufrag of a Transport's `generation`-th ICE start on `worker`: letters and digits only.
    pub fn ufrag(worker: WorkerId, transport: TransportId, generation: u32) -> String {
        let mut number = transport.number();
        let mut digits = Vec::new();
        while number > 0 {
            let digit = u8::try_from(number % 32).unwrap_or(0);
            digits.push(char::from(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 }));
            number /= 32;
        }
        let number: String = digits.iter().rev().collect();
        format!("W{}T{number}G{generation}", worker.0)
    }

    /// The worker and Transport that a ufrag of ours names, whatever its generation.
    pub fn transport_of_ufrag(ufrag: &str) -> Option<(WorkerId, TransportId)> {
        let rest = ufrag.strip_prefix('W')?;
        let (worker, rest) = rest.split_once('T')?;
        let (number, _generation) = rest.split_once('G')?;
        let worker = WorkerId(worker.parse().ok()?);
        let number = u64::from_str_radix(number, 32).ok()?;
        Some((worker, TransportId::from_number(number)?))
    }
}

/// A track to receive.
#[derive(Clone, Debug)]
pub struct ProducerParams {
    /// Its id.
    pub producer: ProducerId,
    /// The Transport it comes on.
    pub transport: TransportId,
    /// Sound or picture.
    pub kind: MediaKind,
    /// Its m-line: packets with this `mid` are its.
    pub mid: Mid,
    /// The payload types that may come.
    pub codecs: Vec<ReceiveCodec>,
    /// The SSRCs that the description named; for simulcast by SSRC one per layer, lowest layer first.
    pub ssrcs: Vec<SsrcGroup>,
    /// The simulcast layers by rid, lowest layer first.
    pub rids: Vec<Rid>,
    /// The ids of the header extensions of this m-line.
    pub extensions: ExtensionMap,
    /// Transport-wide feedback was negotiated on this Transport: send it (every 50 ms).
    pub transport_cc: bool,
    /// REMB was negotiated instead: send it.
    pub remb: bool,
    /// The cap on what the client may send, bits a second; `None`: no cap.
    pub max_bitrate_bps: Option<u64>,
    /// Starts paused (published muted).
    pub paused: bool,
    /// Say how loud it speaks ([`super::MediaEvent::ProducerHeard`]); `None`: nobody wants to know.
    pub levels: Option<AudioLevelConfig>,
}

/// A Producer of another worker.
#[derive(Clone, Debug)]
pub struct MirrorParams {
    /// Whose Router it is on.
    pub room: RoomId,
    /// The worker that has the Producer itself.
    pub from: WorkerId,
    /// As it was opened there; its Transport is not here.
    pub producer: ProducerParams,
}

/// A payload type that may come from a publisher.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReceiveCodec {
    /// What it is.
    pub codec: Codec,
    /// Its payload type.
    pub payload_type: u8,
    /// The payload type of its RTX.
    pub rtx: Option<u8>,
    /// NACK was negotiated for it.
    pub nack: bool,
    /// PLI was negotiated for it.
    pub pli: bool,
    /// FIR was negotiated for it.
    pub fir: bool,
}

/// A copy to send.
#[derive(Clone, Debug)]
pub struct ConsumerParams {
    /// Its id.
    pub consumer: ConsumerId,
    /// The Transport it goes out on.
    pub transport: TransportId,
    /// Its source; `None` while there is none.
    pub source: Option<ProducerId>,
    /// Sound or picture.
    pub kind: MediaKind,
    /// Its m-line.
    pub mid: Mid,
    /// The SSRCs it sends with. Never used before on this Transport.
    pub ssrc: SsrcGroup,
    /// RTCP canonical name.
    pub cname: String,
    /// The payload types the receiver takes, best first. A source codec that is not among them is not forwarded
    /// (but RED is unwrapped to its primary block where the receiver takes only Opus).
    pub codecs: Vec<SendCodec>,
    /// The ids of the header extensions of this m-line.
    pub extensions: ExtensionMap,
    /// Starts paused.
    pub paused: bool,
    /// Sends one black keyframe when its Transport connects, and on each keyframe request, while its source has sent
    /// nothing: for receivers that play sound and picture in one element and wait for the first frame.
    pub blank: bool,
    /// The best layers wanted.
    pub limit: LayerLimit,
    /// Where the path does not carry all: those of higher weight are made better first; among equals, larger ones.
    pub weight: u8,
    /// Its picture may be left out while its path does not carry even the lowest layer: a receiver that is told so
    /// ([`super::MediaEvent::ConsumerStarved`]) and shows it.
    pub may_pause: bool,
    /// The cap on the pictures of its Transport, bits a second; `None`: no cap.
    pub max_bitrate_bps: Option<u64>,
}

/// A payload type that a receiver takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SendCodec {
    /// What it is.
    pub codec: Codec,
    /// Its payload type.
    pub payload_type: u8,
    /// The payload type of its RTX.
    pub rtx: Option<u8>,
    /// The receiver may ask for packets again.
    pub nack: bool,
}

/// The best layers that a receiver wants: the core sends at most these.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LayerLimit {
    /// Highest spatial (simulcast) layer, 0 the smallest.
    pub spatial: u8,
    /// Highest temporal layer, 0 the slowest.
    pub temporal: u8,
}

impl LayerLimit {
    /// No limit.
    pub const ALL: Self = Self { spatial: u8::MAX, temporal: u8::MAX };

    /// What both limits allow.
    pub fn lower_of(self, other: Self) -> Self {
        Self { spatial: self.spatial.min(other.spatial), temporal: self.temporal.min(other.temporal) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ufrag_names_its_worker_and_transport() {
        let mut random = crate::random::Random::seeded(3);
        for generation in [0, 1, 77] {
            let transport = TransportId::random(&mut random);
            let ufrag = MediaCommand::ufrag(WorkerId(12), transport, generation);
            assert_eq!(MediaCommand::transport_of_ufrag(&ufrag), Some((WorkerId(12), transport)));
            assert!(ufrag.bytes().all(|b| b.is_ascii_alphanumeric()));
        }
    }

    #[test]
    fn a_foreign_ufrag_names_nobody() {
        for ufrag in ["", "abcd", "W1T", "W1TG", "WxT1G0", "W1T0G0", "W999T1G0"] {
            assert_eq!(MediaCommand::transport_of_ufrag(ufrag), None, "{ufrag}");
        }
    }
}
