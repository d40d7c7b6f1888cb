//! RTP as bytes and numbers: headers, extensions, sequence continuity, packet cache, loss and keyframe requests.
//! Everything here is per stream and knows neither peers nor keys; those are `media::transport`'s.

pub mod extension;
pub mod header;
pub mod sequence;
