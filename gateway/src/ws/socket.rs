//! One WebSocket as two bounded queues: what came from the client, what goes to it.
//!
//! The reading half is bound to the web server's thread; both halves end when the [`Socket`] is dropped, so it can be
//! handed from one pump to another.
use super::line::Line;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::{Bytes, Payload};
use actix_web::{HttpRequest, HttpResponse};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, ProtocolError, Session};
use sfu_core::signal::{Frame, SocketEnd};
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Frames of a client that wait to be handled; above it its TCP connection is not read.
const INCOMING_MAX: usize = 32;
/// Frames that wait to be sent to a client; one that is slower is cut off (and may come back).
const OUTGOING_MAX: usize = 1_024;
/// How long a single frame may take to be handed to the system.
const SEND_PATIENCE: Duration = Duration::from_secs(20);
/// How long the last frames, and the client's answer to them, may take where the server closes.
const CLOSE_PATIENCE: Duration = Duration::from_secs(3);

/// What a protocol bears.
#[derive(Clone, Copy, Debug)]
pub struct SocketLimits {
    /// Bytes of one message, whether in one frame or continued.
    pub message_bytes_max: usize,
}

/// Something that came on a socket.
#[derive(Debug)]
pub(super) enum Incoming {
    /// A message.
    Frame(Frame),
    /// The end.
    End(SocketEnd),
}

/// Something to send.
#[derive(Debug)]
pub(super) enum Outgoing {
    /// A message.
    Frame(Frame),
    /// The end.
    Close { code: u16, reason: String },
}

/// A client's open socket.
#[derive(Debug)]
pub struct Socket {
    incoming: mpsc::Receiver<Incoming>,
    outgoing: mpsc::Sender<Outgoing>,
}

/// The client does not take its frames, or is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooSlow;

impl Socket {
    /// What comes next; cancel-safe.
    pub(super) async fn next(&mut self) -> Incoming {
        let lost = || Incoming::End(SocketEnd { code: None, reason: String::new() });
        self.incoming.recv().await.unwrap_or_else(lost)
    }

    /// Queues a frame.
    pub(super) fn send(&self, frame: Frame) -> Result<(), TooSlow> {
        self.outgoing.try_send(Outgoing::Frame(frame)).map_err(|_| TooSlow)
    }

    /// Closes it, after what is queued.
    pub(super) fn close(self, code: u16, reason: &str) {
        // Where the queue is full or the client gone, dropping the queue ends the connection all the same.
        let _ = self.outgoing.try_send(Outgoing::Close { code, reason: reason.to_owned() });
    }
}

/// What the reading half has to do with the connection's end.
struct Ending {
    line: Option<Rc<Line>>,
    /// Gone with the reading half: the answer to the request is over then.
    _heard_all: oneshot::Sender<Infallible>,
}

impl Ending {
    fn hear_no_more(&self, all_sent: bool) {
        if let Some(line) = &self.line {
            line.hear_no_more(all_sent);
        }
    }
}

/// What is sent to a client, as the body of the answer to its request: it is not over with our last frame, but once the client
/// has nothing more to say. The web server hands on nothing that comes after the body.
struct Open {
    inner: BoxBody,
    spent: bool,
    until: oneshot::Receiver<Infallible>,
}

impl MessageBody for Open {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if !self.spent {
            match ready!(Pin::new(&mut self.inner).poll_next(context)) {
                None => self.spent = true,
                more => return Poll::Ready(more),
            }
        }
        Pin::new(&mut self.until).poll(context).map(|_gone| None)
    }
}

/// Answers the upgrade of `request` and gives the socket.
pub fn accept(
    request: &HttpRequest,
    body: Payload,
    limits: SocketLimits,
) -> Result<(HttpResponse, Socket), actix_web::Error> {
    let (response, session, stream) = actix_ws::handle(request, body)?;
    let bytes = limits.message_bytes_max;
    let stream = stream.max_frame_size(bytes).aggregate_continuations().max_continuation_size(bytes);
    let (to_pump, incoming) = mpsc::channel(INCOMING_MAX);
    let (outgoing, from_pump) = mpsc::channel(OUTGOING_MAX);
    let (heard_all, until) = oneshot::channel();
    let end = Ending { line: request.conn_data::<Rc<Line>>().cloned(), _heard_all: heard_all };
    let response = response.map_body(|_, inner| Open { inner, spent: false, until }.boxed());
    actix_web::rt::spawn(read(stream, session.clone(), to_pump, end));
    actix_web::rt::spawn(write(session, from_pump));
    Ok((response, Socket { incoming, outgoing }))
}

