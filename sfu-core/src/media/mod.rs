//! The media core: packets in, packets out.
//!
//! The outside sees [`MediaCommand`], [`MediaEvent`] and the Worker that takes the one and gives the other. Nothing in
//! here knows of rooms, participants or signalling.
pub mod codec;
mod command;
pub mod congestion;
mod datagram;
mod event;
pub mod rtp;
pub mod transport;
mod worker;

pub use command::{
    ConsumerParams, LayerLimit, MediaCommand, ProducerParams, ReceiveCodec, SendCodec, TransportParams, WorkerFacts,
};
pub use datagram::{LocalAddress, Route, Transmit};
pub use event::{FailureCause, MediaEvent, TransportStats};
pub use worker::{Worker, WorkerConfig, WorkerError};
