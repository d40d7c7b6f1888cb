//! OpenVidu v2's protocol as openvidu-browser speaks it: a token over REST, JSON-RPC at `/openvidu`, a PeerConnection for
//! each stream and direction. It receives every stream as soon as it is published, by the server's offer where the server
//! says that it is one of those that offer, by its own else.
use super::converse::{Conversation, PING_INTERVAL, converse, in_time, open};
use super::{AttemptError, Socket, Ticket, connect_media, expected, http};
use crate::media::{Command, Engine, EngineError, Expected, OpenedSeat, Which};
use crate::sdp::{self, Kind, Local, Offered};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::SinkExt;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio::sync::{oneshot, watch};
use tokio_tungstenite::tungstenite::Message;

/// What an answer will be about.
enum Asked {
    Ping,
    Join,
    Publish,
    /// The server's offer of a stream.
    Prepare {
        stream: String,
    },
    /// The server's answer to our offer for a stream.
    Receive {
        stream: String,
        subscriber: usize,
    },
    /// Our answer was taken.
    Answered,
}

impl Asked {
    const fn method(&self) -> &'static str {
        match self {
            Asked::Ping => "ping",
            Asked::Join => "joinRoom",
            Asked::Publish => "publishVideo",
            Asked::Prepare { .. } => "prepareReceiveVideoFrom",
            Asked::Receive { .. } | Asked::Answered => "receiveVideoFrom",
        }
    }
}

struct Attempt<'a> {
    ticket: &'a Ticket,
    engine: &'a Engine,
    socket: Socket,
    seat: OpenedSeat,
    token: String,
    last_id: u64,
    asked: BTreeMap<u64, Asked>,
    /// The server offers what is received.
    server_offers: bool,
    /// What is received, by whose it is.
    expected: BTreeMap<String, Vec<Expected>>,
}

/// One attempt.
pub(super) async fn attend(
    ticket: &Ticket,
    engine: &Engine,
    stop: watch::Receiver<bool>,
    up: impl FnMut(),
) -> Result<(), AttemptError> {
    let (seat, opening) = open(ticket, engine, 0).await?;
    let entering = async {
        let token = super::token(ticket).await?;
        let socket = connect(ticket, &token).await?;
        Ok((token, socket))
    };
    let (token, socket) = in_time(entering).await?;
    let mut attempt = Attempt {
        ticket,
        engine,
        socket,
        seat,
        token,
        last_id: 0,
        asked: BTreeMap::new(),
        server_offers: false,
        expected: BTreeMap::new(),
    };
    attempt.ask(json!({ "interval": PING_INTERVAL.as_millis() as u64 }), Asked::Ping).await?;
    attempt.join().await?;
    converse(attempt, ticket, engine, opening, stop, up).await
}

fn authority(ticket: &Ticket) -> &str {
    let bare = ticket.url.split_once("://").map_or(ticket.url.as_str(), |(_, rest)| rest);
    bare.split('/').next().unwrap_or(bare)
}

/// Asks the REST API for a session, where there is none yet, and a token for it.
pub(super) async fn token(ticket: &Ticket, secret: &str) -> Result<String, AttemptError> {
    let authorization = format!("Basic {}", STANDARD.encode(format!("OPENVIDUAPP:{secret}")));
    let rest = |error: std::io::Error| AttemptError::Rest(error.to_string());
    let (authority, room) = (authority(ticket), &ticket.room);
    let session = json!({ "customSessionId": room }).to_string();
    let made = http::post(authority, "/openvidu/api/sessions", &authorization, &session).await.map_err(rest)?;
    // 409: somebody else was first.
    if made.0 != 200 && made.0 != 409 {
        return Err(AttemptError::Refused { status: made.0, text: made.1 });
    }
    let path = format!("/openvidu/api/sessions/{room}/connection");
    let (status, body) = http::post(authority, &path, &authorization, "{}").await.map_err(rest)?;
    let connection: Value = serde_json::from_str(&body).unwrap_or_default();
    let token = connection["token"].as_str().filter(|_| status == 200);
    token.map(str::to_owned).ok_or(AttemptError::Refused { status, text: body })
}

