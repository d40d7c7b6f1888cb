//! What v2 knows of a connection beyond the core's grant: role, token, ICE servers, Kurento options. It lies in the
//! grant's `face_data` as JSON, so that a pending seat and an active participant show the same. Holds secrets.
use crate::turn::Credentials;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sfu_core::room::Permissions;
use utoipa::ToSchema;

/// A role of v2 (openvidu-v2 section 4).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Role {
    /// Receives and signals.
    Subscriber,
    /// Publishes too.
    #[default]
    Publisher,
    /// Forces others too.
    Moderator,
}

impl Role {
    /// Its name on the wire.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Subscriber => "SUBSCRIBER",
            Self::Publisher => "PUBLISHER",
            Self::Moderator => "MODERATOR",
        }
    }

    /// Reads it; case matters.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Subscriber, Self::Publisher, Self::Moderator].into_iter().find(|role| role.name() == text)
    }

    /// What it allows.
    pub(crate) fn permissions(self) -> Permissions {
        Permissions { publish: self != Self::Subscriber, moderate: self == Self::Moderator, ..Permissions::publisher() }
    }

    /// The role that a participant of another protocol has in v2's eyes.
    pub(crate) const fn of(permissions: &Permissions) -> Self {
        match (permissions.moderate, permissions.publish) {
            (true, _) => Self::Moderator,
            (false, true) => Self::Publisher,
            (false, false) => Self::Subscriber,
        }
    }
}

/// An ICE server as clients are given it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct IceServer {
    /// `stun:…`, `turn:…`, `turns:…`.
    pub(crate) url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) username: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) credential: Option<String>,
}

impl IceServer {
    /// A server with TURN-REST credentials.
    pub(crate) fn with(url: String, credentials: Credentials) -> Self {
        Self { url, username: Some(credentials.username), credential: Some(credentials.credential) }
    }
}

impl std::fmt::Debug for IceServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IceServer({})", self.url)
    }
}

/// The properties of a connection that only v2 knows.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectionProperties {
    pub(crate) role: Role,
    pub(crate) record: bool,
    /// As it was asked for; `None`: not at all.
    pub(crate) kurento_options: Option<Value>,
    pub(crate) ice_servers: Vec<IceServer>,
    /// The token as it was issued, with its URL. A secret.
    pub(crate) token: Option<String>,
    /// Joined with the server's secret: passes as publisher and moderator, and stays unseen as recorder or transcriber.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) by_secret: Option<Unseen>,
}

/// Which of the users that come with the server's secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Unseen {
    /// None of the unseen ones: a normal connection.
    Visible,
    /// The recorder.
    Recorder,
    /// The transcriber.
    SpeechToText,
}

impl ConnectionProperties {
    /// Reads a grant's `face_data`; `None` where another face made the grant.
    pub(crate) fn read(face_data: &str) -> Option<Self> {
        serde_json::from_str(face_data).ok()
    }

    /// As a grant's `face_data`.
    pub(crate) fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The filter types that its token allows, where it says so.
    pub(crate) fn allowed_filters(&self) -> Option<Vec<&str>> {
        let allowed = self.kurento_options.as_ref()?.get("allowedFilters")?.as_array()?;
        Some(allowed.iter().filter_map(Value::as_str).collect())
    }

    /// True where the options forbid nothing that a filter would need: `kurentoOptions` were given.
    pub(crate) fn has_kurento_options(&self) -> bool {
        self.kurento_options.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_allow_what_the_protocol_says() {
        let cases = [("SUBSCRIBER", false, false), ("PUBLISHER", true, false), ("MODERATOR", true, true)];
        for (name, publish, moderate) in cases {
            let role = Role::parse(name).unwrap();
            let permissions = role.permissions();
            assert_eq!((permissions.publish, permissions.moderate), (publish, moderate), "{name}");
            assert!(permissions.subscribe && !permissions.hidden, "{name}");
            assert_eq!(Role::of(&permissions), role);
        }
        assert_eq!(Role::parse("publisher"), None, "case matters");
    }

    #[test]
    fn properties_survive_the_grant_and_stay_out_of_debug_output() {
        let server =
            IceServer { url: "turn:a.com".into(), username: Some("u".into()), credential: Some("pass".into()) };
        assert!(!format!("{server:?}").contains("pass"));
        let properties = ConnectionProperties {
            role: Role::Moderator,
            record: false,
            kurento_options: Some(serde_json::json!({})),
            ice_servers: vec![server],
            token: Some("wss://a?token=tok_x".into()),
            by_secret: None,
        };
        let back = ConnectionProperties::read(&properties.write()).unwrap();
        assert_eq!(back.role, Role::Moderator);
        assert_eq!(back.ice_servers, properties.ice_servers);
        assert!(back.has_kurento_options() && !back.record);
        assert!(ConnectionProperties::read("").is_none());
        assert!(ConnectionProperties::read("{\"canPublish\":true}").is_none(), "another face's data");
    }
}
