//! What a run was asked to do, as its reports say it.
use crate::browser::{CameraSize, Ready};
use crate::plan::{Course, Means, Plan};
use serde::Serialize;

/// What participants were, where they were pages of a browser.
#[derive(Clone, Debug, Serialize)]
pub struct PagesSettings {
    /// The browser and its SDK.
    #[serde(flatten)]
    pub browser: Ready,
    /// What cameras gave.
    pub camera: CameraSize,
}

/// What a run was asked to do.
#[derive(Clone, Debug, Serialize)]
pub struct Settings {
    /// The server.
    pub url: String,
    /// Participants at most.
    pub participants: usize,
    /// Participants of a room.
    pub rooms_of: usize,
    /// Joins a second.
    pub rate: f64,
    /// How the number of participants goes.
    pub course: Course,
    /// Pictures a second that were asked of a camera.
    pub fps: u32,
    /// Of the picture, kilobits a second; 0: what a browser likes.
    pub video_kbps: u32,
    /// The picture is sent in layers.
    pub simulcast: bool,
    /// How often each socket is looked at, which arrival times are as coarse as, milliseconds.
    pub tick_ms: u64,
    /// Wait before each measurement, seconds.
    pub warmup_s: f64,
    /// Length of each, seconds.
    pub window_s: f64,
    /// Largest share of lost packets.
    pub loss_max: f64,
    /// What participants were, where they were pages of a browser: they sent as they liked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages: Option<PagesSettings>,
}

impl Settings {
    /// Of a plan.
    pub(super) fn of(plan: &Plan, browser: Option<&Ready>) -> Self {
        let pages = match &plan.means {
            Means::Packets => None,
            Means::Pages(pages) => {
                browser.map(|browser| PagesSettings { browser: browser.clone(), camera: pages.camera })
            }
        };
        Self {
            url: plan.url.clone(),
            participants: plan.participants,
            rooms_of: plan.rooms_of,
            rate: plan.rate,
            course: plan.course,
            fps: plan.pattern.fps,
            video_kbps: plan.pattern.video_kbps,
            simulcast: plan.pattern.simulcast,
            tick_ms: plan.tick.as_millis() as u64,
            warmup_s: plan.warmup.as_secs_f64(),
            window_s: plan.window.as_secs_f64(),
            loss_max: plan.loss_max,
            pages,
        }
    }
}
