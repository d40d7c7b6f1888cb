//! What an attempt is in both protocols: a seat in the engine, a socket in time, and a loop over what either of them says.
use super::{AttemptError, Socket, Ticket};
use crate::media::{Command, Engine, EngineError, MediaNews, OpenedSeat, Which};
use crate::run::told;
use futures_util::StreamExt;
use std::borrow::Cow;
use std::future::Future;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

/// Longest wait for the socket.
const JOIN_TIMEOUT: Duration = Duration::from_secs(15);
/// Time between two pings; servers of both protocols give up after three times that.
pub(super) const PING_INTERVAL: Duration = Duration::from_secs(5);

/// One protocol's side of an attempt.
pub(super) trait Conversation {
    /// Where messages come.
    fn socket(&mut self) -> &mut Socket;
    /// Says that it is still there.
    fn ping(&mut self) -> impl Future<Output = Result<(), AttemptError>> + Send;
    /// Takes what the server says.
    fn on_message(&mut self, message: Message) -> impl Future<Output = Result<(), AttemptError>> + Send;
    /// Says goodbye.
    fn leave(&mut self) -> impl Future<Output = ()> + Send;
}

/// The media side of an attempt that has begun.
pub(super) struct Opening {
    news: mpsc::UnboundedReceiver<MediaNews>,
    until: Instant,
}

/// Takes a seat in the engine; an attempt's time begins with it.
pub(super) async fn open(
    ticket: &Ticket,
    engine: &Engine,
    subscribers: usize,
) -> Result<(OpenedSeat, Opening), AttemptError> {
    let (sender, news) = mpsc::unbounded_channel();
    let (reply, opened) = oneshot::channel();
    engine.send(Command::Open { seat: ticket.seat, part: ticket.part, subscribers, news: sender, reply })?;
    let seat = opened.await.map_err(|_| EngineError::Gone)?.map_err(|error| AttemptError::Media(error.to_string()))?;
    Ok((seat, Opening { news, until: Instant::now() + ticket.patience }))
}

/// What leads to a socket, within its time.
pub(super) async fn in_time<T>(entering: impl Future<Output = Result<T, AttemptError>>) -> Result<T, AttemptError> {
    let entered = tokio::time::timeout(JOIN_TIMEOUT, entering).await;
    entered.map_err(|_| AttemptError::Late(JOIN_TIMEOUT, "no signalling socket".into()))?
}

/// Goes on until told to stop, or until the attempt has failed; `up` is called once, when the participant counts as connected.
pub(super) async fn converse(
    mut attempt: impl Conversation,
    ticket: &Ticket,
    engine: &Engine,
    Opening { mut news, until }: Opening,
    mut stop: watch::Receiver<bool>,
    mut up: impl FnMut(),
) -> Result<(), AttemptError> {
    let mut standing = Standing::default();
    let mut pings = tokio::time::interval_at(Instant::now() + PING_INTERVAL, PING_INTERVAL);
    loop {
        tokio::select! {
            message = attempt.socket().next() => {
                let message = message.ok_or(AttemptError::Closed)??;
                attempt.on_message(message).await?;
            }
            Some(told) = news.recv() => {
                if standing.note(told)? {
                    up();
                }
            }
            _ = pings.tick() => attempt.ping().await?,
            () = tokio::time::sleep_until(until), if !standing.up => {
                return Err(standing.late(ticket, engine).await);
            }
            () = told(&mut stop) => {
                attempt.leave().await;
                return Ok(());
            }
        }
    }
}

/// How far an attempt's media is.
#[derive(Default)]
struct Standing {
    publisher: bool,
    subscriber: bool,
    up: bool,
}

impl Standing {
    /// True when it has just come up.
    fn note(&mut self, news: MediaNews) -> Result<bool, AttemptError> {
        match news {
            MediaNews::Connected(Which::Publisher) => self.publisher = true,
            MediaNews::Connected(Which::Subscriber(_)) => self.subscriber = true,
            MediaNews::Up => {
                self.up = true;
                return Ok(true);
            }
            MediaNews::Failed(reason) => return Err(AttemptError::Media(reason)),
        }
        Ok(false)
    }

    /// Why it is not up yet.
    async fn late(&self, ticket: &Ticket, engine: &Engine) -> AttemptError {
        let what: Cow<'static, str> = match (self.publisher, self.subscriber) {
            (false, false) => "neither association stands".into(),
            (false, true) => "the publisher's association does not stand".into(),
            (true, false) => "no subscriber's association stands".into(),
            (true, true) => {
                let seats = engine.snapshot().await.map(|snapshot| snapshot.seats).unwrap_or_default();
                let seat = seats.get(&ticket.seat).cloned().unwrap_or_default();
                format!(
                    "no picture and sound of another has come: of {} streams announced {} have begun, {} packets came, \
                     {} of {} did not open",
                    seat.announced, seat.streams, seat.tally.received, seat.unopened, seat.opened
                )
                .into()
            }
        };
        AttemptError::Late(ticket.patience, what)
    }
}
