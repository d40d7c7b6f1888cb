//! LiveKit's signalling of the first generation (`/rtc`, protobuf, two PeerConnections), as any LiveKit server speaks it.
//!
//! One call of [`attend`] is one attempt: it joins, publishes, takes every offer, and returns only when told to stop or
//! when the attempt has failed. What it sees on the way goes to `notes`.
use super::converse::{Conversation, converse, in_time, open};
use super::{AttemptError, Socket, Ticket, connect_media, expected};
use crate::media::{Command, Engine, OpenedSeat, Which};
use crate::sdp::{self, Offered, Remote};
use futures_util::SinkExt;
use livekit_protocol as proto;
use prost::Message as _;
use proto::signal_request::Message as Request;
use proto::signal_response::Message as Response;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Message;

/// The version of the protocol that is announced.
const PROTOCOL: u32 = 16;

struct Attempt<'a> {
    ticket: &'a Ticket,
    engine: &'a Engine,
    socket: Socket,
    seat: OpenedSeat,
    /// Tracks that the server has still to confirm.
    unconfirmed: usize,
}

/// One attempt; `up` is called once, when the participant counts as connected. Returns `Ok` only when `stop` turned true.
pub(super) async fn attend(
    ticket: &Ticket,
    engine: &Engine,
    stop: watch::Receiver<bool>,
    up: impl FnMut(),
) -> Result<(), AttemptError> {
    let (seat, opening) = open(ticket, engine, 1).await?;
    let socket = in_time(connect(ticket)).await?;
    let attempt = Attempt { ticket, engine, socket, seat, unconfirmed: 0 };
    converse(attempt, ticket, engine, opening, stop, up).await
}

async fn connect(ticket: &Ticket) -> Result<Socket, AttemptError> {
    let token = super::token(ticket).await?;
    let base = ticket.url.trim_end_matches('/').replacen("http", "ws", 1);
    let url = format!(
        "{base}/rtc?access_token={token}&protocol={PROTOCOL}&auto_subscribe=1&adaptive_stream=0&sdk=js&version=2.15.8"
    );
    let (socket, _) = tokio_tungstenite::connect_async(url).await?;
    Ok(socket)
}

impl Conversation for Attempt<'_> {
    fn socket(&mut self) -> &mut Socket {
        &mut self.socket
    }

    async fn ping(&mut self) -> Result<(), AttemptError> {
        self.send(Request::PingReq(proto::Ping::default())).await
    }

    async fn on_message(&mut self, message: Message) -> Result<(), AttemptError> {
        match message {
            Message::Binary(bytes) => match proto::SignalResponse::decode(bytes)?.message {
                Some(response) => self.on_response(response).await,
                None => Ok(()),
            },
            Message::Close(_) => Err(AttemptError::Closed),
            Message::Text(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Ok(()),
        }
    }

    async fn leave(&mut self) {
        let leave = proto::LeaveRequest {
            reason: proto::DisconnectReason::ClientInitiated.into(),
            action: proto::leave_request::Action::Disconnect.into(),
            ..proto::LeaveRequest::default()
        };
        // The server notices the closed socket, too.
        let _ = self.send(Request::Leave(leave)).await;
        let _ = self.socket.close(None).await;
    }
}

