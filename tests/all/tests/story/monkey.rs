//! Everybody does anything, in any order: what each sees and hears is compared with what was done, after every step.
//!
//! Guards against: faults that need an order of events nobody thought of. A failure names its seed; the same seed is the
//! same run. `VIADUCT_RUNS` makes more of them.
use crate::harness::{Client, Kind, Source, World};
use sfu_core::random::Random;
use std::collections::BTreeMap;
use std::time::Duration;

/// The first run's seed, and how many are always made.
const FIRST_SEED: u64 = 1000;
const RUNS: u64 = 8;
/// Steps of one run.
const STEPS: usize = 40;
const NAMES: [&str; 4] = ["alice", "bob", "carol", "dave"];
const KINDS: [Kind; 4] = [Kind::V2, Kind::V2Old, Kind::LiveKitTwo, Kind::LiveKitOne];

/// Somebody as the story knows it.
struct Person {
    name: &'static str,
    kind: Kind,
    client: Client,
    /// Its published sources; true: muted.
    published: BTreeMap<Source, bool>,
    /// Steps until its lost socket comes back; `None`: it has one.
    away: Option<u64>,
}

/// The room as it must look.
struct Model {
    world: World,
    random: Random,
    people: Vec<Person>,
}

impl Model {
    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.random.below(from.len() as u64)).expect("a place")]
    }

    fn step(&mut self) {
        self.bring_back();
        let absent: Vec<&str> =
            NAMES.iter().copied().filter(|name| self.people.iter().all(|person| person.name != *name)).collect();
        let here: Vec<usize> = (0..self.people.len()).filter(|index| self.people[*index].away.is_none()).collect();
        let action = self.random.below(12);
        match action {
            0 | 1 if !absent.is_empty() => self.enter(&absent),
            2 if here.len() > 1 => self.leave(&here),
            3 if !here.is_empty() => self.cut(&here),
            4 => self.world.wait(Duration::from_millis(700)),
            5..=7 if !here.is_empty() => self.publish(&here),
            8 if !here.is_empty() => self.unpublish(&here),
            9..=11 if !here.is_empty() => self.mute(&here),
            _ if !absent.is_empty() => self.enter(&absent),
            _ => {}
        }
        self.world.settle();
        self.check();
    }

    fn bring_back(&mut self) {
        for person in &mut self.people {
            match person.away {
                Some(0) => {
                    person.away = None;
                    self.world.come_back(person.client);
                }
                Some(steps) => person.away = Some(steps - 1),
                None => {}
            }
        }
    }

    fn enter(&mut self, absent: &[&'static str]) {
        let (name, kind) = (self.pick(absent), self.pick(&KINDS));
        let client = self.world.enter(kind, name);
        self.people.push(Person { name, kind, client, published: BTreeMap::new(), away: None });
    }

    fn leave(&mut self, here: &[usize]) {
        let index = self.pick(here);
        let person = self.people.remove(index);
        self.world.leave(person.client);
    }

    fn cut(&mut self, here: &[usize]) {
        let index = self.pick(here);
        self.people[index].away = Some(self.random.below(4));
        self.world.cut(self.people[index].client);
    }

    fn publish(&mut self, here: &[usize]) {
        let index = self.pick(here);
        let sources = if self.people[index].kind.is_v2() {
            self.pick(&[[true, false], [false, true], [true, true]])
                .into_iter()
                .zip([Source::Microphone, Source::Camera])
                .filter_map(|(wanted, source)| wanted.then_some(source))
                .collect()
        } else {
            vec![self.pick(&[Source::Microphone, Source::Camera, Source::Screen, Source::ScreenSound])]
        };
        let person = &mut self.people[index];
        let taken =
            if person.kind.is_v2() { !person.published.is_empty() } else { person.published.contains_key(&sources[0]) };
        if !taken {
            person.published.extend(sources.iter().map(|source| (*source, false)));
            self.world.publish(person.client, &sources);
        }
    }

    fn unpublish(&mut self, here: &[usize]) {
        let index = self.pick(here);
        let published: Vec<Source> = self.people[index].published.keys().copied().collect();
        if published.is_empty() {
            return;
        }
        let source = self.pick(&published);
        let person = &mut self.people[index];
        if person.kind.is_v2() {
            person.published.clear();
        } else {
            person.published.remove(&source);
        }
        self.world.unpublish(person.client, source);
    }

    fn mute(&mut self, here: &[usize]) {
        let index = self.pick(here);
        let published: Vec<Source> = self.people[index].published.keys().copied().collect();
        if published.is_empty() {
            return;
        }
        let source = self.pick(&published);
        let person = &mut self.people[index];
        let muted = person.published.get_mut(&source).expect("published");
        *muted = !*muted;
        self.world.mute(person.client, source, *muted);
    }

    /// Several people do something at the same time.
    fn burst(&mut self) {
        self.world.hold();
        let here: Vec<usize> = (0..self.people.len()).filter(|index| self.people[*index].away.is_none()).collect();
        for index in here {
            match self.random.below(6) {
                0 | 1 => self.publish(&[index]),
                2 => self.unpublish(&[index]),
                3 | 4 => self.mute(&[index]),
                _ => {}
            }
        }
        self.world.release();
        self.check();
    }

    /// Everybody with a socket sees and hears exactly what the others do.
    fn check(&self) {
        for viewer in self.people.iter().filter(|person| person.away.is_none()) {
            let others: Vec<&Person> = self.people.iter().filter(|person| person.name != viewer.name).collect();
            assert_eq!(
                self.world.shown(viewer.client),
                expected_view(&others),
                "{} ({:?}) sees",
                viewer.name,
                viewer.kind
            );
            let playing = self.world.playing(viewer.client);
            for other in others {
                for (source, muted) in &other.published {
                    let track = format!("{} {}", other.name, source.name());
                    let plays = playing.contains(&track);
                    // A muted v2 client goes on sending black and silence.
                    if !muted || !other.kind.is_v2() {
                        assert_eq!(
                            plays, !muted,
                            "{} ({:?}) and {track} of {:?}",
                            viewer.name, viewer.kind, other.kind
                        );
                    }
                }
            }
            let known = |track: &String| {
                self.people.iter().any(|person| {
                    person.published.keys().any(|source| format!("{} {}", person.name, source.name()) == *track)
                })
            };
            assert!(playing.iter().all(known), "{} plays what nobody publishes: {playing:?}", viewer.name);
        }
    }
}

