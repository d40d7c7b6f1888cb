//! How a [`Refusal`] looks on each of LiveKit's surfaces: one exhaustive function per surface.
use livekit_protocol as proto;
use proto::request_response::Reason;
use serde_json::json;
use sfu_core::capability::{LimitKind, NotFound, NotNow, Refusal};

/// Twirp's error codes that are used here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TwirpCode {
    /// 400.
    InvalidArgument,
    /// 400: the body cannot be decoded.
    Malformed,
    /// 404.
    NotFound,
    /// 404: no such route.
    BadRoute,
    /// 409.
    AlreadyExists,
    /// 403.
    PermissionDenied,
    /// 401.
    Unauthenticated,
    /// 429.
    ResourceExhausted,
    /// 412.
    FailedPrecondition,
    /// 501.
    Unimplemented,
    /// 408.
    Canceled,
    /// 503.
    Unavailable,
    /// 500.
    Internal,
}

impl TwirpCode {
    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidArgument => "invalid_argument",
            Self::Malformed => "malformed",
            Self::NotFound => "not_found",
            Self::BadRoute => "bad_route",
            Self::AlreadyExists => "already_exists",
            Self::PermissionDenied => "permission_denied",
            Self::Unauthenticated => "unauthenticated",
            Self::ResourceExhausted => "resource_exhausted",
            Self::FailedPrecondition => "failed_precondition",
            Self::Unimplemented => "unimplemented",
            Self::Canceled => "canceled",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    /// Its HTTP status (livekit.md §1.4).
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidArgument | Self::Malformed => 400,
            Self::NotFound | Self::BadRoute => 404,
            Self::AlreadyExists => 409,
            Self::PermissionDenied => 403,
            Self::Unauthenticated => 401,
            Self::ResourceExhausted => 429,
            Self::FailedPrecondition => 412,
            Self::Unimplemented => 501,
            Self::Canceled => 408,
            Self::Unavailable => 503,
            Self::Internal => 500,
        }
    }
}

/// A Twirp error: the body is always JSON.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TwirpError {
    /// The code.
    pub code: TwirpCode,
    /// The message.
    pub message: String,
    /// `meta`: names and values.
    pub meta: Vec<(&'static str, String)>,
}

impl TwirpError {
    /// An error without meta.
    pub fn new(code: TwirpCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), meta: Vec::new() }
    }

    /// Missing permission is `unauthenticated` on LiveKit's Twirp API, not `permission_denied` (livekit.md §1.3).
    pub fn permissions_denied() -> Self {
        Self::new(TwirpCode::Unauthenticated, "permissions denied")
    }

    /// The body.
    pub fn body(&self) -> String {
        let mut body = json!({ "code": self.code.name(), "msg": self.message });
        if !self.meta.is_empty() {
            let meta: serde_json::Map<_, _> =
                self.meta.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
            body["meta"] = meta.into();
        }
        body.to_string()
    }
}

/// Surface Twirp.
pub fn twirp(refusal: &Refusal) -> TwirpError {
    let code = match refusal {
        Refusal::NotSupported(feature) => {
            let row = feature.row();
            return TwirpError {
                code: TwirpCode::Unimplemented,
                message: refusal.to_string(),
                meta: vec![("capability", row.key.to_owned()), ("code", row.code.to_owned())],
            };
        }
        Refusal::NotAllowed(_) => TwirpCode::PermissionDenied,
        Refusal::NotNow(NotNow::RoomExists) => TwirpCode::AlreadyExists,
        Refusal::NotNow(NotNow::Unavailable | NotNow::RoomClosing) => TwirpCode::Unavailable,
        Refusal::NotNow(
            NotNow::AlreadyPublishing
            | NotNow::NotPublishing
            | NotNow::AlreadySubscribed
            | NotNow::NoOfferOpen
            | NotNow::RoomEmpty
            | NotNow::ForcedCodecMissing,
        ) => TwirpCode::FailedPrecondition,
        Refusal::LimitReached(LimitKind::Size) | Refusal::Invalid { .. } => TwirpCode::InvalidArgument,
        Refusal::LimitReached(LimitKind::Participants | LimitKind::Tracks | LimitKind::Rate) => {
            TwirpCode::ResourceExhausted
        }
        Refusal::NotFound(what) => return TwirpError::new(TwirpCode::NotFound, not_found(*what)),
    };
    TwirpError::new(code, refusal.to_string())
}

/// LiveKit's words for what was not found.
const fn not_found(what: NotFound) -> &'static str {
    match what {
        NotFound::Room => "requested room does not exist",
        NotFound::Participant => "participant does not exist",
        NotFound::Track => "track not found",
        NotFound::Stream => "stream not found",
        NotFound::Transport => "transport not found",
        NotFound::Token => "the token is not valid",
    }
}