impl Attempt<'_> {
    async fn send(&mut self, request: Request) -> Result<(), AttemptError> {
        let bytes = proto::SignalRequest { message: Some(request) }.encode_to_vec();
        Ok(self.socket.send(Message::Binary(bytes.into())).await?)
    }

    async fn on_response(&mut self, response: Response) -> Result<(), AttemptError> {
        if let Response::Join(_) = response {
            if self.ticket.part.publishes() { self.publish().await } else { Ok(()) }
        } else if let Response::TrackPublished(_) = response {
            self.unconfirmed = self.unconfirmed.saturating_sub(1);
            if self.unconfirmed == 0 { self.offer().await } else { Ok(()) }
        } else if let Response::Answer(answer) = response {
            let remote = sdp::parse(&answer.sdp)?;
            self.connect(Which::Publisher, &remote, remote.setup == "passive", true)
        } else if let Response::Offer(offer) = response {
            self.take_offer(offer).await
        } else if let Response::Trickle(trickle) = response {
            self.on_trickle(&trickle)
        } else if let Response::Leave(leave) = response {
            Err(AttemptError::SentAway(leave.reason().as_str_name().to_owned()))
        } else {
            // Everything else informs people, and there are none here.
            Ok(())
        }
    }

    async fn publish(&mut self) -> Result<(), AttemptError> {
        self.unconfirmed = 2;
        let layer = |quality: proto::VideoQuality, width, height| proto::VideoLayer {
            quality: quality.into(),
            width,
            height,
            ..proto::VideoLayer::default()
        };
        let layers = if self.ticket.simulcast {
            vec![
                layer(proto::VideoQuality::Low, 160, 120),
                layer(proto::VideoQuality::Medium, 320, 240),
                layer(proto::VideoQuality::High, 640, 480),
            ]
        } else {
            vec![layer(proto::VideoQuality::High, 640, 480)]
        };
        let offered = self.offered();
        self.send(Request::AddTrack(proto::AddTrackRequest {
            cid: offered.audio_track,
            name: "microphone".to_owned(),
            r#type: proto::TrackType::Audio.into(),
            source: proto::TrackSource::Microphone.into(),
            disable_red: true,
            ..proto::AddTrackRequest::default()
        }))
        .await?;
        self.send(Request::AddTrack(proto::AddTrackRequest {
            cid: offered.video_track,
            name: "camera".to_owned(),
            r#type: proto::TrackType::Video.into(),
            source: proto::TrackSource::Camera.into(),
            width: 640,
            height: 480,
            layers,
            ..proto::AddTrackRequest::default()
        }))
        .await
    }

    fn offered(&self) -> Offered {
        let identity = &self.ticket.identity;
        Offered {
            stream: identity.clone(),
            audio_track: format!("{identity}-microphone"),
            audio_ssrc: self.seat.audio_ssrc,
            video_track: format!("{identity}-camera"),
            video_ssrc: self.seat.video_ssrc,
            layered: self.ticket.simulcast,
        }
    }

    async fn offer(&mut self) -> Result<(), AttemptError> {
        let sdp = sdp::offer(&self.seat.publisher, &self.offered());
        let description = proto::SessionDescription { r#type: "offer".to_owned(), sdp, id: 1, ..Default::default() };
        self.send(Request::Offer(description)).await
    }

    async fn take_offer(&mut self, offer: proto::SessionDescription) -> Result<(), AttemptError> {
        let remote = sdp::parse(&offer.sdp)?;
        let expected = remote.sections.iter().filter_map(|section| expected(section, 0)).collect();
        self.engine.send(Command::Expect { seat: self.ticket.seat, expected })?;
        self.connect(Which::Subscriber(0), &remote, true, remote.lite)?;
        let Some(local) = self.seat.subscribers.first() else { return Ok(()) };
        let sdp = sdp::answer(local, &remote);
        let description =
            proto::SessionDescription { r#type: "answer".to_owned(), sdp, id: offer.id, ..Default::default() };
        self.send(Request::Answer(description)).await
    }

    fn connect(
        &self,
        which: Which,
        remote: &Remote,
        we_are_active: bool,
        we_control: bool,
    ) -> Result<(), AttemptError> {
        connect_media(self.engine, self.ticket.seat, which, remote, (we_are_active, we_control))
    }

    fn on_trickle(&self, trickle: &proto::TrickleRequest) -> Result<(), AttemptError> {
        let which = match trickle.target() {
            proto::SignalTarget::Publisher => Which::Publisher,
            proto::SignalTarget::Subscriber => Which::Subscriber(0),
        };
        let init: serde_json::Value = serde_json::from_str(&trickle.candidate_init).unwrap_or_default();
        if let Some(candidate) = init["candidate"].as_str().filter(|candidate| !candidate.is_empty()) {
            let candidate = candidate.to_owned();
            self.engine.send(Command::Candidate { seat: self.ticket.seat, which, candidate })?;
        }
        Ok(())
    }
}
