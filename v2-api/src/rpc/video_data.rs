//! `videoData`: what a publisher measures of its own video. Feeds nothing here; acknowledged.
use super::{Reply, Step};

pub(super) fn start() -> Step {
    Step::Reply(Reply::new())
}
