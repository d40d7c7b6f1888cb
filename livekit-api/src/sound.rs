//! What a publisher asked of its sound in `add_track`, said in our answer: there a browser reads how to encode.
//!
//! Opus pauses in silence unless that was refused, is stereo where asked for, and is sent with redundancy (RED) unless
//! that was refused; receivers without RED get it unwrapped (livekit.md §3.2).
use livekit_protocol as proto;
use proto::AudioTrackFeature;
use sfu_core::sdp::{Codec, Description, MediaKind, Mid, Section, SectionKind};

/// Bits a second that stereo may take, as LiveKit servers allow.
const STEREO_BITRATE: &str = "maxaveragebitrate=510000";

/// The wishes of one track.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Sound {
    dtx: bool,
    stereo: bool,
    red: bool,
}

impl Sound {
    /// Those of a request.
    #[expect(deprecated, reason = "SDKs still set the flags that features replace")]
    pub(crate) fn of(request: &proto::AddTrackRequest) -> Self {
        let has = |feature: AudioTrackFeature| request.audio_features.contains(&feature.into());
        Self {
            dtx: !request.disable_dtx && !has(AudioTrackFeature::TfNoDtx),
            stereo: request.stereo || has(AudioTrackFeature::TfStereo),
            red: !request.disable_red,
        }
    }

    fn write(self, section: &mut Section) {
        if let Some(red) = section.codecs.iter().position(|codec| codec.codec == Codec::Red).filter(|_| self.red) {
            section.codecs[..=red].rotate_right(1);
        }
        for opus in section.codecs.iter_mut().filter(|codec| codec.codec == Codec::Opus) {
            let mut parameters: Vec<&str> = opus.fmtp.split(';').filter(|it| !it.is_empty()).collect();
            parameters.retain(|it| !(it.starts_with("usedtx=") || self.stereo && it.starts_with("stereo=")));
            if self.dtx {
                parameters.push("usedtx=1");
            }
            if self.stereo {
                parameters.retain(|it| !it.starts_with("maxaveragebitrate="));
                parameters.extend(["stereo=1", STEREO_BITRATE]);
            }
            opus.fmtp = parameters.join(";");
        }
    }
}

/// The audio sections of an offer that send a track whose wishes are known.
pub(crate) fn of_offer(offer: &Description, known: impl Fn(&str) -> Option<Sound>) -> Vec<(Mid, Sound)> {
    let sections = offer.sections.iter().filter(|section| is_audio(section) && section.direction.sends());
    let named = sections.map(|section| {
        let name = section.msid.as_ref().map_or("", |msid| msid.track.as_str());
        known(name).map(|sound| (section.mid.clone(), sound))
    });
    named.flatten().collect()
}

/// Writes the wishes into our answer.
pub(crate) fn into_answer(answer: &mut Description, sounds: &[(Mid, Sound)]) {
    for section in answer.sections.iter_mut().filter(|section| is_audio(section)) {
        if let Some((_, sound)) = sounds.iter().find(|(mid, _)| *mid == section.mid) {
            sound.write(section);
        }
    }
}

fn is_audio(section: &Section) -> bool {
    matches!(section.kind, SectionKind::Media(MediaKind::Audio))
}