/// Surface signalling: the reason of a `RequestResponse`. Its message is the refusal's own text, which carries the code.
pub const fn signal(refusal: &Refusal) -> Reason {
    match refusal {
        Refusal::NotSupported(_) => Reason::UnsupportedType,
        Refusal::NotAllowed(_) => Reason::NotAllowed,
        Refusal::NotNow(NotNow::AlreadyPublishing | NotNow::AlreadySubscribed | NotNow::RoomExists) => {
            Reason::InvalidRequest
        }
        Refusal::NotNow(
            NotNow::NotPublishing
            | NotNow::NoOfferOpen
            | NotNow::RoomClosing
            | NotNow::RoomEmpty
            | NotNow::ForcedCodecMissing
            | NotNow::Unavailable,
        ) => Reason::UnclassifiedError,
        Refusal::LimitReached(_) => Reason::LimitExceeded,
        Refusal::NotFound(_) => Reason::NotFound,
        Refusal::Invalid { .. } => Reason::InvalidRequest,
    }
}

/// Surface plain HTTP: join text and WHIP. 404 on a join path makes clients try the older path, so nothing but a
/// missing room may give it (livekit.md §2.2).
pub const fn http_status(refusal: &Refusal) -> u16 {
    match refusal {
        Refusal::NotSupported(_) => 501,
        Refusal::NotAllowed(_) => 403,
        Refusal::NotNow(NotNow::Unavailable | NotNow::RoomClosing) => 503,
        Refusal::NotNow(
            NotNow::AlreadyPublishing
            | NotNow::NotPublishing
            | NotNow::AlreadySubscribed
            | NotNow::NoOfferOpen
            | NotNow::RoomEmpty
            | NotNow::RoomExists
            | NotNow::ForcedCodecMissing,
        ) => 409,
        Refusal::LimitReached(_) => 429,
        Refusal::NotFound(NotFound::Room) => 404,
        Refusal::NotFound(NotFound::Token) => 401,
        Refusal::NotFound(NotFound::Participant | NotFound::Track | NotFound::Stream | NotFound::Transport)
        | Refusal::Invalid { .. } => 400,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sfu_core::capability::{FEATURES, Profile, require};

    #[test]
    fn every_feature_that_a_profile_refuses_is_explicit_and_coded_on_every_surface() {
        for profile in Profile::ALL {
            for row in FEATURES {
                let Err(refusal) = require(profile, row.feature) else { continue };
                let error = twirp(&refusal);
                assert_eq!((error.code, error.code.status()), (TwirpCode::Unimplemented, 501));
                let body: serde_json::Value = serde_json::from_str(&error.body()).unwrap();
                assert_eq!(body["meta"]["capability"], row.key);
                assert!(body["msg"].as_str().unwrap().contains(row.code));
                assert_eq!(signal(&refusal), Reason::UnsupportedType);
                assert_eq!(http_status(&refusal), 501);
                assert!(refusal.to_string().contains(row.code), "the text of signalling and WHIP carries the code");
            }
        }
    }

    #[test]
    fn other_refusals_have_the_code_that_clients_expect() {
        let invalid = Refusal::Invalid { what: "offer", why: "x".to_owned() };
        let cases = [
            (Refusal::NotAllowed("x"), TwirpCode::PermissionDenied, Reason::NotAllowed, 403),
            (Refusal::NotNow(NotNow::RoomExists), TwirpCode::AlreadyExists, Reason::InvalidRequest, 409),
            (Refusal::NotNow(NotNow::Unavailable), TwirpCode::Unavailable, Reason::UnclassifiedError, 503),
            (Refusal::NotNow(NotNow::NoOfferOpen), TwirpCode::FailedPrecondition, Reason::UnclassifiedError, 409),
            (Refusal::LimitReached(LimitKind::Size), TwirpCode::InvalidArgument, Reason::LimitExceeded, 429),
            (Refusal::LimitReached(LimitKind::Rate), TwirpCode::ResourceExhausted, Reason::LimitExceeded, 429),
            (Refusal::NotFound(NotFound::Room), TwirpCode::NotFound, Reason::NotFound, 404),
            (Refusal::NotFound(NotFound::Track), TwirpCode::NotFound, Reason::NotFound, 400),
            (Refusal::NotFound(NotFound::Token), TwirpCode::NotFound, Reason::NotFound, 401),
            (invalid, TwirpCode::InvalidArgument, Reason::InvalidRequest, 400),
        ];
        for (refusal, code, reason, status) in cases {
            assert_eq!(
                (twirp(&refusal).code, signal(&refusal), http_status(&refusal)),
                (code, reason, status),
                "{refusal}"
            );
        }
    }
}
