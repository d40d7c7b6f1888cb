//! OpenVidu v2's events for backends: what is sent to a webhook and written into the CDR (openvidu-v2 section 6).
//!
//! [`events`] turns a room's record into them, in v2's order; [`crashed`] writes the ends of what was live when a server
//! broke down. Both are pure: delivery, files and the database are the gateway's.
mod crash;
mod event;
mod fields;
mod recording;
mod translate;

pub use crash::{OpenEvent, crashed};
pub use event::{EVENT_NAMES, Life, SHOWN_BY_DEFAULT, V2Event};
pub use recording::{RecordingEvent, RecordingOutput, RecordingPicture};
pub use translate::events;
