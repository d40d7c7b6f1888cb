//! What a negotiation step means for media: the facts that the room turns into commands to a worker.
use crate::extension::ExtensionMap;
use crate::id::{ConsumerId, ProducerId, TransportId};
use crate::media::{ConsumerParams, LayerLimit, ProducerParams, ReceiveCodec, SendCodec};
use crate::sdp::{Description, Fingerprint, IceCredentials, MediaKind, Mid, Rid, SsrcGroup};

/// What follows from an offer or answer that was accepted.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    /// Our answer; `None` where the client's answer was accepted.
    pub answer: Option<Description>,
    /// The other side's half of the association, where it is new, changed, or wants data channels only now.
    pub connect: Option<Connect>,
    /// Tracks to receive from now on.
    pub receive: Vec<Receive>,
    /// Tracks that were received already and whose parameters (SSRCs, layers, payload types) are others now.
    pub updated_receive: Vec<Receive>,
    /// Tracks that the client no longer sends, or whose m-line got another Producer.
    pub stopped_receiving: Vec<ProducerId>,
    /// Tracks to send from now on.
    pub send: Vec<Sending>,
    /// Tracks that the client no longer takes, or whose m-line got another Consumer.
    pub stopped_sending: Vec<ConsumerId>,
    /// The client's sections that could receive and that nothing is sent on, in its last description.
    pub free_sections: FreeSections,
}

/// Sections in which the client would receive and nothing is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FreeSections {
    /// `m=audio`.
    pub audio: u32,
    /// `m=video`.
    pub video: u32,
}

/// The association's two halves as they are after this step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Connect {
    /// The other side's ICE credentials.
    pub remote_ice: IceCredentials,
    /// Ours, as the last description of ours says.
    pub local_ice: IceCredentials,
    /// The other side's DTLS fingerprint.
    pub fingerprint: Fingerprint,
    /// Both sides have an accepted `m=application`.
    pub data_channels: bool,
    /// The other side answered `a=setup:passive`: the DTLS handshake is ours to begin.
    pub dtls_client: bool,
    /// Not the first time, and the other side's credentials are new: an ICE restart.
    pub ice_restarted: bool,
}

/// A track to receive: all that [`ProducerParams`] needs from negotiation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receive {
    /// Which Producer.
    pub producer: ProducerId,
    /// Sound or picture.
    pub kind: MediaKind,
    /// Its m-line.
    pub mid: Mid,
    /// The payload types that may come, in the order of the answer.
    pub codecs: Vec<ReceiveCodec>,
    /// The SSRCs that the description named.
    pub ssrcs: Vec<SsrcGroup>,
    /// The simulcast layers by rid, lowest layer first.
    pub rids: Vec<Rid>,
    /// The ids of the header extensions.
    pub extensions: ExtensionMap,
    /// Transport-wide feedback is negotiated.
    pub transport_cc: bool,
    /// REMB is negotiated instead.
    pub remb: bool,
}

/// A track to send: all that [`ConsumerParams`] needs from negotiation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sending {
    /// Which Consumer.
    pub consumer: ConsumerId,
    /// Sound or picture.
    pub kind: MediaKind,
    /// Its m-line.
    pub mid: Mid,
    /// The SSRCs that the description of ours names.
    pub ssrc: SsrcGroup,
    /// RTCP canonical name.
    pub cname: String,
    /// The payload types that the client takes.
    pub codecs: Vec<SendCodec>,
    /// The ids of the header extensions.
    pub extensions: ExtensionMap,
}

impl Receive {
    /// The worker's parameters; the rest is the room's to say.
    pub fn into_params(self, transport: TransportId, max_bitrate_bps: Option<u64>, paused: bool) -> ProducerParams {
        ProducerParams {
            producer: self.producer,
            transport,
            kind: self.kind,
            mid: self.mid,
            codecs: self.codecs,
            ssrcs: self.ssrcs,
            rids: self.rids,
            extensions: self.extensions,
            transport_cc: self.transport_cc,
            remb: self.remb,
            max_bitrate_bps,
            paused,
            levels: None,
        }
    }
}

impl Sending {
    /// The worker's parameters for a Consumer without limits; the rest is the room's to say.
    pub fn into_params(
        self,
        transport: TransportId,
        source: Option<ProducerId>,
        blank: bool,
        paused: bool,
    ) -> ConsumerParams {
        ConsumerParams {
            consumer: self.consumer,
            transport,
            source,
            kind: self.kind,
            mid: self.mid,
            ssrc: self.ssrc,
            cname: self.cname,
            codecs: self.codecs,
            extensions: self.extensions,
            paused,
            blank,
            limit: LayerLimit::ALL,
            weight: 0,
            may_pause: false,
            max_bitrate_bps: None,
        }
    }
}