async fn read(mut stream: AggregatedMessageStream, mut session: Session, pump: mpsc::Sender<Incoming>, end: Ending) {
    let lost = loop {
        let message = tokio::select! {
            message = stream.recv() => message,
            () = pump.closed() => {
                drop(session);
                return see_out(stream, end).await;
            }
        };
        let frame = match message {
            Some(Ok(AggregatedMessage::Text(text))) => Frame::Text(text.to_string()),
            Some(Ok(AggregatedMessage::Binary(bytes))) => Frame::Binary(bytes.to_vec()),
            Some(Ok(AggregatedMessage::Ping(bytes))) => {
                if session.pong(&bytes).await.is_err() {
                    break SocketEnd { code: None, reason: String::new() };
                }
                continue;
            }
            Some(Ok(AggregatedMessage::Pong(_))) => continue,
            Some(Ok(AggregatedMessage::Close(reason))) => {
                end.hear_no_more(false);
                break closed(reason);
            }
            Some(Err(error)) => break broken(&error, session).await,
            None => break SocketEnd { code: None, reason: String::new() },
        };
        if pump.send(Incoming::Frame(frame)).await.is_err() {
            drop(session);
            return see_out(stream, end).await;
        }
    };
    // A pump that is gone needs no news of its socket.
    let _ = pump.send(Incoming::End(lost)).await;
}

/// The server closes: waits for the client to say that it does, too. What else it says is for nobody any more.
async fn see_out(mut stream: AggregatedMessageStream, end: Ending) {
    let answer = async {
        while let Some(Ok(message)) = stream.recv().await {
            if matches!(message, AggregatedMessage::Close(_)) {
                return end.hear_no_more(true);
            }
        }
    };
    // A client that does not answer is waited for by the web server, as any other.
    let _ = tokio::time::timeout(CLOSE_PATIENCE, answer).await;
}

fn closed(reason: Option<CloseReason>) -> SocketEnd {
    let Some(reason) = reason else { return SocketEnd { code: None, reason: String::new() } };
    SocketEnd { code: Some(reason.code.into()), reason: reason.description.unwrap_or_default() }
}

/// Tells a client that does not keep to the WebSocket protocol or its limits so.
async fn broken(error: &ProtocolError, session: Session) -> SocketEnd {
    let code = if matches!(error, ProtocolError::Overflow) { CloseCode::Size } else { CloseCode::Protocol };
    let reason = error.to_string();
    // Where the client is gone already there is nobody to tell.
    let _ = session.close(Some(CloseReason { code, description: Some(reason.clone()) })).await;
    SocketEnd { code: Some(code.into()), reason }
}

async fn write(mut session: Session, mut pump: mpsc::Receiver<Outgoing>) {
    while let Some(outgoing) = pump.recv().await {
        let sent = match outgoing {
            Outgoing::Frame(frame) => tokio::time::timeout(SEND_PATIENCE, send(&mut session, frame)).await,
            Outgoing::Close { code, reason } => {
                let reason = CloseReason { code: code.into(), description: Some(reason).filter(|r| !r.is_empty()) };
                // Where the client does not take it, dropping the session ends the connection.
                let _ = tokio::time::timeout(CLOSE_PATIENCE, session.close(Some(reason))).await;
                return;
            }
        };
        if !matches!(sent, Ok(Ok(()))) {
            return;
        }
    }
    // As above.
    let _ = tokio::time::timeout(CLOSE_PATIENCE, session.close(Some(CloseCode::Normal.into()))).await;
}

async fn send(session: &mut Session, frame: Frame) -> Result<(), actix_ws::Closed> {
    match frame {
        Frame::Text(text) => session.text(text).await,
        Frame::Binary(bytes) => session.binary(Bytes::from(bytes)).await,
    }
}