fn expected_view(others: &[&Person]) -> String {
    let mut view = crate::harness::view::View::default();
    for person in others {
        view.person(person.name);
        for (source, muted) in &person.published {
            let tile = view.tile(person.name, if source.is_screen() { "screen" } else { "camera" });
            if source.is_sound() {
                tile.sound = !muted;
            } else {
                tile.picture = !muted;
            }
        }
    }
    view.to_string()
}

#[test]
fn what_happens_at_the_same_time_and_arrives_in_any_order_ends_alike() {
    for seed in seeds() {
        let mut world = World::new("everybody does anything at the same time", seed);
        world.jumble();
        let mut model = Model { world, random: Random::seeded(seed), people: Vec::new() };
        for _ in 0..STEPS / 2 {
            model.step();
            model.burst();
        }
    }
}

/// The seeds of this run.
fn seeds() -> std::ops::Range<u64> {
    let runs = std::env::var("VIADUCT_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(RUNS);
    FIRST_SEED..FIRST_SEED + runs
}

#[test]
fn whatever_everybody_does_all_see_and_hear_the_same() {
    for seed in seeds() {
        let world = World::new("everybody does anything", seed);
        let mut model = Model { world, random: Random::seeded(seed), people: Vec::new() };
        for _ in 0..STEPS {
            model.step();
        }
    }
}
