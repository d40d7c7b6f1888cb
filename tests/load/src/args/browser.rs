//! The options of a run with a browser.
use super::RunOptions;
use crate::browser::{CameraSize, PagesPlan};
use crate::media::Pattern;
use crate::plan::{Course, Means, Plan};
use clap::Args;
use std::path::PathBuf;

/// A machine that runs a page a participant is full with this many.
const PARTICIPANTS_MAX: u64 = 16;

/// Options of a run with a browser.
#[derive(Debug, Clone, Args)]
pub struct BrowserOptions {
    /// Where to, and what is reported.
    #[command(flatten)]
    pub run: RunOptions,
    /// Participants, each a page of its own.
    #[arg(long, short = 'n', default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=PARTICIPANTS_MAX))]
    pub participants: u64,
    /// Joins a second.
    #[arg(long, default_value_t = 1.0)]
    pub rate: f64,
    /// Pixels that are asked of the fake camera.
    #[arg(long, default_value_t = 320)]
    pub width: u32,
    /// Pixels.
    #[arg(long, default_value_t = 240)]
    pub height: u32,
    /// Frames a second.
    #[arg(long, default_value_t = 15)]
    pub fps: u32,
    /// The project's tests/browser, where `npm ci` has been run.
    #[arg(long, default_value = "tests/browser")]
    pub folder: PathBuf,
    /// The program node. Chromium is looked for at CHROMIUM_BIN, else at /usr/bin/chromium.
    #[arg(long, default_value = "node")]
    pub node: PathBuf,
}

impl BrowserOptions {
    /// The run that these ask for.
    pub fn plan(&self) -> Plan {
        let camera = CameraSize { width: self.width, height: self.height, frame_rate: self.fps };
        let participants = usize::try_from(self.participants).unwrap_or_default();
        Plan {
            means: Means::Pages(PagesPlan { folder: self.folder.clone(), node: self.node.clone(), camera }),
            pattern: Pattern { fps: self.fps, ..Pattern::default() },
            ..self.run.plan(participants, self.rate, Course::Fixed)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::args::Arguments;
    use clap::Parser as _;

    #[test]
    fn more_pages_than_a_machine_carries_are_refused() {
        let parse = |number| Arguments::try_parse_from(["viaduct-load", "browser", "-n", number]);
        for (number, good) in [("0", false), ("1", true), ("16", true), ("17", false)] {
            assert_eq!(parse(number).is_ok(), good, "{number}");
        }
    }
}
