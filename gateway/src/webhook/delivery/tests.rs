//! A courier's life on a virtual clock: an outbox, a receiver with moods, and a server that may be killed in between.
use super::*;
use std::collections::BTreeMap;

const POLICY: Policy = Policy {
    retry_first: Duration::from_millis(500),
    retry_max: Duration::from_secs(30),
    rejected_attempts_max: 5,
    dead_after: Duration::from_secs(86_400),
};
/// How long an attempt at a receiver that is down takes.
const CONNECT: Duration = Duration::from_millis(2);

/// How a receiver takes a letter at a time (ms since the beginning): what comes of it, and how long that takes.
type Receiver = fn(&Letter, u64) -> (Outcome, Duration);

struct Sim {
    delivery: Delivery,
    receiver: Receiver,
    now: Now,
    begin: Now,
    /// Letters in the outbox, by number.
    outbox: BTreeMap<i64, Letter>,
    dead: Vec<i64>,
    /// Numbers as they were received, with the time, ms.
    received: Vec<(i64, u64)>,
    attempts: usize,
    seed: u64,
}

impl Sim {
    fn new(seed: u64, receiver: Receiver) -> Self {
        let begin = Now { instant: Instant::now(), unix_ms: 1_000_000 };
        Self {
            delivery: Delivery::new(POLICY, Random::seeded(seed)),
            receiver,
            now: begin,
            begin,
            outbox: BTreeMap::new(),
            dead: Vec::new(),
            received: Vec::new(),
            attempts: 0,
            seed,
        }
    }

    fn post(&mut self, id: i64) {
        let letter = Letter {
            id,
            event_id: format!("EV_{id}"),
            created_ms: self.now.unix_ms,
            body: String::new(),
            traceparent: None,
        };
        self.outbox.insert(id, letter);
        self.delivery.handle_news();
    }

    /// The server is killed and started again: what it knew is gone, the outbox is not.
    fn kill(&mut self) {
        self.seed += 1;
        self.delivery = Delivery::new(POLICY, Random::seeded(self.seed));
    }

    fn elapsed_ms(&self) -> u64 {
        self.now.unix_ms - self.begin.unix_ms
    }

    /// Works until this time, or until one attempt was made; true where it waits for longer.
    fn run_until(&mut self, end_ms: u64) {
        while self.elapsed_ms() < end_ms {
            match self.delivery.poll(self.now.instant) {
                Step::Load { after } => {
                    let limit = usize::try_from(LOAD_MAX).unwrap();
                    let live = self.outbox.range(after + 1..).filter(|(id, _)| !self.dead.contains(id));
                    let letters = live.map(|(_, letter)| letter.clone()).take(limit).collect();
                    self.delivery.handle_loaded(letters);
                }
                Step::Send(letter) => {
                    self.attempts += 1;
                    let (outcome, took) = (self.receiver)(&letter, self.elapsed_ms());
                    self.now = self.now.plus(took);
                    if outcome == Outcome::Delivered {
                        self.received.push((letter.id, self.elapsed_ms()));
                    }
                    self.delivery.handle_outcome(outcome, self.now);
                }
                Step::Settle { through } => {
                    let dead = self.dead.clone();
                    self.outbox.retain(|id, _| *id > through || dead.contains(id));
                    self.delivery.handle_settled();
                }
                Step::Bury { id, .. } => {
                    self.dead.push(id);
                    self.delivery.handle_buried();
                }
                Step::Wait(until) => {
                    let left = Duration::from_millis(end_ms - self.elapsed_ms());
                    let pause = until.map_or(left, |until| until.saturating_duration_since(self.now.instant).min(left));
                    self.now = self.now.plus(pause.max(Duration::from_millis(1)));
                }
            }
        }
    }

    /// The numbers in the order in which they first came.
    fn firsts(&self) -> Vec<i64> {
        let mut firsts = Vec::new();
        for (id, _) in &self.received {
            if !firsts.contains(id) {
                firsts.push(*id);
            }
        }
        firsts
    }
}

fn delivered(took_ms: u64) -> (Outcome, Duration) {
    (Outcome::Delivered, Duration::from_millis(took_ms))
}

fn fails(why: &str) -> (Outcome, Duration) {
    (Outcome::Failed(why.to_owned()), CONNECT)
}

/// A letter each second for a minute.
fn minute(receiver: Receiver) -> Sim {
    let mut sim = Sim::new(7, receiver);
    for id in 1..=60 {
        sim.post(id);
        sim.run_until(u64::try_from(id).unwrap() * 1_000);
    }
    sim
}

