//! What a handler has of its call: the door to the rooms, how the client reached the server, and the path it used.
use super::reply::Failure;
use crate::config::{Origin, V2Config};
use crate::port::V2Port;
use crate::refusal::to_rest;
use crate::wire::ErrorBody;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use sfu_core::capability::{NotFound, NotNow, Refusal};
use sfu_core::room::{RoomCommand, RoomEvent, RoomSnapshot};
use std::future::{Ready, ready};
use std::sync::Arc;

/// A call of the API.
pub(super) struct Call {
    pub(super) port: Arc<dyn V2Port>,
    /// The configured public URL, or the one that this request used.
    pub(super) origin: Origin,
    /// By one of the paths of SDKs up to 2.15.
    pub(super) deprecated: bool,
}

impl Call {
    pub(super) fn config(&self) -> &V2Config {
        self.port.config()
    }

    /// A refusal with an error body, as if on `route` of the API.
    pub(super) fn said(&self, status: u16, route: &str, message: impl Into<String>) -> Failure {
        self.said_at(status, &format!("/openvidu/api{route}"), message)
    }

    /// The same at a path beside the API.
    pub(super) fn said_at(&self, status: u16, path: &str, message: impl Into<String>) -> Failure {
        Failure::Said(Box::new(ErrorBody {
            timestamp: self.port.now_ms(),
            status,
            error: reason_phrase(status),
            message: message.into(),
            path: path.to_owned(),
        }))
    }

    /// The core's refusal, as if on `route`.
    pub(super) fn refused(&self, refusal: &Refusal, route: &str) -> Failure {
        match to_rest(refusal) {
            (status, Some(message)) => self.said(status, route, message),
            (status, None) => Failure::Empty(status),
        }
    }

    /// The room of this name with all that an API may see; `None` where there is none.
    pub(super) async fn room(&self, name: &str) -> Result<Option<RoomSnapshot>, Failure> {
        match self.port.command(name, RoomCommand::Describe).await {
            Ok(RoomEvent::Described { room, .. }) => Ok(Some(*room)),
            Err(Refusal::NotFound(NotFound::Room) | Refusal::NotNow(NotNow::RoomClosing)) => Ok(None),
            Err(refusal) => Err(self.refused(&refusal, &format!("/sessions/{name}"))),
            Ok(other) => {
                tracing::error!(event = ?other, "a room answered Describe with something else");
                Err(Failure::Empty(500))
            }
        }
    }
}

impl FromRequest for Call {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        let Some(port) = port_of(request) else { return ready(Err(Failure::Empty(500))) };
        let origin = port.config().public_origin.clone().unwrap_or_else(|| origin_of(request));
        ready(Ok(Self { port, origin, deprecated: request.path().starts_with("/api/") }))
    }
}

/// The door, as the application holds it.
pub(super) fn port_of(request: &HttpRequest) -> Option<Arc<dyn V2Port>> {
    request.app_data::<web::Data<dyn V2Port>>().map(|data| data.clone().into_inner())
}

/// How the client reached the server.
pub(super) fn origin_of(request: &HttpRequest) -> Origin {
    if let Some(origin) = request.extensions().get::<Origin>() {
        return origin.clone();
    }
    let header = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = header.or_else(|| request.uri().authority().map(|authority| authority.as_str()));
    Origin { secure: request.app_config().secure(), host: host.unwrap_or("localhost").to_owned() }
}

const fn reason_phrase(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        409 => "Conflict",
        422 => "Unprocessable Entity",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        _ => "Error",
    }
}
