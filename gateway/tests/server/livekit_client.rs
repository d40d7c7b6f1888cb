//! A LiveKit client's signalling: joins, and hears why it is put out.
use crate::kit::{PATIENCE, livekit_token};
use futures_util::StreamExt;
use livekit_protocol::signal_response::Message as Signal;
use livekit_protocol::{DisconnectReason, SignalResponse};
use prost::Message as _;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// A client in a room.
pub struct LiveKitClient {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl LiveKitClient {
    /// Joins.
    pub async fn join(port: u16, room: &str, identity: &str) -> Self {
        Self::try_join(port, room, identity).await.unwrap_or_else(|why| panic!("{identity} is not let in: {why}"))
    }

    /// Joins, or says why not.
    pub async fn try_join(port: u16, room: &str, identity: &str) -> Result<Self, String> {
        let token = livekit_token(identity, room);
        let url = format!("ws://127.0.0.1:{port}/rtc?access_token={token}&protocol=15&auto_subscribe=1");
        let (socket, _) = tokio_tungstenite::connect_async(url).await.map_err(|error| error.to_string())?;
        let mut client = Self { socket };
        match client.next().await {
            Some(Signal::Join(_)) => Ok(client),
            other => Err(format!("{other:?}")),
        }
    }

    async fn next(&mut self) -> Option<Signal> {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("a message in time")?.ok()?;
            if let Message::Binary(bytes) = message {
                return SignalResponse::decode(bytes).unwrap().message;
            }
        }
    }

    /// Waits until it is put out; why.
    pub async fn left(&mut self) -> String {
        loop {
            if let Signal::Leave(leave) = self.next().await.expect("a word of farewell before the end") {
                return DisconnectReason::try_from(leave.reason).unwrap().as_str_name().to_owned();
            }
        }
    }
}
