//! Operations of the HTTP APIs that need a feature. The gate asks before the operation's handler sees the call.
use super::Feature;

/// An HTTP API operation that may need a feature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ApiOperation {
    /// LiveKit `RoomService.SendData`.
    SendData,
    /// LiveKit `RoomService.PerformRpc`.
    PerformRpc,
    /// LiveKit `Ingress.*`.
    Ingress,
    /// WHIP.
    Whip,
}

impl ApiOperation {
    /// The feature it needs.
    pub const fn feature(self) -> Feature {
        match self {
            Self::SendData | Self::PerformRpc => Feature::DataMessages,
            Self::Ingress | Self::Whip => Feature::Ingress,
        }
    }
}
