//! One participant: joins, publishes, receives what the others publish, signals. Its descriptions are whole and name an
//! address at which nobody is: no media flows.
use super::{Measured, News, Phase, RpcPlan};
use crate::plan::Part;
use crate::sdp::{self, Local, Offered, SdpError};
use crate::signal::{AttemptError, Entrance, Socket, Ticket, token, v2_socket};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::{self, Message};

/// Time between two pings.
const PING_INTERVAL: Duration = Duration::from_secs(5);

/// Where a participant sits.
pub(super) struct Seat {
    pub(super) plan: RpcPlan,
    pub(super) number: usize,
    /// The run's first moment: what signals' times are counted from.
    pub(super) start: Instant,
    pub(super) news: mpsc::UnboundedSender<News>,
    pub(super) phases: watch::Receiver<Phase>,
}

/// Why a participant failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Getting in.
    #[error(transparent)]
    Attempt(#[from] AttemptError),
    /// The socket.
    #[error("signalling: {0}")]
    Socket(#[from] Box<tungstenite::Error>),
    /// The server closed the socket.
    #[error("the server closed the socket")]
    Closed,
    /// A description of the server's.
    #[error(transparent)]
    Sdp(#[from] SdpError),
    /// A request was refused.
    #[error("{method}: {error}")]
    Refused {
        /// Which.
        method: &'static str,
        /// What was said.
        error: Value,
    },
}

/// What an answer will be about, and since when it is waited for.
enum Asked {
    Ping,
    Timed(Measured, Instant),
    Offer { stream: String, since: Instant },
}

struct Client {
    seat: Seat,
    socket: Socket,
    last_id: u64,
    asked: BTreeMap<u64, Asked>,
    /// The others of its room, and itself.
    present: BTreeSet<String>,
}

/// Takes part until the run is over.
pub(super) async fn attend(seat: Seat) {
    let news = seat.news.clone();
    if let Err(error) = try_attend(seat).await {
        // Where nobody takes reports any more the run is over.
        let _ = news.send(News::Failed(error));
    }
}

async fn try_attend(seat: Seat) -> Result<(), ClientError> {
    let plan = &seat.plan;
    let ticket = Ticket {
        url: plan.url.clone(),
        entrance: Entrance::V2 { secret: plan.secret.clone() },
        room: format!("{}-{}", plan.room_prefix, seat.number / plan.rooms_of.max(1)),
        identity: format!("p{}", seat.number),
        seat: seat.number,
        simulcast: false,
        patience: plan.patience,
        part: Part::Talks,
    };
    let token = token(&ticket).await?;
    let socket = v2_socket(&ticket, &token).await?;
    let mut client = Client { seat, socket, last_id: 0, asked: BTreeMap::new(), present: BTreeSet::new() };
    client.send("ping", json!({ "interval": PING_INTERVAL.as_millis() as u64 }), Asked::Ping).await?;
    client.join(&ticket, &token).await?;
    client.live().await
}

impl Client {
    async fn live(&mut self) -> Result<(), ClientError> {
        let mut phases = self.seat.phases.clone();
        let mut pings = tokio::time::interval(PING_INTERVAL);
        let every = Duration::from_secs_f64(1.0 / self.seat.plan.signals.max(0.001));
        // Not all at the same moment.
        let share = self.seat.number as f64 / self.seat.plan.participants.max(1) as f64;
        let mut signals = tokio::time::interval_at(Instant::now() + every.mul_f64(share), every);
        signals.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let phase = *phases.borrow_and_update();
            if phase == Phase::Leaving {
                return self.leave().await;
            }
            tokio::select! {
                message = self.socket.next() => {
                    let message = message.ok_or(ClientError::Closed)?.map_err(Box::new)?;
                    self.on_message(&message).await?;
                }
                _ = signals.tick(), if phase == Phase::Signalling => self.signal().await?,
                _ = pings.tick() => self.send("ping", json!({}), Asked::Ping).await?,
                changed = phases.changed() => {
                    if changed.is_err() {
                        return self.leave().await;
                    }
                }
            }
        }
    }

    async fn send(&mut self, method: &str, params: Value, asked: Asked) -> Result<(), ClientError> {
        let id = self.last_id;
        self.last_id += 1;
        self.asked.insert(id, asked);
        let request = json!({ "jsonrpc": "2.0", "method": method, "params": params, "id": id });
        Ok(self.socket.send(Message::text(request.to_string())).await.map_err(Box::new)?)
    }

    async fn join(&mut self, ticket: &Ticket, token: &str) -> Result<(), ClientError> {
        let params = json!({
            "token": token, "session": ticket.room, "platform": "viaduct-load", "sdkVersion": "2.32.1",
            "metadata": json!({ "clientData": ticket.identity }).to_string(), "secret": "", "recorder": false, "stt": false,
        });
        self.send("joinRoom", params, Asked::Timed(Measured::JoinRoom, Instant::now())).await
    }

    async fn signal(&mut self) -> Result<(), ClientError> {
        let sent_us = self.seat.start.elapsed().as_micros();
        let message = json!({ "to": [], "data": sent_us.to_string(), "type": "signal:load" }).to_string();
        // Where nobody takes reports any more the run is over.
        let _ = self.seat.news.send(News::Signalled(self.present.len()));
        let asked = Asked::Timed(Measured::SendMessage, Instant::now());
        self.send("sendMessage", json!({ "message": message }), asked).await
    }

    async fn leave(&mut self) -> Result<(), ClientError> {
        let request = json!({ "jsonrpc": "2.0", "method": "leaveRoom", "params": {}, "id": self.last_id });
        self.socket.send(Message::text(request.to_string())).await.map_err(Box::new)?;
        Ok(self.socket.close(None).await.map_err(Box::new)?)
    }

    fn took(&self, measured: Measured, time: Duration) {
        // Where nobody takes reports any more the run is over.
        let _ = self.seat.news.send(News::Took(measured, time));
    }

    async fn on_message(&mut self, message: &Message) -> Result<(), ClientError> {
        let Message::Text(text) = message else {
            return if matches!(message, Message::Close(_)) { Err(ClientError::Closed) } else { Ok(()) };
        };
        let message: Value = serde_json::from_str(text.as_str()).unwrap_or_default();
        if let Some(method) = message["method"].as_str() {
            return self.on_notification(method, &message["params"]).await;
        }
        let Some(asked) = message["id"].as_u64().and_then(|id| self.asked.remove(&id)) else { return Ok(()) };
        if let Some(error) = message.get("error") {
            let method = match asked {
                Asked::Ping => "ping",
                Asked::Timed(measured, _) => measured.name(),
                Asked::Offer { .. } => Measured::PrepareReceiveVideo.name(),
            };
            return Err(ClientError::Refused { method, error: error.clone() });
        }
        match asked {
            Asked::Ping => Ok(()),
            Asked::Timed(measured, since) => {
                self.took(measured, since.elapsed());
                if measured == Measured::JoinRoom { self.on_joined(&message["result"]).await } else { Ok(()) }
            }
            Asked::Offer { stream, since } => {
                self.took(Measured::PrepareReceiveVideo, since.elapsed());
                let remote = sdp::parse(message["result"]["sdpOffer"].as_str().unwrap_or_default())?;
                let answer = sdp::answer(&self.local(), &remote);
                let asked = Asked::Timed(Measured::ReceiveVideo, Instant::now());
                self.send("receiveVideoFrom", json!({ "sender": stream, "sdpAnswer": answer }), asked).await
            }
        }
    }

    async fn on_joined(&mut self, result: &Value) -> Result<(), ClientError> {
        self.present.insert(result["id"].as_str().unwrap_or_default().to_owned());
        let (audio_ssrc, video_ssrc) = (1_000 + self.seat.number as u32, 2_000_000 + self.seat.number as u32);
        let offered = Offered {
            stream: "s".to_owned(),
            audio_track: "a".to_owned(),
            audio_ssrc,
            video_track: "v".to_owned(),
            video_ssrc,
            layered: false,
        };
        let params = json!({
            "sdpOffer": sdp::offer_without_data(&self.local(), &offered), "doLoopback": false, "hasAudio": true,
            "hasVideo": true, "audioActive": true, "videoActive": true, "typeOfVideo": "CAMERA", "frameRate": 30,
            "videoDimensions": "{\"width\":640,\"height\":480}",
        });
        self.send("publishVideo", params, Asked::Timed(Measured::PublishVideo, Instant::now())).await?;
        for participant in result["value"].as_array().into_iter().flatten() {
            self.present.insert(participant["id"].as_str().unwrap_or_default().to_owned());
            self.receive_all(participant).await?;
        }
        Ok(())
    }

    async fn on_notification(&mut self, method: &str, params: &Value) -> Result<(), ClientError> {
        match method {
            "participantJoined" => {
                self.present.insert(params["id"].as_str().unwrap_or_default().to_owned());
            }
            "participantPublished" => self.receive_all(params).await?,
            "participantLeft" => {
                self.present.remove(params["connectionId"].as_str().unwrap_or_default());
            }
            "sendMessage" => {
                let sent_us = params["data"].as_str().and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
                self.took(Measured::FanOut, self.seat.start.elapsed().saturating_sub(Duration::from_micros(sent_us)));
            }
            // Everything else informs people, and there are none here.
            _ => {}
        }
        Ok(())
    }

    async fn receive_all(&mut self, participant: &Value) -> Result<(), ClientError> {
        for stream in participant["streams"].as_array().into_iter().flatten() {
            let stream = stream["id"].as_str().unwrap_or_default().to_owned();
            let params = json!({ "sender": stream, "reconnect": false });
            self.send("prepareReceiveVideoFrom", params, Asked::Offer { stream, since: Instant::now() }).await?;
        }
        Ok(())
    }

    /// Our half of a connection: whole, and nobody answers there.
    fn local(&self) -> Local {
        Local {
            ufrag: format!("u{:07}", self.seat.number),
            password: "p".repeat(24),
            fingerprint: format!("sha-256 {}", ["AB"; 32].join(":")),
            address: ([127, 0, 0, 1], 9).into(),
        }
    }
}
