//! `echo`: says that signalling works; SDKs ask before they reconnect media.
use super::{Reply, Step};

pub(super) fn start() -> Step {
    Step::Reply(Reply::new())
}
