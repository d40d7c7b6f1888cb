//! The task that drives one client's `SignalPeer`: feeds it frames, events and time, carries out what it says.
use super::attach::{Peers, PumpInput};
use super::lobby::Visitor;
use super::socket::{Incoming, Socket};
use crate::clock;
use crate::rooms::{Directory, Mail, PeerMailbox, PeerMails, mailbox};
use crate::telemetry::{Caller, Finished, JoinStep, Kind};
use crate::usage::Tally;
use sfu_core::id::{ParticipantId, PeerId, RequestId};
use sfu_core::room::{LeaveReason, RoomCommand, RoomEvent};
use sfu_core::signal::{Frame, PeerOutput, ResumeKey, SignalPeer, SocketEnd};
use sfu_core::time::Now;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::mpsc;
use tracing::Instrument;

/// Frames kept for a client while its socket is lost.
const HELD_FRAMES_MAX: usize = 1_024;
/// Bytes of them.
const HELD_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Sockets and orders that wait for one pump.
const INBOX_MAX: usize = 8;
/// The number of the `Leave` that a pump gives in its peer's stead.
const OWN_REQUEST: RequestId = RequestId(u64::MAX);
/// WebSocket close codes (RFC 6455, 7.4.1): an internal error; a client that does not keep up, or does not join
/// ("policy violation").
const CLOSE_INTERNAL: u16 = 1011;
const CLOSE_POLICY: u16 = 1008;
const CLOSE_TOO_SLOW: u16 = CLOSE_POLICY;

/// A client's task.
pub struct Pump {
    id: PeerId,
    peer: Box<dyn SignalPeer>,
    socket: Option<Socket>,
    held: Held,
    key: Option<ResumeKey>,
    room: Option<String>,
    mailbox: PeerMailbox,
    directory: Directory,
    peers: Peers,
    /// Until it has joined a room.
    visitor: Option<Visitor>,
    join: Joining,
    tally: Tally,
}

/// A client's way into its room.
struct Joining {
    began: Now,
    /// Its `Join`, while that is not answered.
    request: Option<RequestId>,
    participant: Option<ParticipantId>,
}

/// Frames for a client that is away.
#[derive(Default)]
struct Held {
    frames: VecDeque<Frame>,
    bytes: usize,
}

/// How a pump ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    /// The peer has finished.
    Finished,
    /// The peer broke down, or does not keep up: the room is told in its stead.
    Broken(u16),
    /// The socket was handed to another pump: this one was only its porter.
    HandedOver,
}

/// Whether to go on.
type Flow = Result<(), End>;

/// An input of the peer.
enum Input {
    Frame(Frame),
    Lost(SocketEnd),
    Event(RoomEvent),
    Attached(Frame),
    UnknownKey,
    Timeout,
    Shutdown,
}

/// What woke the pump.
enum Woken {
    Socket(Incoming),
    Mail(Mail),
    Inbox(Option<PumpInput>),
    Alarm,
}

impl Pump {
    /// Starts a pump for the client `caller` that just opened `socket`. Where the server is stopping, the socket is closed.
    pub fn start(
        peer: Box<dyn SignalPeer>,
        (socket, visitor, tally): (Socket, Visitor, Tally),
        directory: Directory,
        peers: Peers,
        caller: Caller,
    ) {
        let id = PeerId::random(&mut clock::random());
        let (inbox, orders) = mpsc::channel(INBOX_MAX);
        if !peers.enter(id, inbox) {
            return socket.close(1001, "server is stopping");
        }
        let span = caller.span.clone();
        let (mailbox, mails) = mailbox(caller);
        let (socket, held) = (Some(socket), Held::default());
        let visitor = Some(visitor);
        let join = Joining { began: clock::now(), request: None, participant: None };
        let pump =
            Self { id, peer, socket, held, key: None, room: None, mailbox, directory, peers, visitor, join, tally };
        tokio::spawn(pump.run(mails, orders).instrument(span));
    }

    async fn run(mut self, mut mails: PeerMails, mut orders: mpsc::Receiver<PumpInput>) {
        let mut flow = self.drain().await;
        while flow.is_ok() {
            flow = match self.wait(&mut mails, &mut orders).await {
                Woken::Socket(Incoming::Frame(frame)) => {
                    self.directory.meters().traffic.frames_in.note();
                    self.feed(Input::Frame(frame)).await
                }
                Woken::Socket(Incoming::End(end)) => {
                    self.socket = None;
                    self.feed(Input::Lost(end)).await
                }
                Woken::Mail(Mail::Event(event)) => {
                    self.note(&event);
                    self.feed(Input::Event(event)).await
                }
                Woken::Mail(Mail::Broken) => Err(End::Broken(CLOSE_TOO_SLOW)),
                Woken::Inbox(Some(PumpInput::Adopt(adopted))) => {
                    let (socket, intro) = *adopted;
                    self.adopt(socket, intro).await
                }
                Woken::Inbox(Some(PumpInput::Shutdown)) => self.feed(Input::Shutdown).await,
                Woken::Inbox(None) => Err(End::Finished),
                Woken::Alarm => self.ring().await,
            };
            self.count_used();
        }
        if let Err(end) = flow {
            self.end(end).await;
        }
    }

