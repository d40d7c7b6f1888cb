//! Signalling alone: participants of OpenVidu v2's JSON-RPC that join, publish, subscribe and signal without sending media,
//! and how long each of that takes. One process sends and receives, so one clock measures a signal's way.
mod client;
mod figures;

pub use client::ClientError;
pub use figures::{Figure, Measured, RpcResults};

use crate::process::load_average;
use figures::Book;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Time for the last signals to arrive.
const AFTERMATH: Duration = Duration::from_secs(3);

/// What is to be measured.
#[derive(Clone, Debug)]
pub struct RpcPlan {
    /// The server: `ws://host:port` or `http://host:port`.
    pub url: String,
    /// Password of the REST API's user OPENVIDUAPP.
    pub secret: String,
    /// How many participants.
    pub participants: usize,
    /// How many of them in a room.
    pub rooms_of: usize,
    /// What rooms' names begin with.
    pub room_prefix: String,
    /// Joins a second.
    pub rate: f64,
    /// Signals that each participant sends a second, to its whole room.
    pub signals: f64,
    /// How long they signal.
    pub window: Duration,
    /// How long it may take until everybody receives everybody.
    pub patience: Duration,
}

/// What participants do at present.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// They come, publish and subscribe.
    Meeting,
    /// They signal.
    Signalling,
    /// They only listen.
    Listening,
    /// They go.
    Leaving,
}

/// What a participant reports.
enum News {
    /// Something took so long.
    Took(Measured, Duration),
    /// It sent a signal to so many, itself among them.
    Signalled(usize),
    /// It failed.
    Failed(ClientError),
}

/// Makes the run.
pub async fn run(plan: &RpcPlan) -> RpcResults {
    let (news, mut reports) = mpsc::unbounded_channel();
    let (phase, phases) = watch::channel(Phase::Meeting);
    let start = Instant::now();
    let mut book = Book::default();
    let mut clients = JoinSet::new();
    for number in 0..plan.participants {
        let seat = client::Seat { plan: plan.clone(), number, start, news: news.clone(), phases: phases.clone() };
        clients.spawn(client::attend(seat));
        let next = start + Duration::from_secs_f64((number + 1) as f64 / plan.rate.max(0.1));
        take(&mut book, &mut reports, next, |_| false).await;
    }
    let subscriptions = subscriptions(plan);
    let all_up = |book: &Book| book.failed() > 0 || book.count(Measured::ReceiveVideo) >= subscriptions;
    take(&mut book, &mut reports, Instant::now() + plan.patience, all_up).await;
    let met_after = start.elapsed();
    let load_before = load_average();
    let _ = phase.send_replace(Phase::Signalling);
    take(&mut book, &mut reports, Instant::now() + plan.window, |_| false).await;
    let load = load_average().or(load_before);
    let _ = phase.send_replace(Phase::Listening);
    let all_arrived = |book: &Book| book.count(Measured::FanOut) >= book.expected_deliveries();
    take(&mut book, &mut reports, Instant::now() + AFTERMATH, all_arrived).await;
    let _ = phase.send_replace(Phase::Leaving);
    while clients.join_next().await.is_some() {}
    book.results(plan, subscriptions, met_after, load)
}

/// Enters reports until the moment has come or the book says that it is enough.
async fn take(
    book: &mut Book,
    reports: &mut mpsc::UnboundedReceiver<News>,
    until: Instant,
    enough: impl Fn(&Book) -> bool,
) {
    while !enough(book) {
        match tokio::time::timeout_at(until, reports.recv()).await {
            Ok(Some(news)) => book.enter(news),
            Ok(None) | Err(_) => return,
        }
    }
}

/// How many streams are received in all, when everybody receives everybody else of its room.
fn subscriptions(plan: &RpcPlan) -> usize {
    let rooms_of = plan.rooms_of.max(1);
    let (full, rest) = (plan.participants / rooms_of, plan.participants % rooms_of);
    full * rooms_of * (rooms_of - 1) + rest * rest.saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_receives_everybody_else_of_its_room() {
        let plan = |participants, rooms_of| RpcPlan {
            url: String::new(),
            secret: String::new(),
            participants,
            rooms_of,
            room_prefix: String::new(),
            rate: 1.0,
            signals: 1.0,
            window: Duration::ZERO,
            patience: Duration::ZERO,
        };
        for (participants, rooms_of, expected) in
            [(200, 8, 1_400), (9, 8, 56), (10, 8, 58), (1, 8, 0), (0, 8, 0), (3, 0, 0)]
        {
            assert_eq!(subscriptions(&plan(participants, rooms_of)), expected, "{participants} by {rooms_of}");
        }
    }
}
