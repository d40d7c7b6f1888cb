//! What is logged of a room: each step of everybody's way through it, at debug, and at trace what comes without end.
//!
//! For operators who look for a fault in one room: whose step it is says the span in which the shard works. What clients say
//! to each other, their metadata and their session descriptions are no steps.
use sfu_core::capability::Refusal;
use sfu_core::media::MediaEvent;
use sfu_core::room::{RoomCommand, RoomEvent};
use tracing::{debug, trace};

/// Somebody wants something of the room.
pub(super) fn asked(command: &RoomCommand) {
    match command {
        RoomCommand::Join(_) => debug!("joining"),
        RoomCommand::Leave { reason } => debug!(?reason, "leaving"),
        RoomCommand::Publish(publish) => {
            let kinds = publish.tracks.iter().map(|track| (track.kind, track.source)).collect::<Vec<_>>();
            debug!(source = ?publish.stream.source, tracks = ?kinds, "publishing");
        }
        RoomCommand::AddCodec { track, codec, .. } => debug!(?track, ?codec, "adding a codec to a track"),
        RoomCommand::Unpublish(target) => debug!(?target, "unpublishing"),
        RoomCommand::Negotiate { role, renew, .. } => debug!(?role, renew, "negotiating"),
        RoomCommand::RestartIce { role } => debug!(?role, "restarting ICE"),
        RoomCommand::SwitchPath(path) => debug!(?path, "switching the path of media"),
        RoomCommand::SetMuted { track, muted, .. } => debug!(?track, muted, "muting or unmuting"),
        RoomCommand::Subscribe(subscribe) => debug!(target = ?subscribe.target, "subscribing"),
        RoomCommand::Unsubscribe(target) => debug!(?target, "unsubscribing"),
        RoomCommand::SetSubscribed { participant, tracks, subscribed } => {
            debug!(by = ?participant, ?tracks, subscribed, "subscribing or unsubscribing somebody");
        }
        RoomCommand::Admit(admissions) => debug!(restricted = admissions.is_some(), "saying who may subscribe"),
        RoomCommand::Remove { participant, reason } => debug!(who = ?participant, ?reason, "putting somebody out"),
        RoomCommand::SendAway { participant, .. } => debug!(who = ?participant, "sending somebody to another room"),
        RoomCommand::ForceUnpublish { participant, target } => {
            debug!(who = ?participant, ?target, "making somebody unpublish");
        }
        RoomCommand::UpdateParticipant { .. } => debug!("changing what is known of a participant"),
        RoomCommand::Reserve(_) => debug!("reserving a seat"),
        RoomCommand::CancelReservation(participant) => debug!(seat = ?participant, "giving a seat up"),
        RoomCommand::UpdateRoom(_) => debug!("changing the room's settings"),
        RoomCommand::PublishDataTrack { handle, .. } => debug!(handle, "publishing a data track"),
        RoomCommand::UnpublishDataTrack { handle } => debug!(handle, "unpublishing a data track"),
        RoomCommand::Close { reason } => debug!(?reason, "ending the room"),
        RoomCommand::CapReceiving(bitrate_bps) => trace!(?bitrate_bps, "bounding what is received"),
        RoomCommand::AddCandidate { role, .. } => trace!(?role, "adding a candidate"),
        RoomCommand::ChangeStream { stream, .. } => trace!(?stream, "changing a stream"),
        RoomCommand::TuneSubscription { tracks, .. } => trace!(?tracks, "tuning subscriptions"),
        RoomCommand::SubscribeData { tracks } => trace!(?tracks, "subscribing to data tracks"),
        RoomCommand::Signal(_)
        | RoomCommand::SendData(_)
        | RoomCommand::ReplayData { .. }
        | RoomCommand::SendFrame { .. }
        | RoomCommand::PerformRpc(_)
        | RoomCommand::AnswerRpc { .. }
        | RoomCommand::SendChannel { .. } => trace!("sending a message"),
        RoomCommand::SimulateSpeaking { .. } | RoomCommand::Describe => trace!("asking"),
    }
}

/// The room says something: of all that, what stands against somebody's wish is told.
pub(super) fn said(event: &RoomEvent) {
    if let RoomEvent::Refused { refusal, .. } = event {
        refused(refusal);
    }
}

/// Somebody does not get what was asked for.
pub(super) fn refused(refusal: &Refusal) {
    debug!(%refusal, "refused");
}

/// A worker reports something of the room's media.
pub(super) fn reported(event: &MediaEvent) {
    match event {
        MediaEvent::PathFound(transport) => debug!(%transport, "ICE: a path"),
        MediaEvent::TransportConnected(transport) => debug!(%transport, "media is connected"),
        MediaEvent::TransportDisconnected(transport) => debug!(%transport, "media is cut off"),
        MediaEvent::TransportClosed { transport, cause } => debug!(%transport, ?cause, "media has ended"),
        MediaEvent::ChannelOpened { transport, label } => debug!(%transport, label, "a data channel is open"),
        MediaEvent::ProducerStarted { producer, codec } => debug!(%producer, ?codec, "first packet of a source"),
        MediaEvent::ConsumerStarted(consumer) => debug!(%consumer, "first packet to a receiver"),
        MediaEvent::ConsumerMismatch { consumer, codec } => {
            debug!(%consumer, ?codec, "the receiver does not take the source's codec");
        }
        MediaEvent::ConsumerStarved { consumer, starved } => debug!(%consumer, starved, "the path carries too little"),
        MediaEvent::ChannelMessage { transport, label, .. } => trace!(%transport, label, "a message came"),
        MediaEvent::ProducerHeard { producer, level } => trace!(%producer, level, "heard"),
        MediaEvent::Stats(stats) => trace!(?stats, "counters of a Transport"),
        MediaEvent::ProducerStats(stats) => trace!(?stats, "counters of a source"),
    }
}
