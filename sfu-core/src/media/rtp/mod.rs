//! RTP as bytes and numbers: headers, extensions, sequence and timestamp continuity, packet cache, loss and keyframe
//! requests. Everything here is per stream and knows neither peers nor keys; those are `media::transport`'s.

pub mod cache;
pub mod extension;
pub mod header;
pub mod keyframe;
pub mod nack;
pub mod reception;
pub mod sequence;
pub mod timestamp;
