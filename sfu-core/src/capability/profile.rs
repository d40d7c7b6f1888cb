//! The engine profile: which set of features is in force. Chosen once, at start.
use std::fmt;
use std::str::FromStr;

/// The engine profile.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Profile {
    /// As the mediasoup engine of OpenVidu: no data messages, ingress, dynacast and speaker detection. The default.
    #[default]
    Mediasoup,
    /// Everything that Viaduct has natively.
    Full,
}

impl Profile {
    /// All profiles.
    pub const ALL: [Self; 2] = [Self::Mediasoup, Self::Full];

    /// Its name in configuration and in `GET /capabilities`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mediasoup => "mediasoup",
            Self::Full => "full",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no profile.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such profile: use mediasoup or full")]
pub struct UnknownProfile;

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|profile| profile.name() == text).ok_or(UnknownProfile)
    }
}
