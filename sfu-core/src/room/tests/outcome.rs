//! What came out of one input, for a test to look at.
use super::scene::Who;
use crate::capability::Refusal;
use crate::id::{RequestId, TrackId};
use crate::room::*;
use crate::sdp::Description;

/// All that came out of one input.
pub struct Outcome {
    pub outputs: Vec<RoomOutput>,
    pub answer: Option<RoomEvent>,
}

impl Outcome {
    pub fn joined(&self) -> &Joined {
        match &self.answer {
            Some(RoomEvent::Joined { joined, .. }) => joined,
            other => panic!("not joined: {other:?}"),
        }
    }

    pub fn refusal(&self) -> Refusal {
        match &self.answer {
            Some(RoomEvent::Refused { refusal, .. }) => {
                let told = self.outputs.len();
                assert_eq!(told, 1, "a refused command changes nothing: {:?}", self.outputs);
                refusal.clone()
            }
            other => panic!("not refused: {other:?}"),
        }
    }

    #[track_caller]
    pub fn done(self) -> Self {
        assert!(matches!(self.answer, Some(RoomEvent::Done { .. })), "{:?}", self.answer);
        self
    }

    #[track_caller]
    pub fn published(&self) -> (StreamInfo, Vec<TrackId>, Option<Description>) {
        match &self.answer {
            Some(RoomEvent::Published { stream, tracks, answer, .. }) => {
                (StreamInfo::clone(stream), tracks.clone(), answer.as_deref().cloned())
            }
            other => panic!("not published: {other:?}"),
        }
    }

    #[track_caller]
    pub fn negotiated(&self) -> (Option<Description>, Vec<TrackId>) {
        match &self.answer {
            Some(RoomEvent::Negotiated { description, tracks, .. }) => {
                (description.as_deref().cloned(), tracks.iter().map(|(_, track)| *track).collect())
            }
            other => panic!("not negotiated: {other:?}"),
        }
    }

    #[track_caller]
    pub fn description(&self) -> Description {
        self.negotiated().0.expect("a description")
    }

    #[track_caller]
    pub fn described(&self) -> RoomSnapshot {
        match &self.answer {
            Some(RoomEvent::Described { room, .. }) => RoomSnapshot::clone(room),
            other => panic!("not described: {other:?}"),
        }
    }

    /// The events to one participant.
    pub fn to(&self, who: Who) -> Vec<&RoomEvent> {
        let to_them = |output| match output {
            &RoomOutput::Event { to: Origin::Peer(peer), ref event } if peer == who.peer => Some(event),
            _ => None,
        };
        self.outputs.iter().filter_map(to_them).collect()
    }

    /// The offer that was made to one participant.
    #[track_caller]
    pub fn offer_to(&self, who: Who) -> Description {
        let offers = self.to(who).into_iter().filter_map(|event| match event {
            RoomEvent::OfferMade { offer, .. } => Some(Description::clone(offer)),
            _ => None,
        });
        let offers: Vec<_> = offers.collect();
        assert_eq!(offers.len(), 1, "one offer: {:?}", self.outputs);
        offers[0].clone()
    }
}

/// The number of the command that an event answers.
pub fn number_of(event: &RoomEvent) -> Option<RequestId> {
    match event {
        RoomEvent::Joined { request, .. }
        | RoomEvent::Refused { request, .. }
        | RoomEvent::Done { request }
        | RoomEvent::Published { request, .. }
        | RoomEvent::Negotiated { request, .. }
        | RoomEvent::Described { request, .. }
        | RoomEvent::Reserved { request, .. }
        | RoomEvent::DataTrackPublished { request, .. }
        | RoomEvent::DataTrackUnpublished { request, .. }
        | RoomEvent::RpcAnswered { request, .. } => Some(*request),
        RoomEvent::OfferMade { .. }
        | RoomEvent::SectionsWanted { .. }
        | RoomEvent::ParticipantChanged { .. }
        | RoomEvent::RoomChanged { .. }
        | RoomEvent::MutedByServer { .. }
        | RoomEvent::TrackSubscribed { .. }
        | RoomEvent::SubscriptionAllowed { .. }
        | RoomEvent::Graded { .. }
        | RoomEvent::StreamPaused { .. }
        | RoomEvent::Moved { .. }
        | RoomEvent::QualityMeasured { .. }
        | RoomEvent::Signalled { .. }
        | RoomEvent::DataReceived { .. }
        | RoomEvent::DataTracksReceived { .. }
        | RoomEvent::RpcAsked { .. }
        | RoomEvent::SpeakersChanged { .. }
        | RoomEvent::LayersWanted { .. }
        | RoomEvent::TransportChanged { .. }
        | RoomEvent::ChannelMessage(_)
        | RoomEvent::Closed { .. } => None,
    }
}
