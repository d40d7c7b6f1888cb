//! Which of the payload types that a receiver takes a source's codec is sent as.
use crate::media::command::SendCodec;
use crate::sdp::{Codec, H264Profile, SsrcGroup};

/// How a source's packets are sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Match {
    /// As what.
    pub(super) send: SendCodec,
    /// The payload is RED and only its newest block is sent.
    pub(super) unwraps_red: bool,
}

impl Match {
    /// Whether packets must be kept as they were sent, since the receiver may ask for them and takes no RTX.
    pub(super) const fn keeps(&self, ssrc: SsrcGroup) -> bool {
        self.send.nack && !(self.send.rtx.is_some() && ssrc.rtx.is_some())
    }
}

/// The payload type for `source`. `source_opus` is the number that the source's RED blocks give Opus: RED is passed on
/// only where the receiver means the same by it.
pub(super) fn find(codecs: &[SendCodec], source: Codec, source_opus: Option<u8>) -> Option<Match> {
    let exact = |wanted: Codec| codecs.iter().find(|send| send.codec == wanted).copied();
    let plain = |send| Match { send, unwraps_red: false };
    match source {
        Codec::Red => {
            let opus = exact(Codec::Opus);
            let same = opus.is_some_and(|opus| Some(opus.payload_type) == source_opus);
            let red = exact(Codec::Red).filter(|_| same).map(plain);
            red.or_else(|| opus.map(|send| Match { send, unwraps_red: true }))
        }
        Codec::H264 { profile, packetization_mode } => exact(source)
            .or_else(|| codecs.iter().find(|send| plays(send.codec, profile, packetization_mode)).copied())
            .map(plain),
        Codec::Opus | Codec::Pcmu | Codec::Pcma | Codec::Vp8 | Codec::Vp9 { .. } | Codec::Av1 => {
            exact(source).map(plain)
        }
    }
}

/// Whether a receiver of one H.264 variant plays another: baseline profiles are one family here, as all decoders of
/// browsers play both, and mode 1 contains mode 0 (RFC 6184 §5.4).
fn plays(receiver: Codec, profile: H264Profile, mode: u8) -> bool {
    let Codec::H264 { profile: taken, packetization_mode } = receiver else { return false };
    let is_baseline = |p| matches!(p, H264Profile::Baseline | H264Profile::ConstrainedBaseline);
    (taken == profile || (is_baseline(taken) && is_baseline(profile))) && packetization_mode >= mode
}

#[cfg(test)]
mod tests {
    use super::*;

    fn send(codec: Codec, payload_type: u8) -> SendCodec {
        SendCodec { codec, payload_type, rtx: None, nack: true }
    }

    fn h264(profile: H264Profile, packetization_mode: u8) -> Codec {
        Codec::H264 { profile, packetization_mode }
    }

    #[test]
    fn a_source_goes_out_as_what_its_receiver_takes() {
        let constrained = h264(H264Profile::ConstrainedBaseline, 1);
        let video = [send(Codec::Vp8, 96), send(constrained, 102), send(h264(H264Profile::Main, 0), 104)];
        let audio = [send(Codec::Red, 63), send(Codec::Opus, 111)];
        let opus = [send(Codec::Opus, 111)];
        let cases = [
            (&video[..], Codec::Vp8, Some((96, false)), "same codec"),
            (&video, Codec::Av1, None, "not taken"),
            (&video, constrained, Some((102, false)), "same variant"),
            (&video, h264(H264Profile::Baseline, 0), Some((102, false)), "baseline family, lower mode"),
            (&video, h264(H264Profile::Main, 1), None, "mode 1 to a receiver of mode 0"),
            (&video, h264(H264Profile::High, 1), None, "another profile"),
            (&audio, Codec::Red, Some((63, false)), "RED passes"),
            (&opus, Codec::Red, Some((111, true)), "RED is unwrapped"),
            (&audio, Codec::Opus, Some((111, false)), "Opus to a receiver of both"),
        ];
        for (codecs, source, expected, message) in cases {
            let found = find(codecs, source, Some(111)).map(|m| (m.send.payload_type, m.unwraps_red));
            assert_eq!(found, expected, "{message}");
        }
        let other_number = find(&audio, Codec::Red, Some(109)).map(|m| (m.send.payload_type, m.unwraps_red));
        assert_eq!(other_number, Some((111, true)), "its blocks name a number that means nothing to the receiver");
    }
}
