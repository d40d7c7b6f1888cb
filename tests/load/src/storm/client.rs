//! One client of the storm: opens the socket, waits for its `JoinResponse`, then only listens until all leave.
use super::{Generation, StormPlan};
use crate::signal::sign;
use base64::Engine as _;
use futures_util::{SinkExt, StreamExt};
use livekit_protocol as proto;
use prost::Message as _;
use proto::signal_response::Message as Response;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::{self, Message};

/// The SDK that clients say they are, with its protocol.
const SDK_VERSION: &str = "2.15.8";
const PROTOCOL: i32 = 16;

/// Why a join failed.
#[derive(Debug, thiserror::Error)]
pub enum StormError {
    /// Signing a token.
    #[error("token: {0}")]
    Token(#[from] jsonwebtoken::errors::Error),
    /// The socket.
    #[error("socket: {0}")]
    Socket(#[from] Box<tungstenite::Error>),
    /// What came is no response.
    #[error("not a response: {0}")]
    Wire(#[from] prost::DecodeError),
    /// The server closed the socket.
    #[error("the server closed the socket")]
    Closed,
    /// The server sent the client away.
    #[error("sent away: {0}")]
    SentAway(String),
    /// Too late.
    #[error("no answer in time")]
    TooLate,
}

/// A client before it comes.
pub(super) struct Caller {
    pub(super) number: usize,
    url: String,
}

/// What became of a join.
pub(super) struct Joined {
    pub(super) number: usize,
    pub(super) took: Result<Duration, StormError>,
}

impl Caller {
    pub(super) fn new(plan: &StormPlan, number: usize) -> Result<Self, StormError> {
        let room = format!("{}-{}", plan.room_prefix, number / plan.rooms_of);
        let token = sign(&plan.key, &plan.secret, &room, &format!("p{number}"))?;
        let base = plan.url.trim_end_matches('/').replacen("http", "ws", 1);
        let url = match plan.generation {
            Generation::V0 => format!(
                "{base}/rtc?access_token={token}&protocol={PROTOCOL}&auto_subscribe=1&sdk=js&version={SDK_VERSION}"
            ),
            Generation::V1 => format!("{base}/rtc/v1?access_token={token}&join_request={}", join_request()),
        };
        Ok(Self { number, url })
    }
}

/// A `WrappedJoinRequest` as the URL wants it.
fn join_request() -> String {
    let info = proto::ClientInfo {
        sdk: proto::client_info::Sdk::Js.into(),
        version: SDK_VERSION.to_owned(),
        protocol: PROTOCOL,
        ..proto::ClientInfo::default()
    };
    let settings = proto::ConnectionSettings { auto_subscribe: true, ..proto::ConnectionSettings::default() };
    let request = proto::JoinRequest {
        client_info: Some(info),
        connection_settings: Some(settings),
        ..proto::JoinRequest::default()
    };
    let wrapped =
        proto::WrappedJoinRequest { join_request: request.encode_to_vec(), ..proto::WrappedJoinRequest::default() };
    base64::engine::general_purpose::URL_SAFE.encode(wrapped.encode_to_vec())
}

/// Joins, reports how long that took from the first packet on, and stays until all leave.
pub(super) async fn join(
    caller: Caller,
    patience: Duration,
    news: mpsc::UnboundedSender<Joined>,
    mut stop: watch::Receiver<bool>,
) {
    let begun = Instant::now();
    let entered = tokio::time::timeout(patience, enter(&caller.url)).await.unwrap_or(Err(StormError::TooLate));
    let (socket, took) = match entered {
        Ok(socket) => (Some(socket), Ok(begun.elapsed())),
        Err(error) => (None, Err(error)),
    };
    // Where nobody takes reports any more the run is over.
    let _ = news.send(Joined { number: caller.number, took });
    let Some(mut socket) = socket else { return };
    loop {
        tokio::select! {
            message = socket.next() => match message {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
            _ = stop.wait_for(|stop| *stop) => break,
        }
    }
    let leave = proto::signal_request::Message::Leave(proto::LeaveRequest::default());
    let bytes = proto::SignalRequest { message: Some(leave) }.encode_to_vec();
    // The server notices the closed socket, too.
    let _ = socket.send(Message::Binary(bytes.into())).await;
    let _ = socket.close(None).await;
}

async fn enter(url: &str) -> Result<crate::signal::Socket, StormError> {
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.map_err(Box::new)?;
    loop {
        let message = socket.next().await.ok_or(StormError::Closed)?.map_err(Box::new)?;
        let bytes = match message {
            Message::Binary(bytes) => bytes,
            Message::Close(_) => return Err(StormError::Closed),
            Message::Text(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => continue,
        };
        let response = proto::SignalResponse::decode(bytes)?.message;
        if let Some(Response::Join(_)) = response {
            return Ok(socket);
        }
        if let Some(Response::Leave(leave)) = response {
            return Err(StormError::SentAway(leave.reason().as_str_name().to_owned()));
        }
    }
}