/// Opens the signalling socket of a token.
pub(crate) async fn connect(ticket: &Ticket, token: &str) -> Result<Socket, AttemptError> {
    let query = token.split_once('?').map_or("", |(_, query)| query);
    let url = format!("ws://{}/openvidu?{query}", authority(ticket));
    Ok(tokio_tungstenite::connect_async(url).await?.0)
}

impl Conversation for Attempt<'_> {
    fn socket(&mut self) -> &mut Socket {
        &mut self.socket
    }

    async fn ping(&mut self) -> Result<(), AttemptError> {
        self.ask(json!({}), Asked::Ping).await
    }

    async fn on_message(&mut self, message: Message) -> Result<(), AttemptError> {
        let text = match message {
            Message::Text(text) => text,
            Message::Close(_) => return Err(AttemptError::Closed),
            Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => return Ok(()),
        };
        let message: Value = serde_json::from_str(text.as_str()).unwrap_or_default();
        if let Some(method) = message["method"].as_str() {
            return self.on_notification(method, &message["params"]).await;
        }
        let Some(asked) = message["id"].as_u64().and_then(|id| self.asked.remove(&id)) else { return Ok(()) };
        if let Some(error) = message["error"]["message"].as_str() {
            return Err(AttemptError::Rpc { method: asked.method(), message: error.to_owned() });
        }
        self.on_result(asked, &message["result"]).await
    }

    async fn leave(&mut self) {
        let request = json!({ "jsonrpc": "2.0", "method": "leaveRoom", "params": {}, "id": self.last_id });
        // The server notices the closed socket, too.
        let _ = self.socket.send(Message::text(request.to_string())).await;
        let _ = self.socket.close(None).await;
    }
}

