//! What is said to the program that works the pages, and what it says: one JSON value a line.
use super::CameraSize;
use crate::media::Tally;
use serde::{Deserialize, Serialize};

/// What it is told to do. It holds tokens, so it is not for logs.
#[derive(Serialize)]
#[serde(tag = "do", rename_all = "lowercase")]
pub(super) enum Order {
    /// Opens an empty page.
    Open {
        /// Whose.
        participant: usize,
    },
    /// The page joins and publishes.
    Join {
        /// Whose.
        participant: usize,
        /// How it gets in.
        join: Admission,
        /// What it publishes.
        publish: CameraSize,
        /// It is up without anybody else.
        alone: bool,
    },
    /// Says goodbye and closes the page.
    Leave {
        /// Whose.
        participant: usize,
    },
    /// Looks at all pages.
    Look {
        /// For the answer.
        number: u64,
    },
}

/// What a page needs to join.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Admission {
    /// To a LiveKit room.
    LiveKit {
        /// The server.
        url: String,
        /// An access token.
        token: String,
    },
    /// To an OpenVidu v2 session.
    V2 {
        /// A connection's token, which names the server.
        token: String,
        /// What others are shown.
        name: String,
    },
}

/// What is driven.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Ready {
    /// The browser and its version.
    pub browser: String,
    /// The SDK and its version.
    pub sdk: String,
}

/// What it says.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub(super) enum Event {
    /// The browser is there.
    Ready(Ready),
    /// A participant's page is there.
    Opened { participant: usize },
    /// What a participant does now.
    Step { participant: usize, step: String },
    /// A page's figures so far.
    Figures { participant: usize, figures: Figures },
    /// A participant counts as connected.
    Up { participant: usize },
    /// It has failed; its page is closed.
    Failed { participant: usize, reason: String },
    /// It has left, as told.
    Left { participant: usize },
    /// All pages have been looked at.
    Looked { number: u64 },
    /// An order was not understood.
    Trouble { reason: String },
}

/// A page's figures since its start, by `getStats`, over all its streams.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Figures {
    received: u64,
    lost: u64,
    bytes: u64,
    pub(super) sent: u64,
    /// The largest of a stream that is there, milliseconds.
    pub(super) jitter_ms: f64,
    /// Streams that are there.
    pub(super) streams: u32,
    pub(super) frames_decoded: u64,
    /// From each picture's announcement to its showing, milliseconds.
    pub(super) first_frames_ms: Vec<f64>,
    /// From its join to both associations standing, milliseconds.
    pub(super) connect_ms: Option<f64>,
}

impl Figures {
    /// In the terms of other participants' counts.
    pub(super) fn tally(&self) -> Tally {
        Tally { expected: self.received + self.lost, received: self.received, repeated: 0, bytes: self.bytes }
    }
}
