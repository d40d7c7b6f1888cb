//! A connection on which the client receives a stream broke on our side: it is offered a new one, without being asked.
//!
//! SDKs from 2.19 on answer with `reconnectStream`. The others find out by their own connectivity checks.
use super::{Place, V2Peer};
use crate::sdp::print;
use crate::wire::Notification;
use sfu_core::id::RequestId;
use sfu_core::room::{RoomCommand, RoomEvent, StreamKey, Subscribe, SubscribeVia, SubscriptionTarget};

impl V2Peer {
    /// Asks the room for an offer of a stream whose connection broke.
    pub(super) fn renew(&mut self, key: StreamKey) {
        let Place::Inside(membership) = &mut self.place else { return };
        if !membership.takes_offers || !membership.received.values().any(|received| *received == key) {
            return;
        }
        membership.prepared.remove(&key);
        let room = membership.room.clone();
        let via = SubscribeVia::ServerOffer { renew: true };
        let subscribe = Subscribe { target: SubscriptionTarget::Stream(key), via };
        let request = self.send(room, RoomCommand::Subscribe(Box::new(subscribe)));
        self.renewals.insert(request, key);
    }

    /// The room's answer, where it is one to [`Self::renew`]; a refusal leaves the client to its own checks.
    pub(super) fn renewed(&mut self, request: RequestId, answer: &RoomEvent) -> bool {
        let Some(key) = self.renewals.remove(&request) else { return false };
        let Place::Inside(membership) = &mut self.place else { return true };
        let RoomEvent::Negotiated { description: Some(offer), .. } = answer else {
            tracing::debug!(?key, "a broken connection was not renewed");
            return true;
        };
        let at = membership.received.iter().find(|(_, received)| **received == key).map(|(at, _)| at.to_string());
        let Some(connection_id) = at else { return true };
        membership.prepared.insert(key);
        let stream_id = membership.name_of(key);
        let sdp_offer = print(offer, &stream_id);
        self.notify([Notification::ForciblyReconnectSubscriber { connection_id, stream_id, sdp_offer }]);
        true
    }
}
