//! How a participant gets into a room and out of it again: one file per protocol, the same word for every failure.
mod converse;
mod http;
mod livekit;
mod token;
mod v2;

use crate::media::{Command, Engine, EngineError, Expected, Far, Which};
use crate::plan::Part;
use crate::sdp::{Kind, Remote, SdpError, Section};
use std::borrow::Cow;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// How one gets in.
#[derive(Clone, Debug)]
pub enum Entrance {
    /// LiveKit's protocol, with a token signed here.
    LiveKit {
        /// API key.
        key: String,
        /// Its secret.
        secret: String,
    },
    /// OpenVidu v2's protocol, with a token asked of the REST API.
    V2 {
        /// Password of the user OPENVIDUAPP.
        secret: String,
    },
}

/// Where to and as whom.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// `ws://host:port` or `http://host:port`.
    pub url: String,
    /// How one gets in.
    pub entrance: Entrance,
    /// Room's name.
    pub room: String,
    /// The participant's identity.
    pub identity: String,
    /// Its number, which is its seat in the engine.
    pub seat: usize,
    /// It publishes its picture in layers.
    pub simulcast: bool,
    /// How long it may take to be up.
    pub patience: Duration,
    /// What it does in its room.
    pub part: Part,
}

/// Why an attempt failed.
#[derive(Debug, thiserror::Error)]
pub enum AttemptError {
    /// The socket.
    #[error("signalling: {0}")]
    Socket(#[from] Box<tungstenite::Error>),
    /// The server said no to the upgrade.
    #[error("the server refused the join: {status} {text}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// What it said.
        text: String,
    },
    /// A message that is none.
    #[error("the server sent no signalling message: {0}")]
    Message(#[from] prost::DecodeError),
    /// A description.
    #[error(transparent)]
    Sdp(#[from] SdpError),
    /// A token could not be signed.
    #[error("token: {0}")]
    Token(#[from] jsonwebtoken::errors::Error),
    /// The server's REST API.
    #[error("REST: {0}")]
    Rest(String),
    /// A request was answered with an error.
    #[error("{method}: {message}")]
    Rpc {
        /// Which.
        method: &'static str,
        /// What the server said.
        message: String,
    },
    /// The server told us to go.
    #[error("the server sent us away: {0}")]
    SentAway(String),
    /// It closed the socket.
    #[error("the server closed the signalling socket")]
    Closed,
    /// It took too long.
    #[error("not up within {0:?}: {1}")]
    Late(Duration, Cow<'static, str>),
    /// Media.
    #[error("{0}")]
    Media(String),
    /// What a page of the browser said.
    #[error("{0}")]
    Page(String),
    /// The browser, or the program that drives it, is gone.
    #[error("the browser has ended")]
    BrowserGone,
    /// Our own engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl From<tungstenite::Error> for AttemptError {
    fn from(error: tungstenite::Error) -> Self {
        if let tungstenite::Error::Http(response) = &error {
            let body = response.body().as_deref().unwrap_or_default();
            let text = String::from_utf8_lossy(body).trim().chars().take(200).collect();
            return Self::Refused { status: response.status().as_u16(), text };
        }
        Self::Socket(Box::new(error))
    }
}

pub(crate) use token::sign;
pub(crate) use v2::connect as v2_socket;

/// A signalling socket.
pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// One attempt; `up` is called once, when the participant counts as connected. Returns `Ok` only when `stop` turned true.
pub async fn attend(
    ticket: &Ticket,
    engine: &Engine,
    stop: watch::Receiver<bool>,
    up: impl FnMut(),
) -> Result<(), AttemptError> {
    match &ticket.entrance {
        Entrance::LiveKit { .. } => livekit::attend(ticket, engine, stop, up).await,
        Entrance::V2 { .. } => v2::attend(ticket, engine, stop, up).await,
    }
}

/// The token that lets a participant in, as an application's backend would hand it out.
pub async fn token(ticket: &Ticket) -> Result<String, AttemptError> {
    match &ticket.entrance {
        Entrance::LiveKit { key, secret } => Ok(token::sign(key, secret, &ticket.room, &ticket.identity)?),
        Entrance::V2 { secret } => v2::token(ticket, secret).await,
    }
}

/// Hands the server's half of an association to the engine, `(we are DTLS client, we control ICE)`.
fn connect_media(
    engine: &Engine,
    seat: usize,
    which: Which,
    remote: &Remote,
    (we_are_active, we_control): (bool, bool),
) -> Result<(), AttemptError> {
    let data = remote.sections.iter().any(|section| section.kind == Kind::Application && section.alive);
    let far = Far {
        ufrag: remote.ufrag.clone(),
        password: remote.password.clone(),
        fingerprint: remote.fingerprint.clone(),
        we_are_active,
        we_control,
        data,
    };
    engine.send(Command::Connect { seat, which, far: Box::new(far) })?;
    for candidate in &remote.candidates {
        engine.send(Command::Candidate { seat, which, candidate: candidate.clone() })?;
    }
    Ok(())
}

/// The stream that a section of the server's announces on this subscriber.
fn expected(section: &Section, subscriber: usize) -> Option<Expected> {
    let (payload_type, _) = section.codec.as_ref().filter(|_| section.sends && section.alive)?;
    let owner = section.owner.clone().unwrap_or_default();
    let ssrcs = section.ssrcs.clone();
    Some(Expected { kind: section.kind, owner, ssrcs, payload_type: *payload_type, subscriber })
}
