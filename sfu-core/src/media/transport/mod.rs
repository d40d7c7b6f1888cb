//! One peer's association: ICE, DTLS and SCTP, its SRTP keys and its RTCP. What is inside the packets is `media::rtp`'s.

pub(in crate::media) mod certificate;
pub mod rtcp;
pub mod srtp;
