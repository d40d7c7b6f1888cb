//! What v2 knows of a session beyond the core's room settings, and the settings of the room that stands for it. It lies
//! in the settings' `face_data` as JSON; a room of the other protocol has none and shows defaults.
use crate::PROTOCOL;
use crate::config::V2Config;
use crate::wire::{MediaNode, RecordingProperties};
use serde::{Deserialize, Serialize};
use sfu_core::room::{Lifecycle, RoomSettings};
use sfu_core::sdp::{Codec, H264Profile};

/// The properties of a session that only v2 knows.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionProperties {
    pub(crate) media_mode: String,
    pub(crate) recording_mode: String,
    pub(crate) default_recording_properties: RecordingProperties,
    pub(crate) custom_session_id: String,
    pub(crate) media_node: Option<MediaNode>,
    /// As it was asked for, not as it was resolved.
    pub(crate) forced_video_codec: String,
    pub(crate) allow_transcoding: bool,
}

impl SessionProperties {
    /// Those of a session about which nothing was said.
    pub(crate) fn defaults(config: &V2Config) -> Self {
        Self {
            media_mode: "ROUTED".to_owned(),
            recording_mode: "MANUAL".to_owned(),
            default_recording_properties: RecordingProperties::composed(),
            custom_session_id: String::new(),
            media_node: None,
            forced_video_codec: config.streams.forced_video_codec.clone(),
            allow_transcoding: config.streams.allow_transcoding,
        }
    }

    /// Those of a room, whichever face made it.
    pub(crate) fn of(name: &str, settings: &RoomSettings, config: &V2Config) -> Self {
        let own = if settings.made_by == PROTOCOL { serde_json::from_str(&settings.face_data).ok() } else { None };
        own.unwrap_or_else(|| Self { custom_session_id: name.to_owned(), ..Self::defaults(config) })
    }

    /// The settings of the room that stands for the session.
    pub(crate) fn room_settings(&self, config: &V2Config) -> RoomSettings {
        let forced = codec(&self.forced_video_codec);
        // Where transcoding is allowed the codec is a wish: nothing is transcoded here, so another codec is taken as it is.
        let (forced, codecs) = match forced {
            Some(codec) if self.allow_transcoding => (None, preferring(codec)),
            other => (other, Vec::new()),
        };
        RoomSettings {
            lifecycle: Lifecycle::WithLast {
                check_interval: config.sessions.garbage_interval,
                never_joined: config.sessions.garbage_threshold,
            },
            max_participants: 0,
            metadata: String::new(),
            forced_video_codec: forced,
            codecs,
            sync_streams: false,
            face_data: serde_json::to_string(self).unwrap_or_default(),
            made_by: PROTOCOL,
        }
    }
}

/// The codec that a name forces; `None` for the names that force nothing (a server like mediasoup prefers none).
fn codec(name: &str) -> Option<Codec> {
    match name {
        "VP8" => Some(Codec::Vp8),
        "VP9" => Some(Codec::Vp9 { profile: 0 }),
        "H264" => Some(Codec::H264 { profile: H264Profile::ConstrainedBaseline, packetization_mode: 1 }),
        _ => None,
    }
}

fn preferring(first: Codec) -> Vec<Codec> {
    let mut codecs = vec![Codec::Opus, Codec::Red, Codec::Pcmu, Codec::Pcma, first];
    let h264 = Codec::H264 { profile: H264Profile::ConstrainedBaseline, packetization_mode: 1 };
    codecs
        .extend([Codec::Vp8, h264, Codec::Vp9 { profile: 0 }, Codec::Av1].into_iter().filter(|codec| *codec != first));
    codecs
}

/// The names that `forcedVideoCodec` may have.
pub(crate) const FORCED_CODECS: [&str; 5] = ["MEDIA_SERVER_PREFERRED", "NONE", "VP8", "VP9", "H264"];

#[cfg(test)]
mod tests {
    use super::*;
    use sfu_core::room::ProtocolName;

    #[test]
    fn a_forced_codec_binds_unless_transcoding_is_allowed() {
        let config = V2Config::default();
        let cases = [
            ("MEDIA_SERVER_PREFERRED", false, None, false),
            ("NONE", false, None, false),
            ("VP8", false, Some(Codec::Vp8), false),
            ("VP9", false, Some(Codec::Vp9 { profile: 0 }), false),
            ("VP8", true, None, true),
        ];
        for (name, transcoding, forced, wishes) in cases {
            let properties = SessionProperties {
                forced_video_codec: name.to_owned(),
                allow_transcoding: transcoding,
                ..SessionProperties::defaults(&config)
            };
            let settings = properties.room_settings(&config);
            assert_eq!(settings.forced_video_codec, forced, "{name}");
            assert_eq!(!settings.codecs.is_empty(), wishes, "{name}");
            assert_eq!(SessionProperties::of("x", &settings, &config), properties, "{name}: found again");
        }
    }

    #[test]
    fn a_room_of_the_other_protocol_shows_defaults_under_its_name() {
        let config = V2Config::default();
        let mut settings = SessionProperties::defaults(&config).room_settings(&config);
        settings.made_by = ProtocolName("other");
        settings.face_data = "not v2's".to_owned();
        let shown = SessionProperties::of("lobby", &settings, &config);
        assert_eq!(shown.custom_session_id, "lobby");
        assert_eq!(shown.media_mode, "ROUTED");
    }
}
