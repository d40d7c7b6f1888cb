//! What a request waits for, and what its answer comes to.
use super::{Reply, join_room, publish_video, receive_video_from, reconnect_stream};
use crate::config::V2Config;
use crate::ids::ConnectionRef;
use crate::membership::Membership;
use crate::refusal::{code, to_rpc};
use crate::sdp::print;
use crate::wire::RpcError;
use serde_json::json;
use sfu_core::capability::{NotFound, NotNow, Refusal};
use sfu_core::id::ParticipantId;
use sfu_core::random::Random;
use sfu_core::room::{RoomEvent, StreamKey};

/// What is kept of a request until the room has answered its command.
pub(crate) enum Waiting {
    /// To be in the session.
    Join(Box<join_room::Joining>),
    /// To be out of it.
    Leave,
    /// For the answer to an offer of a new stream.
    Publish,
    /// For the answer to an offer of a stream that is published already; the time is that of the new one, ms since 1970.
    Republish { created_ms: u64 },
    /// For our offer of a stream.
    Prepare(StreamKey),
    /// For the answer to the client's offer, or for its answer to be taken.
    Receive { key: StreamKey, at: ConnectionRef },
    /// For the end of a subscription.
    Unsubscribe(StreamKey),
    /// For a signal to be delivered.
    Signal,
    /// For somebody to be out.
    ForceDisconnect(ParticipantId),
    /// For somebody's stream to be gone.
    ForceUnpublish(StreamKey),
    /// For something that has no answer of its own.
    Done,
}

/// What the peer does after an answer.
pub(crate) enum Outcome {
    /// Replies.
    Reply(Reply),
    /// Replies as a member of a session from now on.
    Joined(Box<Membership>, Reply),
    /// Replies and is no longer a member.
    Left(Reply),
}

impl Waiting {
    /// The reply that the room's answer comes to.
    pub(crate) fn finish(
        self,
        answer: RoomEvent,
        membership: Option<&mut Membership>,
        config: &V2Config,
        random: &mut Random,
    ) -> Result<Outcome, RpcError> {
        if let Self::Join(joining) = self {
            return join_room::finish(*joining, answer, config, random);
        }
        if let RoomEvent::Refused { refusal, .. } = answer {
            return self.refused(&refusal);
        }
        let Some(membership) = membership else {
            return Err(RpcError::new(code::USER_NOT_FOUND, "The client is no longer in the session."));
        };
        let reply = match self {
            Self::Leave => return Ok(Outcome::Left(Reply::new())),
            Self::Publish => publish_video::finish(answer, membership)?,
            Self::Republish { created_ms } => reconnect_stream::finish(answer, membership, created_ms)?,
            Self::Prepare(key) => prepared(key, answer, membership)?,
            Self::Receive { key, at } => receive_video_from::finish(key, at, answer, membership),
            Self::Unsubscribe(key) => {
                membership.forget_stream(key);
                Reply::new()
            }
            Self::Join(_) | Self::Signal | Self::ForceDisconnect(_) | Self::ForceUnpublish(_) | Self::Done => {
                Reply::new()
            }
        };
        Ok(Outcome::Reply(reply))
    }

    /// The reply to a refusal, in the method's own words where it has some.
    fn refused(&self, refusal: &Refusal) -> Result<Outcome, RpcError> {
        let said = |code| RpcError::new(code, refusal.to_string());
        match (self, refusal) {
            (Self::Leave, _) => Ok(Outcome::Left(Reply::new())),
            (Self::Signal, Refusal::NotFound(NotFound::Participant) | Refusal::NotSupported(_)) => {
                Err(said(code::SIGNAL_TO))
            }
            (Self::Receive { .. }, Refusal::Invalid { .. }) => Err(said(code::SDP)),
            (Self::ForceUnpublish(_), Refusal::NotFound(_) | Refusal::NotNow(NotNow::NotPublishing)) => {
                Err(said(code::USER_NOT_FOUND))
            }
            (_, refusal) => Err(to_rpc(refusal)),
        }
    }
}

fn prepared(key: StreamKey, answer: RoomEvent, membership: &mut Membership) -> Result<Reply, RpcError> {
    let RoomEvent::Negotiated { description: Some(offer), .. } = answer else {
        return Err(RpcError::new(code::MEDIA, "There is nothing to offer."));
    };
    membership.prepared.insert(key);
    let mut reply = Reply::new();
    reply.insert("sdpOffer".to_owned(), json!(print(&offer, &membership.name_of(key))));
    Ok(reply)
}
