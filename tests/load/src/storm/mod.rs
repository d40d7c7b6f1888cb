//! A join storm: clients of LiveKit's signalling that come at a fixed rate, whether the server keeps up or not, and how
//! long each waits for its `JoinResponse`. No media: nobody publishes, offers stay unanswered, all leave at the end.
mod client;
mod figures;

pub use client::StormError;
pub use figures::{Second, StormResults};

use crate::process::load_average;
use clap::ValueEnum;
use client::{Caller, Joined};
use figures::Book;
use serde::Serialize;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// The two generations of LiveKit's signalling.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum, Serialize)]
pub enum Generation {
    /// `/rtc`: two PeerConnections.
    V0,
    /// `/rtc/v1`: one PeerConnection, the join request in the URL.
    V1,
}

/// What is to be measured.
#[derive(Clone, Debug)]
pub struct StormPlan {
    /// The server: `ws://host:port` or `http://host:port`.
    pub url: String,
    /// API key.
    pub key: String,
    /// API secret.
    pub secret: String,
    /// Which signalling.
    pub generation: Generation,
    /// Joins a second.
    pub rate: f64,
    /// How long they come.
    pub window: Duration,
    /// How many of them in a room.
    pub rooms_of: usize,
    /// What rooms' names begin with.
    pub room_prefix: String,
    /// How long a join may take.
    pub patience: Duration,
}

impl StormPlan {
    /// How many come in all.
    pub fn joins(&self) -> usize {
        (self.rate * self.window.as_secs_f64()).round() as usize
    }
}

/// Makes the run. The URLs with their tokens are made before it begins.
pub async fn run(plan: &StormPlan) -> Result<StormResults, StormError> {
    let callers: Vec<Caller> = (0..plan.joins()).map(|number| Caller::new(plan, number)).collect::<Result<_, _>>()?;
    let (news, mut reports) = mpsc::unbounded_channel::<Joined>();
    let (stop, stopped) = watch::channel(false);
    let mut clients = JoinSet::new();
    let start = Instant::now();
    for caller in callers {
        // Who is late does not hold up the others: the times are fixed beforehand.
        let due = start + Duration::from_secs_f64(caller.number as f64 / plan.rate);
        tokio::time::sleep_until(due).await;
        clients.spawn(client::join(caller, plan.patience, news.clone(), stopped.clone()));
    }
    drop(news);
    let mut book = Book::default();
    let last = start + plan.window + plan.patience;
    while book.count() < plan.joins() {
        match tokio::time::timeout_at(last, reports.recv()).await {
            Ok(Some(joined)) => book.enter(joined),
            Ok(None) | Err(_) => break,
        }
    }
    let load = load_average();
    let _ = stop.send_replace(true);
    while clients.join_next().await.is_some() {}
    while let Ok(joined) = reports.try_recv() {
        book.enter(joined);
    }
    Ok(book.results(plan, load))
}