    /// Counts what the peer says was used.
    fn count_used(&mut self) {
        while let Some((used, count)) = self.peer.poll_used() {
            self.tally.note(used, count, clock::now().unix_ms);
        }
    }

    async fn wait(&mut self, mails: &mut PeerMails, orders: &mut mpsc::Receiver<PumpInput>) -> Woken {
        let deadline = self.peer.deadline().into_iter().chain(self.visitor.as_ref().map(|visitor| visitor.until)).min();
        let deadline = deadline.map(tokio::time::Instant::from_std);
        let alarm = async {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        let incoming = async {
            match &mut self.socket {
                Some(socket) => socket.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            order = orders.recv() => Woken::Inbox(order),
            mail = mails.next() => Woken::Mail(mail),
            () = alarm => Woken::Alarm,
            incoming = incoming => Woken::Socket(incoming),
        }
    }

    /// A deadline has come: the peer's, or the one by which it must have joined.
    async fn ring(&mut self) -> Flow {
        if self.visitor.take_if(|visitor| visitor.until <= clock::now().instant).is_some()
            && let Some(socket) = self.socket.take()
        {
            socket.close(CLOSE_POLICY, "no room was joined in time");
            let end = SocketEnd { code: None, reason: "no room was joined in time".to_owned() };
            self.feed(Input::Lost(end)).await?;
        }
        self.feed(Input::Timeout).await
    }

    /// Takes note of what an event means for those who watch.
    fn note(&mut self, event: &RoomEvent) {
        let joins = self.directory.meters().joins(self.mailbox.caller().protocol);
        if let RoomEvent::Joined { joined, .. } = event {
            self.visitor = None;
            self.tally.joined(clock::now().unix_ms);
            self.join.request = None;
            self.join.participant = Some(joined.participant.id);
            let span = &self.mailbox.caller().span;
            span.record("participant", tracing::field::display(joined.participant.id));
            joins.joined.note();
            self.answered(false);
            tracing::info!("joined");
        } else if let RoomEvent::Refused { request, .. } = event {
            if self.join.request.take_if(|asked| *asked == *request).is_some() {
                joins.refused.note();
                self.answered(true);
            }
        } else if let RoomEvent::Graded { standings } = event {
            let own = standings.iter().find(|(participant, _)| Some(*participant) == self.join.participant);
            if let Some((_, standing)) = own {
                self.directory.meters().paths.graded(standing);
            }
        } else if let RoomEvent::Closed { reason, .. } = event {
            tracing::info!(?reason, "out of the room");
        }
    }

    /// The room has answered the join.
    fn answered(&self, refused: bool) {
        let (caller, from, now) = (self.mailbox.caller(), self.join.began, clock::now().instant);
        let joins = self.directory.meters().joins(caller.protocol);
        joins.observe(JoinStep::Signal, now.saturating_duration_since(from.instant));
        self.directory.traces().record(|| {
            let mut attributes = vec![("viaduct.protocol", caller.protocol.name().to_owned())];
            attributes.extend(self.room.clone().map(|room| ("viaduct.room", room)));
            attributes.extend(self.join.participant.map(|id| ("viaduct.participant", id.to_string())));
            Some(Finished {
                name: "join".to_owned(),
                context: caller.trace?,
                kind: Kind::Internal,
                from,
                until: now,
                attributes,
                failed: refused,
            })
        });
    }

    /// One input to the peer, and everything that comes of it.
    async fn feed(&mut self, input: Input) -> Flow {
        self.give(input)?;
        self.drain().await
    }

    fn give(&mut self, input: Input) -> Flow {
        let (peer, now) = (&mut self.peer, clock::now());
        catch_unwind(AssertUnwindSafe(|| hand(peer.as_mut(), input, now))).map_err(|_panic| {
            tracing::error!(peer = %self.id, "a client's signalling broke down");
            End::Broken(CLOSE_INTERNAL)
        })
    }

    async fn drain(&mut self) -> Flow {
        loop {
            let peer = &mut self.peer;
            let output =
                catch_unwind(AssertUnwindSafe(|| peer.poll())).map_err(|_panic| End::Broken(CLOSE_INTERNAL))?;
            match output {
                None => return Ok(()),
                Some(PeerOutput::Frame(frame)) => self.send(frame)?,
                Some(PeerOutput::Command { room, request, command }) => {
                    if matches!(*command, RoomCommand::Join(_)) {
                        self.join.request = Some(request);
                        self.mailbox.caller().span.record("room", room.as_str());
                    }
                    self.room = Some(room.clone());
                    let answer_to = (self.id, self.mailbox.clone());
                    self.directory.peer_command(room, request, command, answer_to).await;
                }
                Some(PeerOutput::Resumable(key)) => {
                    let old = self.key.replace(key.clone()).filter(|old| *old != key);
                    self.peers.claim(self.id, key, old);
                }
                Some(PeerOutput::Attach { key, intro }) => self.hand_over(&key, intro)?,
                Some(PeerOutput::CloseSocket { code, reason }) => {
                    if let Some(socket) = self.socket.take() {
                        socket.close(code, &reason);
                    }
                }
                Some(PeerOutput::Refused(feature)) => {
                    self.directory.refusals().count(feature);
                    self.tally.refused(feature, clock::now().unix_ms);
                }
                Some(PeerOutput::Finished) => return Err(End::Finished),
            }
        }
    }

    fn send(&mut self, frame: Frame) -> Flow {
        let Some(socket) = &self.socket else { return self.held.push(frame) };
        let traffic = &self.directory.meters().traffic;
        traffic.frames_out.note();
        if socket.send(frame.clone()).is_ok() {
            return Ok(());
        }
        traffic.frames_lost.note();
        // The client does not read: cut it off and let it come back.
        if let Some(socket) = self.socket.take() {
            socket.close(CLOSE_TOO_SLOW, "too slow");
        }
        self.held.push(frame)?;
        self.give(Input::Lost(SocketEnd { code: None, reason: "too slow".to_owned() }))
    }

    /// This peer is only the porter of a returning client's socket.
    fn hand_over(&mut self, key: &ResumeKey, intro: Frame) -> Flow {
        let Some(socket) = self.socket.take() else { return self.give(Input::UnknownKey) };
        match self.peers.hand_over(key, socket, intro) {
            Ok(()) => Err(End::HandedOver),
            Err(socket) => {
                self.socket = Some(socket);
                self.give(Input::UnknownKey)
            }
        }
    }

    /// The client came back on `socket`: what the peer says to that goes first, then what was held.
    async fn adopt(&mut self, socket: Socket, intro: Frame) -> Flow {
        if let Some(old) = self.socket.replace(socket) {
            old.close(1000, "resumed on another connection");
        }
        self.feed(Input::Attached(intro)).await?;
        for frame in std::mem::take(&mut self.held).frames {
            self.send(frame)?;
        }
        Ok(())
    }

    async fn end(mut self, end: End) {
        self.peers.leave(self.id, self.key.as_ref());
        let End::Broken(code) = end else { return };
        if let Some(socket) = self.socket.take() {
            socket.close(code, "");
        }
        if let Some(room) = self.room.take() {
            let leave = Box::new(RoomCommand::Leave { reason: LeaveReason::SignalLost });
            self.directory.peer_command(room, OWN_REQUEST, leave, (self.id, self.mailbox.clone())).await;
        }
    }
}

impl Held {
    fn push(&mut self, frame: Frame) -> Flow {
        self.bytes += match &frame {
            Frame::Text(text) => text.len(),
            Frame::Binary(bytes) => bytes.len(),
        };
        self.frames.push_back(frame);
        if self.frames.len() > HELD_FRAMES_MAX || self.bytes > HELD_BYTES_MAX {
            return Err(End::Broken(CLOSE_TOO_SLOW));
        }
        Ok(())
    }
}

fn hand(peer: &mut dyn SignalPeer, input: Input, now: Now) {
    match input {
        Input::Frame(frame) => peer.handle_frame(frame, now),
        Input::Lost(end) => peer.handle_socket_lost(end, now),
        Input::Event(RoomEvent::ChannelMessage(message)) => peer.handle_channel(message, now),
        Input::Event(event) => peer.handle_event(event, now),
        Input::Attached(intro) => peer.handle_attached(intro, now),
        Input::UnknownKey => peer.handle_unknown_key(now),
        Input::Timeout => peer.handle_timeout(now),
        Input::Shutdown => peer.handle_shutdown(now),
    }
}
