//! Participants that are pages of a real Chromium with a real SDK: their own decoders, their own congestion control.
//!
//! A program of Node in `tests/browser` opens the pages and works them; `lines` is what is said to and by it, `board` what
//! is known of the pages by that, `driver` the program as a process, `attend` one attempt of one participant. The
//! measurements and the order of joins are the run's, as for other participants.
mod attend;
mod board;
mod driver;
mod lines;

pub(crate) use attend::{attend, prepare};
pub use driver::{Driver, DriverError};
pub use lines::Ready;

use serde::Serialize;
use std::path::PathBuf;

/// How pages are made.
#[derive(Clone, Debug)]
pub struct PagesPlan {
    /// The project's `tests/browser`, with its packages installed.
    pub folder: PathBuf,
    /// The program `node`.
    pub node: PathBuf,
    /// What everybody's camera gives.
    pub camera: CameraSize,
}

/// A camera's pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CameraSize {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Pictures a second.
    pub frame_rate: u32,
}

#[cfg(test)]
mod tests;
