//! One Twirp call: who makes it, how its body is spelled, and how its answer is.
use super::json::TwirpJson;
use crate::join::{HttpRefusal, bearer};
use crate::port::LiveKitPort;
use crate::refusal::{TwirpCode, TwirpError};
use crate::rest::{Port, authorization};
use crate::token::{Claims, VideoGrant};
use crate::wire;
use actix_web::{HttpRequest, HttpResponse, web};
use prost::Message;

/// How body and answer are spelled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Spelling {
    Protobuf,
    Json,
}

/// A call whose route is known.
pub(super) struct Call {
    claims: Claims,
    spelling: Spelling,
    body: web::Bytes,
}

/// The claims of a call; none where it brings no token.
pub(super) fn claims(request: &HttpRequest, port: &Port) -> Result<Claims, HttpRefusal> {
    let query = form_urlencoded::parse(request.query_string().as_bytes());
    let parameter = query.into_owned().find(|(name, _)| name == "access_token").map(|(_, token)| token);
    let claims = bearer(authorization(request), parameter.as_deref(), port.config(), port.now())?;
    Ok(claims.unwrap_or_default())
}

impl Call {
    /// Reads the content type; what stands behind a semicolon does not matter.
    pub(super) fn new(request: &HttpRequest, claims: Claims, body: web::Bytes) -> Result<Self, String> {
        let header = request.headers().get(actix_web::http::header::CONTENT_TYPE);
        let header = header.map(|value| value.to_str().unwrap_or_default()).unwrap_or_default();
        let kind = header.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let spelling = match kind.as_str() {
            "application/json" => Spelling::Json,
            "application/protobuf" => Spelling::Protobuf,
            _ => return Err(format!("unexpected Content-Type: {header:?}")),
        };
        Ok(Self { claims, spelling, body })
    }

    /// What the token grants.
    pub(super) fn grant(&self) -> VideoGrant {
        self.claims.grant()
    }

    /// All that the token says.
    pub(super) fn claims(&self) -> &Claims {
        &self.claims
    }

    /// Reads the body.
    pub(super) fn decode<T: Message + Default + serde::de::DeserializeOwned>(&self) -> Result<T, TwirpError> {
        match self.spelling {
            Spelling::Protobuf => T::decode(self.body.clone())
                .map_err(|_| TwirpError::new(TwirpCode::Malformed, "the protobuf request could not be decoded")),
            Spelling::Json => wire::from_json(&self.body)
                .ok_or_else(|| TwirpError::new(TwirpCode::Malformed, "the json request could not be decoded")),
        }
    }

    /// Reads the body, has it handled, spells the answer.
    pub(super) async fn run<Q, A>(
        &self,
        port: &dyn LiveKitPort,
        handler: impl AsyncFnOnce(&dyn LiveKitPort, &VideoGrant, Q) -> Result<A, TwirpError>,
    ) -> Result<HttpResponse, TwirpError>
    where
        Q: Message + Default + serde::de::DeserializeOwned,
        A: Message + TwirpJson,
    {
        let request = self.decode::<Q>()?;
        let answer = handler(port, &self.grant(), request).await?;
        Ok(match self.spelling {
            Spelling::Protobuf => HttpResponse::Ok().content_type("application/protobuf").body(answer.encode_to_vec()),
            Spelling::Json => HttpResponse::Ok().content_type("application/json").body(answer.json().to_string()),
        })
    }
}

/// `roomAdmin` is for one room (livekit.md §1.3).
pub(super) fn require_admin(grant: &VideoGrant, room: &str) -> Result<(), TwirpError> {
    require(grant.room_admin && grant.room == room)
}

/// Missing permission.
pub(super) fn require(granted: bool) -> Result<(), TwirpError> {
    if granted { Ok(()) } else { Err(TwirpError::permissions_denied()) }
}
