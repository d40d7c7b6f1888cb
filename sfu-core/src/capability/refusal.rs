//! The typed no. Every operation's error converts into one of these; each face maps them, once per surface.
use super::Feature;

/// Why something is not done. The text says what was wrong and what to do; it never carries secrets.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// The profile in force lacks the feature.
    #[error("{}: {} is not supported by this server's engine profile. {}", .0.row().code, .0.row().title, .0.row().instead)]
    NotSupported(Feature),
    /// The caller may not do this.
    #[error("not allowed: {0}")]
    NotAllowed(&'static str),
    /// It cannot be done in the present state.
    #[error("{0}")]
    NotNow(NotNow),
    /// A limit is reached.
    #[error("limit reached: {0}")]
    LimitReached(LimitKind),
    /// What was named does not exist.
    #[error("{0}")]
    NotFound(NotFound),
    /// The input is wrong.
    #[error("invalid {what}: {why}")]
    Invalid {
        /// Which part of the input.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

/// States in which something cannot be done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotNow {
    /// The participant publishes already and its protocol allows one stream.
    #[error("already publishing")]
    AlreadyPublishing,
    /// The participant publishes nothing.
    #[error("not publishing")]
    NotPublishing,
    /// Subscribed already.
    #[error("already subscribed")]
    AlreadySubscribed,
    /// An answer came to no offer.
    #[error("no offer is open")]
    NoOfferOpen,
    /// The room is closing.
    #[error("the room is closing")]
    RoomClosing,
    /// The room has nobody in it.
    #[error("the room has no participants")]
    RoomEmpty,
    /// A room of this name exists.
    #[error("a room of this name exists")]
    RoomExists,
    /// The codec that the room demands is not in the offer.
    #[error("the room's forced video codec is not in the offer")]
    ForcedCodecMissing,
    /// The server is stopping, or its store cannot take a durable write.
    #[error("the server cannot do this at the moment; try again")]
    Unavailable,
}

/// What was not found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotFound {
    /// No room of this name.
    #[error("no such room")]
    Room,
    /// No such participant in the room.
    #[error("no such participant")]
    Participant,
    /// No such track.
    #[error("no such track")]
    Track,
    /// No such stream.
    #[error("no such stream")]
    Stream,
    /// No such Transport.
    #[error("no such transport")]
    Transport,
    /// The token fits no reserved seat of this room, or was used before.
    #[error("the token is not valid")]
    Token,
}

/// Limits that a client can reach.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LimitKind {
    /// The room is full.
    #[error("the room is full")]
    Participants,
    /// Too many tracks of one participant.
    #[error("too many published tracks")]
    Tracks,
    /// Name, identity, metadata or attributes too long.
    #[error("name, identity, metadata or attributes too long")]
    Size,
    /// Commands come faster than they are taken.
    #[error("too many requests")]
    Rate,
}
