//! Simulations: a real Worker against full WebRTC peers over an emulated network, in virtual time.
//!
//! A run is made by its seed, which is printed; DTLS alone draws its own randomness, so compare what was decrypted. The
//! parts: `network` (loss, delay, order), `client` (a peer), `source` and `scheme` (what it sends), `world` (everything
//! together and the clock), `reference` (the same without a Worker), `further` (more than one Worker). The stories are
//! in the other files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod client;
mod further;
mod network;
mod reference;
mod scheme;
mod source;
mod world;

mod bandwidth;
mod busy;
mod channels;
mod differential;
mod forwarding;
mod large;
mod layers;
mod learning;
mod loss;
mod paths;
mod silence;
mod spanning;
mod svc;
