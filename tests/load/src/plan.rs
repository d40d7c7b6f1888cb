//! What a run does, as values: whom it joins, what is sent, and how the number of participants goes.
use crate::media::Pattern;
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

/// A whole run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// `ws://host:port` or `http://host:port`.
    pub url: String,
    /// API key.
    pub key: String,
    /// Its secret.
    pub secret: String,
    /// What rooms' names begin with.
    pub room_prefix: String,
    /// Participants at most.
    pub participants: usize,
    /// Participants of a room.
    pub rooms_of: usize,
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
                levels
            }
        }
    }

    /// The room of a participant.
    pub fn room_of(&self, participant: usize) -> String {
        format!("{}-{}", self.room_prefix, participant / self.rooms_of.max(1))
    }
}
