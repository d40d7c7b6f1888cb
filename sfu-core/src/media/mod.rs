//! The media core: packets in, packets out.
//!
//! The outside sees [`MediaCommand`], [`MediaEvent`] and the Worker that takes the one and gives the other. Nothing in
//! here knows of rooms, participants or signalling.
mod arena;
mod audio_level;
mod bandwidth;
mod clock;
pub mod codec;
mod command;
pub mod congestion;
mod consumer;
mod datagram;
mod demux;
mod event;
mod feedback;
#[cfg(feature = "fuzzing")]
pub mod fuzz;
mod pipe;
mod prefetch;
mod producer;
mod reports;
mod router;
pub mod rtp;
mod timer;
pub mod transport;
mod worker;

pub use audio_level::AudioLevelConfig;
pub use command::{
    ConsumerParams, LayerLimit, MediaCommand, MirrorParams, ProducerParams, ReceiveCodec, SendCodec, TransportParams,
    WorkerFacts,
};
pub use datagram::{LocalAddress, Route, Transmit};
pub use event::{FailureCause, MediaEvent, ProducerStats, TransportStats};
pub use pipe::PipeBatch;
pub use worker::{DropCounters, Worker, WorkerCensus, WorkerConfig, WorkerCounters, WorkerError, worker_of_check};
