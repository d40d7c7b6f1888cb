//! `MutePublishedTrack`: mutes a track; unmutes it only where the configuration lets it (livekit.md §3.4).
use super::super::call::require_admin;
use crate::port::LiveKitPort;
use crate::refusal::{self, TwirpCode, TwirpError};
use crate::token::VideoGrant;
use crate::{describe, ids};
use livekit_protocol as proto;
use sfu_core::capability::{NotFound, Refusal};
use sfu_core::id::TrackId;
use sfu_core::room::{ParticipantInfo, RoomCommand};

pub(super) async fn mute_published_track(
    port: &dyn LiveKitPort,
    grant: &VideoGrant,
    request: proto::MuteRoomTrackRequest,
) -> Result<proto::MuteRoomTrackResponse, TwirpError> {
    require_admin(grant, &request.room)?;
    let missing = || refusal::twirp(&Refusal::NotFound(NotFound::Track));
    let participant = super::find_participant(port, &request.room, &request.identity).await?;
    let track = ids::parse_track_sid(&request.track_sid).ok_or_else(missing)?;
    find_track(&participant, track).ok_or_else(missing)?;
    if !request.muted && !port.config().room.enable_remote_unmute {
        return Err(TwirpError::new(TwirpCode::FailedPrecondition, "remote unmute not enabled"));
    }
    let command = RoomCommand::SetMuted { participant: Some(participant.id), track, muted: request.muted };
    super::order(port, &request.room, command).await?;
    let participant = super::find_participant(port, &request.room, &request.identity).await?;
    Ok(proto::MuteRoomTrackResponse { track: find_track(&participant, track) })
}

fn find_track(participant: &ParticipantInfo, id: TrackId) -> Option<proto::TrackInfo> {
    let tracks = participant.streams.iter().flat_map(|stream| stream.tracks().map(move |track| (stream, track)));
    let (stream, track) = tracks.into_iter().find(|(_, track)| track.id == id)?;
    Some(describe::track(participant, stream, track))
}
