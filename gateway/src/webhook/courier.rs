//! A task for each endpoint: does what its [`Delivery`] says.
use super::delivery::{Delivery, LOAD_MAX, Outcome, Step};
use super::endpoint::Endpoint;
use super::scribe::Scribe;
use crate::clock;
use crate::store::Outbox;
use crate::telemetry::Meters;
use sea_orm::DbErr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

/// Before the outbox is asked again after it could not be read or written.
const STORE_PAUSE: Duration = Duration::from_secs(1);
/// How long couriers may take to bring away what waits when the server stops.
const FAREWELL: Duration = Duration::from_secs(2);

/// One endpoint's courier.
pub struct Courier {
    endpoint: Endpoint,
    outbox: Outbox,
    delivery: Delivery,
    news: Arc<Notify>,
    meters: Arc<Meters>,
}

/// All couriers at work.
pub struct Couriers {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Couriers {
    /// Sets these to work.
    pub fn start(couriers: Vec<Courier>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let tasks = couriers.into_iter().map(|courier| tokio::spawn(courier.work(stopped.clone()))).collect();
        Self { stop, tasks }
    }

    /// Lets them bring away what waits, not for long; the rest is delivered after the next start.
    pub async fn stop(self) {
        // Without couriers nobody listens.
        let _ = self.stop.send(true);
        for mut task in self.tasks {
            if tokio::time::timeout(FAREWELL, &mut task).await.is_err() {
                task.abort();
            }
        }
    }
}

impl Courier {
    /// A courier for each endpoint.
    pub fn of(endpoints: Vec<Endpoint>, scribe: &Scribe, outbox: &Outbox, meters: &Arc<Meters>) -> Vec<Self> {
        let courier = |endpoint: Endpoint| {
            let news = scribe.news_of(&endpoint.name);
            Self::new(endpoint, outbox.clone(), news, Arc::clone(meters))
        };
        endpoints.into_iter().map(courier).collect()
    }

    /// A courier; `news` is rung when letters for it were stored.
    pub fn new(endpoint: Endpoint, outbox: Outbox, news: Arc<Notify>, meters: Arc<Meters>) -> Self {
        let delivery = Delivery::new(endpoint.policy, clock::random());
        Self { endpoint, outbox, delivery, news, meters }
    }

    async fn work(mut self, mut stopped: watch::Receiver<bool>) {
        loop {
            let step = self.delivery.poll(clock::now().instant);
            if let Step::Wait(until) = step {
                if *stopped.borrow() {
                    return;
                }
                self.wait(until, &mut stopped).await;
            } else if let Err(error) = self.act(step).await {
                tracing::error!(endpoint = self.endpoint.name, %error, "the outbox cannot be used");
                tokio::time::sleep(STORE_PAUSE).await;
            }
        }
    }

    async fn wait(&mut self, until: Option<std::time::Instant>, stopped: &mut watch::Receiver<bool>) {
        let alarm = async {
            match until {
                Some(until) => tokio::time::sleep_until(until.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            // News first: what was stored last goes out before the stop.
            biased;
            () = self.news.notified() => self.delivery.handle_news(),
            () = alarm => {}
            // The sender lives as long as the server: an error means the same as `true`.
            _ = stopped.wait_for(|stop| *stop) => {}
        }
    }

    async fn act(&mut self, step: Step) -> Result<(), DbErr> {
        let name = self.endpoint.name.as_str();
        match step {
            Step::Load { after } => {
                self.delivery.handle_loaded(self.outbox.waiting(name, after, LOAD_MAX).await?);
            }
            Step::Send(letter) => {
                let outcome = self.endpoint.sink.deliver(&letter).await;
                if let Outcome::Rejected(why) | Outcome::Failed(why) = &outcome {
                    tracing::warn!(endpoint = name, event = letter.event_id, why, "an event was not taken");
                }
                let counts = &self.meters.deliveries;
                counts.note_trouble(name, outcome != Outcome::Delivered);
                match &outcome {
                    Outcome::Delivered => counts.delivered.note(),
                    Outcome::Rejected(_) => counts.rejected.note(),
                    Outcome::Failed(_) => counts.failed.note(),
                }
                self.delivery.handle_outcome(outcome, clock::now());
            }
            Step::Settle { through } => {
                self.outbox.settle(name, through).await?;
                self.delivery.handle_settled();
            }
            Step::Bury { id, complaint } => {
                tracing::error!(endpoint = name, complaint, "an event is given up: see the dead letters");
                self.outbox.bury(id, &complaint, clock::now().unix_ms).await?;
                self.meters.deliveries.buried.note();
                self.delivery.handle_buried();
            }
            Step::Wait(_) => {}
        }
        Ok(())
    }
}
