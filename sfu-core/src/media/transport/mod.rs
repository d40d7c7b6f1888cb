//! One peer's association: its SRTP keys and its RTCP. What is inside the packets is `media::rtp`'s.

pub mod rtcp;
pub mod srtp;
