//! The table of features that a profile may lack. One row here decides every surface.
use super::Profile;

/// A feature that some profile refuses.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Feature {
    /// Data messages between participants and from the server API.
    DataMessages,
    /// Media brought in from outside WebRTC: RTMP, WHIP, URL input.
    Ingress,
    /// Publishers told to stop layers that nobody watches.
    Dynacast,
    /// The server says who is speaking.
    SpeakerDetection,
}

/// Whether a profile has a feature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Support {
    /// It works.
    Native,
    /// It is refused, with an explicit error on every surface.
    Refused,
}

/// What the registry knows of a feature.
#[derive(Debug)]
pub struct FeatureRow {
    /// Which feature.
    pub feature: Feature,
    /// Its key in `GET /capabilities`, refusal metadata, metrics and participant attributes.
    pub key: &'static str,
    /// The stable code of its refusal.
    pub code: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What it is, in one sentence.
    pub summary: &'static str,
    /// Its names on LiveKit's wire.
    pub livekit: &'static [&'static str],
    /// Its names on OpenVidu v2's wire.
    pub openvidu: &'static [&'static str],
    /// What to use instead while it is refused.
    pub instead: &'static str,
    /// Support under [`Profile::Mediasoup`].
    pub mediasoup: Support,
    /// Support under [`Profile::Full`].
    pub full: Support,
}

impl FeatureRow {
    /// Whether `profile` has it.
    pub const fn support(&self, profile: Profile) -> Support {
        match profile {
            Profile::Mediasoup => self.mediasoup,
            Profile::Full => self.full,
        }
    }
}

/// Every feature that some profile refuses.
pub const FEATURES: &[FeatureRow] = &[
    FeatureRow {
        feature: Feature::DataMessages,
        key: "dataMessages",
        code: "VIA-0101",
        title: "Data messages",
        summary: "Messages between participants over data channels, and from the server API to participants.",
        livekit: &[
            "publishData",
            "sendText",
            "performRpc",
            "publishDataTrack",
            "RoomService.SendData",
            "RoomService.PerformRpc",
        ],
        openvidu: &[],
        instead: "OpenVidu v2 signals work between v2 clients in every profile; otherwise use the application's own channel.",
        mediasoup: Support::Refused,
        full: Support::Native,
    },
    FeatureRow {
        feature: Feature::Ingress,
        key: "ingress",
        code: "VIA-0102",
        title: "Ingress",
        summary: "Media brought into a room from RTMP, WHIP or a URL.",
        livekit: &[
            "Ingress.CreateIngress",
            "Ingress.UpdateIngress",
            "Ingress.ListIngress",
            "Ingress.DeleteIngress",
            "WHIP",
        ],
        openvidu: &[],
        instead: "Publish from a WebRTC client.",
        mediasoup: Support::Refused,
        full: Support::Refused,
    },
    FeatureRow {
        feature: Feature::Dynacast,
        key: "dynacast",
        code: "VIA-0103",
        title: "Dynacast",
        summary: "Publishers are told to stop simulcast layers that nobody watches.",
        livekit: &["SubscribedQualityUpdate"],
        openvidu: &[],
        instead: "Publishers send all their layers; choose fewer layers when publishing.",
        mediasoup: Support::Refused,
        full: Support::Native,
    },
    FeatureRow {
        feature: Feature::SpeakerDetection,
        key: "speakerDetection",
        code: "VIA-0104",
        title: "Speaker detection",
        summary: "The server tells every participant who is speaking.",
        livekit: &["SpeakersChanged"],
        openvidu: &[],
        instead: "Measure audio levels in the client; OpenVidu v2's own speaking events work in every profile.",
        mediasoup: Support::Refused,
        full: Support::Native,
    },
];

impl Feature {
    /// Its row in the table.
    pub const fn row(self) -> &'static FeatureRow {
        match self {
            Self::DataMessages => &FEATURES[0],
            Self::Ingress => &FEATURES[1],
            Self::Dynacast => &FEATURES[2],
            Self::SpeakerDetection => &FEATURES[3],
        }
    }
}
