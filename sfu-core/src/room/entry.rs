//! The ways into a room: what a joining client brings along, and the seats that are reserved for clients to come.
use super::participant::Grant;
use super::{ClientFacts, RoomSettings};

/// Entering a room.
#[derive(Clone, Debug)]
pub struct Join {
    /// Makes the room with these settings where none of the name exists; `None`: it must exist. Acted on by whoever
    /// owns the rooms, not by the room itself.
    pub create: Option<Box<RoomSettings>>,
    /// By which right.
    pub credential: Credential,
    /// What the client says of itself (OpenVidu's `clientData`); `None` for clients that cannot say such a thing.
    pub client_data: Option<String>,
    /// The display name that the client gives itself, taken where the grant names none; `None`: it gives none.
    pub name: Option<String>,
    /// What the room must know of the client's SDK.
    pub facts: ClientFacts,
    /// The client's address as the server saw it; empty where unknown.
    pub address: String,
    /// The client's platform as it described it.
    pub platform: String,
}

/// The right to enter.
#[derive(Clone)]
pub enum Credential {
    /// A token that opens a reserved seat, once. A secret.
    Token(String),
    /// The face has checked the right itself (signed access token, server secret).
    Granted(Box<Grant>),
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Token(_) => f.write_str("Token(…)"),
            Self::Granted(grant) => f.debug_tuple("Granted").field(grant).finish(),
        }
    }
}

/// A seat for a participant who has not come yet; the participant will have this seat's id.
#[derive(Clone)]
pub struct Reservation {
    /// The token that opens it, as the joining client will show it. A secret.
    pub token: String,
    /// What the participant may and is.
    pub grant: Grant,
    /// When it was made, ms since 1970.
    pub created_ms: u64,
}

impl std::fmt::Debug for Reservation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reservation")
            .field("grant", &self.grant)
            .field("created_ms", &self.created_ms)
            .finish_non_exhaustive()
    }
}