#[test]
fn after_a_minutes_outage_everything_comes_in_order_and_once() {
    let receivers: [(&str, Receiver); 2] = [
        ("down", |_, at| if at < 60_000 { fails("cannot connect") } else { delivered(1) }),
        ("answering 500", |_, at| if at < 60_000 { fails("answered 500") } else { delivered(1) }),
    ];
    for (mood, receiver) in receivers {
        let mut sim = minute(receiver);
        assert_eq!(sim.received, [], "{mood}");
        assert!(sim.attempts < 12, "{mood}: a receiver in need is not stormed: {} attempts", sim.attempts);
        sim.run_until(60_000 + 30_000 + 1_000);
        let ids: Vec<i64> = sim.received.iter().map(|(id, _)| *id).collect();
        assert_eq!(ids, (1..=60).collect::<Vec<_>>(), "{mood}");
        assert!(sim.outbox.is_empty(), "{mood}: what was taken is gone from the outbox");
        let first = sim.received[0].1;
        assert!(first <= 60_000 + 30_000, "{mood}: at most the longest pause after it is back: {first}");
    }
}

#[test]
fn a_slow_receiver_gets_all_in_order() {
    let mut sim = minute(|_, _| delivered(9_000));
    sim.run_until(60 * 9_000 + 1_000);
    assert_eq!(sim.firsts(), (1..=60).collect::<Vec<_>>());
    assert_eq!(sim.received.len(), 60);
}

#[test]
fn a_letter_that_is_refused_is_given_up_and_the_others_get_on() {
    let mut sim = Sim::new(1, |letter, _| match letter.id {
        2 => (Outcome::Rejected("answered 400".to_owned()), CONNECT),
        _ => delivered(1),
    });
    (1..=3).for_each(|id| sim.post(id));
    sim.run_until(60_000);
    assert_eq!(sim.firsts(), [1, 3]);
    assert_eq!(sim.dead, [2]);
    assert_eq!(sim.attempts, 2 + 5);
}

#[test]
fn a_letter_that_grew_too_old_is_given_up() {
    let mut sim = Sim::new(1, |letter, _| if letter.id == 1 { fails("answered 500") } else { delivered(1) });
    sim.post(1);
    sim.run_until(86_400_000 - 60_000);
    assert_eq!(sim.dead, [] as [i64; 0]);
    sim.post(2);
    sim.run_until(86_400_000 + 60_000);
    assert_eq!((sim.dead.clone(), sim.firsts()), (vec![1], vec![2]));
}

#[test]
fn a_kill_loses_nothing_and_repeats_only_what_was_not_noted_down() {
    for seed in 0..50 {
        let mut sim = Sim::new(seed, |_, at| match at / 1_000 % 3 {
            0 => fails("answered 503"),
            1 => delivered(40),
            _ => delivered(5),
        });
        for id in 1..=200 {
            sim.post(id);
            sim.run_until(u64::try_from(id).unwrap() * 37);
            if id % 23 == i64::try_from(seed % 23).unwrap() {
                sim.kill();
            }
        }
        sim.run_until(600_000);
        assert_eq!(sim.firsts(), (1..=200).collect::<Vec<_>>(), "seed {seed}");
        let repeated = sim.received.len() - 200;
        assert!(repeated <= 9 * usize::try_from(SETTLE_EVERY).unwrap(), "seed {seed}: {repeated} came again");
    }
}

#[test]
fn pauses_grow_to_the_longest_and_vary() {
    let mut pauses = Vec::new();
    let mut delivery = Delivery::new(POLICY, Random::seeded(3));
    let mut now = Now { instant: Instant::now(), unix_ms: 0 };
    delivery.handle_loaded(vec![Letter {
        id: 1,
        event_id: String::new(),
        created_ms: 0,
        body: String::new(),
        traceparent: None,
    }]);
    for _ in 0..12 {
        delivery.handle_outcome(Outcome::Failed(String::new()), now);
        let Step::Wait(Some(until)) = delivery.poll(now.instant) else { panic!("it waits") };
        let pause = until - now.instant;
        pauses.push(pause);
        now = now.plus(pause);
    }
    for (attempt, pause) in (0_u32..).zip(&pauses) {
        let full = POLICY.retry_first.saturating_mul(1 << attempt.min(16)).min(POLICY.retry_max);
        assert!(*pause >= full / 2 && *pause <= full, "attempt {attempt}: {pause:?} of {full:?}");
    }
    assert_ne!(pauses[10], pauses[11], "servers do not come back together");
}