impl Attempt<'_> {
    async fn ask(&mut self, params: Value, asked: Asked) -> Result<(), AttemptError> {
        let id = self.last_id;
        self.last_id += 1;
        let request = json!({ "jsonrpc": "2.0", "method": asked.method(), "params": params, "id": id });
        self.asked.insert(id, asked);
        Ok(self.socket.send(Message::text(request.to_string())).await?)
    }

    async fn join(&mut self) -> Result<(), AttemptError> {
        let params = json!({
            "token": self.token,
            "session": self.ticket.room,
            "platform": "viaduct-load",
            "sdkVersion": "2.32.1",
            "metadata": json!({ "clientData": self.ticket.identity }).to_string(),
            "secret": "",
            "recorder": false,
            "stt": false,
        });
        self.ask(params, Asked::Join).await
    }

    async fn on_result(&mut self, asked: Asked, result: &Value) -> Result<(), AttemptError> {
        match asked {
            Asked::Ping | Asked::Answered => Ok(()),
            Asked::Join => self.on_joined(result).await,
            Asked::Publish => {
                let remote = sdp::parse(text(&result["sdpAnswer"]))?;
                let roles = (remote.setup == "passive", true);
                connect_media(self.engine, self.ticket.seat, Which::Publisher, &remote, roles)
            }
            Asked::Prepare { stream } => self.take_offer(stream, text(&result["sdpOffer"])).await,
            Asked::Receive { stream, subscriber } => {
                let remote = sdp::parse(text(&result["sdpAnswer"]))?;
                self.expect(&stream, subscriber, &remote)?;
                let roles = (remote.setup == "passive", true);
                connect_media(self.engine, self.ticket.seat, Which::Subscriber(subscriber), &remote, roles)
            }
        }
    }

    async fn on_joined(&mut self, result: &Value) -> Result<(), AttemptError> {
        self.server_offers = result["mediaServer"] == "mediasoup";
        let identity = &self.ticket.identity;
        let offered = Offered {
            stream: identity.clone(),
            audio_track: format!("{identity}-microphone"),
            audio_ssrc: self.seat.audio_ssrc,
            video_track: format!("{identity}-camera"),
            video_ssrc: self.seat.video_ssrc,
            layered: false,
        };
        let params = json!({
            "sdpOffer": sdp::offer_without_data(&self.seat.publisher, &offered),
            "doLoopback": false,
            "hasAudio": true,
            "hasVideo": true,
            "audioActive": true,
            "videoActive": true,
            "typeOfVideo": "CAMERA",
            "frameRate": 30,
            "videoDimensions": "{\"width\":640,\"height\":480}",
        });
        if self.ticket.part.publishes() {
            self.ask(params, Asked::Publish).await?;
        }
        for participant in result["value"].as_array().into_iter().flatten() {
            self.receive_all(participant).await?;
        }
        Ok(())
    }

    async fn on_notification(&mut self, method: &str, params: &Value) -> Result<(), AttemptError> {
        match method {
            "participantPublished" => self.receive_all(params).await,
            "participantLeft" | "participantUnpublished" => {
                let gone = text(&params["connectionId"]).to_owned();
                self.expected.retain(|stream, _| !stream.contains(&gone));
                self.tell_expected()
            }
            "participantEvicted" => Err(AttemptError::SentAway(text(&params["reason"]).to_owned())),
            "iceCandidate" => self.on_candidate(params),
            // Everything else informs people, and there are none here.
            _ => Ok(()),
        }
    }

    /// Receives every stream of a participant.
    async fn receive_all(&mut self, participant: &Value) -> Result<(), AttemptError> {
        for stream in participant["streams"].as_array().into_iter().flatten() {
            let stream = text(&stream["id"]).to_owned();
            if self.server_offers {
                let params = json!({ "sender": stream, "reconnect": false });
                self.ask(params, Asked::Prepare { stream }).await?;
            } else {
                let (subscriber, local) = self.add_subscriber().await?;
                let params = json!({ "sender": stream, "sdpOffer": sdp::receiving_offer(&local) });
                self.ask(params, Asked::Receive { stream, subscriber }).await?;
            }
        }
        Ok(())
    }

    async fn take_offer(&mut self, stream: String, offer: &str) -> Result<(), AttemptError> {
        let remote = sdp::parse(offer)?;
        let (subscriber, local) = self.add_subscriber().await?;
        self.expect(&stream, subscriber, &remote)?;
        let which = Which::Subscriber(subscriber);
        connect_media(self.engine, self.ticket.seat, which, &remote, (true, remote.lite))?;
        let params = json!({ "sender": stream, "sdpAnswer": sdp::answer(&local, &remote) });
        self.ask(params, Asked::Answered).await
    }

    async fn add_subscriber(&self) -> Result<(usize, Local), AttemptError> {
        let (reply, added) = oneshot::channel();
        self.engine.send(Command::AddSubscriber { seat: self.ticket.seat, reply })?;
        let added = added.await.map_err(|_| EngineError::Gone)?;
        added.map_err(|error| AttemptError::Media(error.to_string()))
    }

    fn expect(&mut self, stream: &str, subscriber: usize, remote: &sdp::Remote) -> Result<(), AttemptError> {
        let sections = remote.sections.iter().filter(|section| section.kind != Kind::Application);
        let expected = sections
            .filter_map(|section| expected(section, subscriber))
            .map(|expected| Expected { owner: stream.to_owned(), ..expected })
            .collect();
        self.expected.insert(stream.to_owned(), expected);
        self.tell_expected()
    }

    fn tell_expected(&self) -> Result<(), AttemptError> {
        let expected = self.expected.values().flatten().cloned().collect();
        Ok(self.engine.send(Command::Expect { seat: self.ticket.seat, expected })?)
    }

    fn on_candidate(&self, params: &Value) -> Result<(), AttemptError> {
        let (endpoint, candidate) = (text(&params["endpointName"]), text(&params["candidate"]));
        // A subscriber's endpoint ends in its stream; all other candidates are for what is published.
        let found = self.expected.iter().find(|(stream, _)| endpoint.ends_with(stream.as_str()));
        let subscriber = found.and_then(|(_, expected)| expected.first()).map(|expected| expected.subscriber);
        let which = subscriber.map_or(Which::Publisher, Which::Subscriber);
        if candidate.is_empty() {
            return Ok(());
        }
        let candidate = candidate.to_owned();
        Ok(self.engine.send(Command::Candidate { seat: self.ticket.seat, which, candidate })?)
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
