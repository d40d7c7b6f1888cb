//! What a run does, as values: whom it joins, what is sent, and how the number of participants goes.
use crate::browser::PagesPlan;
use crate::media::Pattern;
use crate::signal::Entrance;
use serde::Serialize;
use std::time::Duration;

/// How the number of participants goes.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Course {
    /// All of them join, then one measurement is made.
    Fixed,
    /// More join step by step, and each step is measured, until it is too much.
    Ramp {
        /// Participants of the first step.
        from: usize,
        /// More with each step.
        step: usize,
    },
}

/// What a participant does in its room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Publishes, and receives others.
    Talks,
    /// Publishes, and there is nobody else that does.
    Sends,
    /// Receives only.
    Watches,
}

impl Part {
    /// It publishes.
    pub const fn publishes(self) -> bool {
        matches!(self, Self::Talks | Self::Sends)
    }

    /// There is somebody to receive.
    pub const fn receives(self) -> bool {
        matches!(self, Self::Talks | Self::Watches)
    }
}

/// What participants are.
#[derive(Clone, Debug)]
pub enum Means {
    /// Senders and counters of packets.
    Packets,
    /// Pages of a browser, which send and receive as they like: the pattern, the beat and the checks are not for them.
    Pages(PagesPlan),
}

/// A whole run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// `ws://host:port` or `http://host:port`.
    pub url: String,
    /// How one gets in.
    pub entrance: Entrance,
    /// What participants are.
    pub means: Means,
    /// What rooms' names begin with.
    pub room_prefix: String,
    /// Participants at most.
    pub participants: usize,
    /// Participants of a room.
    pub rooms_of: usize,
    /// How many of a room publish, the first ones; the others only watch.
    pub publishers: usize,
    /// Joins a second.
    pub rate: f64,
    /// How the number goes.
    pub course: Course,
    /// What everybody sends.
    pub pattern: Pattern,
    /// Wait between the last join and a measurement.
    pub warmup: Duration,
    /// Length of a measurement.
    pub window: Duration,
    /// How long a participant may take to be up.
    pub patience: Duration,
    /// Beat of the media thread.
    pub tick: Duration,
    /// Every n-th packet is opened as a check.
    pub verify_every: u32,
    /// Largest share of lost packets, 0 to 1, before a participant has failed or a step was too much.
    pub loss_max: f64,
    /// The system may hand over and take several datagrams at a time (GRO, GSO), as no real participant's would.
    pub offload: bool,
    /// The server's process, where its costs are to be measured.
    pub server_pid: Option<u32>,
    /// Says less on the way.
    pub quiet: bool,
}

impl Plan {
    /// The numbers of participants that are measured, rising.
    pub fn levels(&self) -> Vec<usize> {
        match self.course {
            Course::Fixed => vec![self.participants],
            Course::Ramp { from, step } => {
                let mut levels: Vec<usize> = (from.max(1)..=self.participants).step_by(step.max(1)).collect();
                if levels.last() != Some(&self.participants) {
                    levels.push(self.participants);
                }
                // Nobody is left alone in a room while others are still to come.
                let rooms_of = self.rooms_of.max(1);
                for level in &mut levels {
                    let lonely = rooms_of > 1 && *level % rooms_of == 1 && *level < self.participants;
                    *level += usize::from(lonely);
                }
                levels.dedup();
                levels
            }
        }
    }

    /// What a participant does in its room.
    pub fn part(&self, participant: usize) -> Part {
        let rooms_of = self.rooms_of.max(1);
        let place = participant % rooms_of;
        let company = rooms_of.min(self.participants - (participant - place));
        match self.publishers.min(company) {
            publishers if place >= publishers => Part::Watches,
            1 => Part::Sends,
            _ => Part::Talks,
        }
    }

    /// The room of a participant.
    pub fn room_of(&self, participant: usize) -> String {
        format!("{}-{}", self.room_prefix, participant / self.rooms_of.max(1))
    }
}

#[cfg(test)]
mod tests {
    use crate::args::LoadOptions;
    use crate::plan::{Course, Part};
    use clap::Parser as _;

    #[test]
    fn levels_rise_to_the_end_and_leave_nobody_alone() {
        for (arguments, from, step, levels) in [
            (&["-n", "24"][..], 8, 8, &[8usize, 16, 24][..]),
            (&["-n", "20"], 8, 8, &[8, 16, 20]),
            (&["-n", "6", "--rooms-of", "4"], 1, 2, &[2, 3, 6]),
        ] {
            let options = LoadOptions::parse_from(["load"].iter().chain(arguments));
            assert_eq!(options.plan(Course::Ramp { from, step }).levels(), levels, "{arguments:?}");
        }
    }

    #[test]
    fn only_the_last_of_a_room_that_never_fills_hears_nobody() {
        let plan = LoadOptions::parse_from(["load", "-n", "9"]).plan(Course::Fixed);
        let alone: Vec<usize> = (0..9).filter(|number| plan.part(*number) == Part::Sends).collect();
        assert_eq!(alone, [8]);
        let plan = LoadOptions::parse_from(["load", "-n", "2", "--rooms-of", "1"]).plan(Course::Fixed);
        assert_eq!([0, 1].map(|number| plan.part(number)), [Part::Sends; 2]);
    }

    #[test]
    fn the_first_of_each_room_publish_and_the_others_watch() {
        let plan = LoadOptions::parse_from(["load", "-n", "6", "--rooms-of", "3", "--publishers", "1"]);
        let parts: Vec<Part> = (0..6).map(|number| plan.plan(Course::Fixed).part(number)).collect();
        assert_eq!(parts, [Part::Sends, Part::Watches, Part::Watches].repeat(2));
        let plan = LoadOptions::parse_from(["load", "-n", "3", "--rooms-of", "3", "--publishers", "2"]);
        let parts: Vec<Part> = (0..3).map(|number| plan.plan(Course::Fixed).part(number)).collect();
        assert_eq!(parts, [Part::Talks, Part::Talks, Part::Watches]);
    }
}
