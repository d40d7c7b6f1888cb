//! The identifiers of the core: fixed-size numbers, each kind a type of its own.
//!
//! They are random numbers inside a range that every protocol's alphabet can spell, so no face needs an id table: how
//! an id is printed and parsed on a wire is that face's own affair.
use crate::random::Random;
use std::fmt;
use std::num::NonZeroU64;

/// One upper-case letter and nine alphanumerics: the room that OpenVidu's `con_…` spelling has (openvidu-v2 section 0).
pub const WIDE_IDS: u64 = 26 * 62u64.pow(9);
/// One upper-case letter and three alphanumerics: the room of the middle part of OpenVidu's `str_CAM_XXXX_con_…`.
pub const NARROW_IDS: u64 = 26 * 62u64.pow(3);

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $range:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(NonZeroU64);

        impl $name {
            /// How many different ids of this kind there are; the numbers run from 1 to this, inclusive.
            pub const RANGE: u64 = $range;

            /// Draws a new id.
            pub fn random(random: &mut Random) -> Self {
                let number = random.below(Self::RANGE);
                Self(NonZeroU64::MIN.saturating_add(number))
            }

            /// The id with this number, or `None` where it is zero or out of range.
            pub fn from_number(number: u64) -> Option<Self> {
                NonZeroU64::new(number).filter(|n| n.get() <= Self::RANGE).map(Self)
            }

            /// The number behind the id, from 1 to [`Self::RANGE`].
            pub fn number(self) -> u64 {
                self.0.get()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

id!(/// A room's life: a room made anew under an old name has a new one.
    RoomId, WIDE_IDS);
id!(/// A participant of a room, or a seat reserved for one.
    ParticipantId, WIDE_IDS);
id!(/// A published audio or video track.
    TrackId, WIDE_IDS);
id!(/// The label of the tracks that one participant publishes together (camera and microphone); unique per participant.
    StreamId, NARROW_IDS);
id!(/// One ICE and DTLS association.
    TransportId, WIDE_IDS);
id!(/// One incoming RTP source (all its simulcast layers).
    ProducerId, WIDE_IDS);
id!(/// One outgoing copy of a Producer.
    ConsumerId, WIDE_IDS);
id!(/// One signalling client, from its first frame to its end, across resumed sockets.
    PeerId, WIDE_IDS);

/// A media worker, counted from 0.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct WorkerId(pub u8);

/// The number of a command; its answer is the event that carries the same number. Chosen by the sender.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct RequestId(pub u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_ids_stay_in_range_and_survive_their_number() {
        let mut random = Random::seeded(7);
        for _ in 0..10_000 {
            let id = StreamId::random(&mut random);
            assert!((1..=StreamId::RANGE).contains(&id.number()));
            assert_eq!(StreamId::from_number(id.number()), Some(id));
        }
    }

    #[test]
    fn zero_and_numbers_out_of_range_are_no_ids() {
        assert_eq!(ParticipantId::from_number(0), None);
        assert_eq!(StreamId::from_number(NARROW_IDS + 1), None);
        assert!(StreamId::from_number(NARROW_IDS).is_some());
    }
}
