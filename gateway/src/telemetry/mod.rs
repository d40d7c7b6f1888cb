//! What the server says of itself: its log, its traces, counts, and its figures for Prometheus (who may read them is
//! `http::metrics`'s affair).
mod caller;
mod context;
mod figures;
mod histogram;
mod livekit;
mod load;
mod log;
mod masking;
mod meters;
mod otlp;
mod process;
mod refusals;
mod requests;
mod room_filter;
mod room_levels;
mod traces;

pub use caller::{Caller, Protocol};
pub use context::{HEADER as TRACE_HEADER, TraceContext};
pub use figures::{Figures, write};
pub use histogram::Histogram;
pub use livekit::NAMES as LIVEKIT_NAMES;
pub use load::{LoadHistory, LoadSample, Totals};
pub use log::start as start_log;
pub use masking::Mask;
pub use meters::{Count, Deliveries, JoinStep, Joins, Meters, Paths, StoreMeter, Traffic};
pub use otlp::{OtlpError, start as start_traces};
pub use process::memory_bytes;
pub use refusals::Refusals;
pub use requests::{Requests, UNROUTED, method_label};
pub use room_levels::{ROOMS_MAX as ROOM_LEVELS_MAX, RoomLevels, TooManyRooms, room_levels};
pub use traces::{Finished, Kind, Traces};
