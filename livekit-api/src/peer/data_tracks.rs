//! What becomes of a client's data tracks, and the frames on them (livekit.md §3.7).
use super::{LiveKitPeer, Pending};
use crate::{describe, ids, refusal};
use livekit_protocol as proto;
use proto::data_track_subscriber_handles::PublishedDataTrack;
use proto::request_response::{Reason, Request as Echo};
use proto::signal_response::Message as Response;
use sfu_core::capability::{NotFound, Refusal};
use sfu_core::id::RequestId;
use sfu_core::room::{DataTrackInfo, ReceivedDataTrack, RoomCommand};
use sfu_core::signal::ChannelMessage;
use sfu_core::time::Now;

/// The channel for frames of data tracks.
pub(super) const DATA_TRACK: &str = "_data_track";
/// Bytes of a frame's header, and where in it the number of its track stands.
const HEADER_BYTES: usize = 12;
const HANDLE_AT: usize = 2;

impl LiveKitPeer {
    /// A track was published, or it was not any more.
    pub(super) fn on_data_track(&mut self, request: RequestId, track: &DataTrackInfo, published: bool) {
        if self.pending.remove(&request).is_none() {
            return;
        }
        let info = Some(describe::data_track(track));
        self.send(if published {
            Response::PublishDataTrackResponse(proto::PublishDataTrackResponse { info })
        } else {
            Response::UnpublishDataTrackResponse(proto::UnpublishDataTrackResponse { info })
        });
    }

    /// SDKs read the reason with the request echoed as their own typed error (livekit-errors.md §2.0).
    pub(crate) fn refuse_data_track(&mut self, echo: Echo, refusal: &Refusal) {
        let reason = match refusal {
            Refusal::Invalid { what: "handle", .. } => Reason::DuplicateHandle,
            Refusal::Invalid { what: "name", .. } => Reason::DuplicateName,
            Refusal::NotSupported(_) => Reason::NotAllowed,
            Refusal::NotAllowed(_)
            | Refusal::NotNow(_)
            | Refusal::LimitReached(_)
            | Refusal::NotFound(_)
            | Refusal::Invalid { .. } => refusal::signal(refusal),
        };
        self.respond(0, reason, &refusal.to_string(), Some(echo));
        self.count(refusal);
    }

    /// Which track each number stands for that frames to this client bear.
    pub(super) fn say_data_tracks(&mut self, tracks: Vec<ReceivedDataTrack>) {
        let named = |received: ReceivedDataTrack| {
            let track = PublishedDataTrack {
                publisher_identity: received.identity,
                publisher_sid: ids::participant_sid(received.publisher),
                track_sid: ids::data_track_sid(received.track),
            };
            (u32::from(received.handle), track)
        };
        let sub_handles = tracks.into_iter().map(named).collect();
        self.send(Response::DataTrackSubscriberHandles(proto::DataTrackSubscriberHandles { sub_handles }));
    }

    /// A frame from the client.
    pub(super) fn forward_frame(&mut self, message: &ChannelMessage, now: Now) {
        let frame = message.payload.as_slice();
        let handle = frame.get(HANDLE_AT..).and_then(|rest| rest.first_chunk()).map(|bytes| u16::from_be_bytes(*bytes));
        let Some(handle) = handle.filter(|_| frame.len() >= HEADER_BYTES) else {
            let why = "it is shorter than its header".to_owned();
            return self.refuse_data(None, &Refusal::Invalid { what: "data track frame", why }, now);
        };
        if !self.me.as_ref().is_some_and(|me| me.data_tracks.iter().any(|track| track.handle == handle)) {
            return self.refuse_data(None, &Refusal::NotFound(NotFound::Track), now);
        }
        let (label, frame) = (message.label.clone(), frame.to_vec());
        let command = RoomCommand::SendFrame { handle, handle_at: HANDLE_AT, label, frame };
        self.request(command, Pending::Data { rpc: None });
    }
}
