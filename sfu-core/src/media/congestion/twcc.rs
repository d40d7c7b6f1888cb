//! Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01), both halves:
//! [`ArrivalRecorder`] tells a sending peer what arrived, so that it raises its bitrate; [`SendRecorder`] pairs what we
//! sent with what a receiving peer reports. The wire form is `transport::rtcp`'s.

mod arrivals;
mod departures;

pub use arrivals::{ArrivalRecorder, FEEDBACK_INTERVAL};
pub use departures::{PacketResult, SendCounters, SendRecorder};
