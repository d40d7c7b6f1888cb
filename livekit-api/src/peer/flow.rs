//! What the room says of media that flows: who speaks, which layers are wanted (livekit.md §3.5, §3.8).
use super::LiveKitPeer;
use crate::ids;
use livekit_protocol as proto;
use proto::signal_response::Message as Response;
use sfu_core::id::TrackId;
use sfu_core::room::{CodecWanted, Speaker};
use sfu_core::sdp::MediaKind;

impl LiveKitPeer {
    pub(super) fn say_speakers(&mut self, speakers: &[Speaker]) {
        let speakers = speakers.iter().map(|speaker| proto::SpeakerInfo {
            sid: ids::participant_sid(speaker.participant),
            level: speaker.level,
            active: speaker.level > 0.0,
        });
        self.send(Response::SpeakersChanged(proto::SpeakersChanged { speakers: speakers.collect() }));
    }

    /// Every quality is named with what becomes of it; older SDKs read those of the first codec only.
    #[expect(deprecated, reason = "older SDKs read the deprecated field")]
    pub(super) fn say_layers_wanted(&mut self, track: TrackId, codecs: &[CodecWanted]) {
        let named = |wanted: &CodecWanted| {
            let quality = |(number, quality): (u8, proto::VideoQuality)| proto::SubscribedQuality {
                quality: quality.into(),
                enabled: wanted.max_spatial.is_some_and(|max| number <= max),
            };
            let all = [proto::VideoQuality::Low, proto::VideoQuality::Medium, proto::VideoQuality::High];
            proto::SubscribedCodec {
                codec: wanted.codec.name().to_ascii_lowercase(),
                qualities: (0..).zip(all).map(quality).collect(),
            }
        };
        let subscribed_codecs: Vec<_> = codecs.iter().map(named).collect();
        let first = subscribed_codecs.first().map(|codec| codec.qualities.clone()).unwrap_or_default();
        self.send(Response::SubscribedQualityUpdate(proto::SubscribedQualityUpdate {
            track_sid: self.labels.track_sid(track, MediaKind::Video),
            subscribed_qualities: first,
            subscribed_codecs,
        }));
    }
}
