//! One attempt of one page: from its token to its end.
use super::board::PageNews;
use super::driver::Driver;
use super::lines::{Admission, Order};
use crate::media::{Health, Tally};
use crate::run::told;
use crate::signal::{self, AttemptError, Entrance, Ticket};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;
use tokio::time::Instant;

/// How often health is looked at.
const HEALTH_INTERVAL: Duration = Duration::from_secs(1);
/// How long a goodbye may take.
const FAREWELL: Duration = Duration::from_secs(4);
/// How long a page that is up may say nothing.
const SILENCE_MAX: Duration = Duration::from_secs(30);
/// How long the opening of a page may take.
const OPEN_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a token may take.
const TOKEN_TIMEOUT: Duration = Duration::from_secs(15);

/// How far a page is.
struct Standing {
    step: String,
    up: bool,
    came: Tally,
    streams: u32,
    /// When the page was last heard of, and whether that was since health was looked at.
    heard_at: Instant,
    heard: bool,
}

/// Opens a page for an attempt that is to come: what it takes says nothing of the server.
pub(crate) async fn prepare(participant: usize, driver: &Driver) -> Result<(), AttemptError> {
    let mut news = driver.begin(participant);
    driver.order(Order::Open { participant });
    let opened = async {
        loop {
            match news.recv().await.ok_or(AttemptError::BrowserGone)? {
                PageNews::Opened => return Ok(()),
                PageNews::Failed(reason) => return Err(AttemptError::Page(reason)),
                // Of a page before this one.
                PageNews::Step(_) | PageNews::Came(..) | PageNews::Up | PageNews::Left => {}
            }
        }
    };
    let opened = tokio::time::timeout(OPEN_TIMEOUT, opened).await;
    opened.map_err(|_| AttemptError::Late(OPEN_TIMEOUT, "its page did not open".into()))??;
    driver.keep(participant, news);
    Ok(())
}

/// One attempt; `up` is called once, when the participant counts as connected. Returns `Ok` only when `stop` turned true.
pub(crate) async fn attend(
    ticket: &Ticket,
    driver: &Driver,
    loss_max: f64,
    mut stop: watch::Receiver<bool>,
    mut up: impl FnMut(),
) -> Result<(), AttemptError> {
    let until = Instant::now() + ticket.patience;
    let mut news = driver.kept(ticket.seat).ok_or(AttemptError::BrowserGone)?;
    let join = tokio::time::timeout(TOKEN_TIMEOUT, admission(ticket)).await;
    let join = join.map_err(|_| AttemptError::Late(TOKEN_TIMEOUT, "no token".into()))??;
    let publish = driver.plan.camera;
    driver.order(Order::Join { participant: ticket.seat, join, publish, alone: !ticket.part.receives() });
    let step = "waiting for the browser".to_owned();
    let heard_at = Instant::now();
    let mut standing = Standing { step, up: false, came: Tally::default(), streams: 0, heard_at, heard: false };
    let mut health = Health::default();
    let mut beats = tokio::time::interval(HEALTH_INTERVAL);
    loop {
        tokio::select! {
            told = news.recv() => {
                if standing.note(told.ok_or(AttemptError::BrowserGone)?)? {
                    up();
                }
            }
            _ = beats.tick() => standing.check(&mut health, !ticket.part.receives(), loss_max)?,
            () = tokio::time::sleep_until(until), if !standing.up => {
                return Err(AttemptError::Late(ticket.patience, format!("it was still {}", standing.step).into()));
            }
            () = told(&mut stop) => {
                driver.close(ticket.seat);
                let _ = tokio::time::timeout(FAREWELL, gone(&mut news)).await;
                return Ok(());
            }
        }
    }
}

async fn admission(ticket: &Ticket) -> Result<Admission, AttemptError> {
    let token = signal::token(ticket).await?;
    Ok(match &ticket.entrance {
        Entrance::LiveKit { .. } => Admission::LiveKit { url: ticket.url.clone(), token },
        Entrance::V2 { .. } => Admission::V2 { token, name: ticket.identity.clone() },
    })
}

/// Waits until the page has left, or the browser with it.
async fn gone(news: &mut UnboundedReceiver<PageNews>) {
    while news.recv().await.is_some_and(|told| told != PageNews::Left) {}
}

impl Standing {
    /// True when it has just come up.
    fn note(&mut self, news: PageNews) -> Result<bool, AttemptError> {
        match news {
            PageNews::Step(step) => self.step = step,
            PageNews::Came(tally, streams) => {
                (self.came, self.streams) = (tally, streams);
                (self.heard_at, self.heard) = (Instant::now(), true);
            }
            PageNews::Up => {
                self.up = true;
                return Ok(true);
            }
            PageNews::Failed(reason) => return Err(AttemptError::Page(reason)),
            // Of a page before this one.
            PageNews::Opened | PageNews::Left => {}
        }
        Ok(false)
    }

    /// Whether enough comes. A page that is too busy to be looked at says nothing of that, unless it stays so.
    fn check(&mut self, health: &mut Health, alone: bool, loss_max: f64) -> Result<(), AttemptError> {
        if !std::mem::take(&mut self.heard) {
            let silent = self.up && self.heard_at.elapsed() > SILENCE_MAX;
            return if silent {
                Err(AttemptError::Page(format!("its page has not answered for {SILENCE_MAX:?}")))
            } else {
                Ok(())
            };
        }
        let judged = self.up && !alone && self.streams > 0;
        let reason = health.look(self.came, judged, loss_max);
        reason.map_or(Ok(()), |reason| Err(AttemptError::Media(reason)))
    }
}
