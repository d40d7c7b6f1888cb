//! `UpdateSubscriptions`: subscribes somebody to tracks, or ends that. Tracks that are not there do no harm.
use super::super::call::require_admin;
use crate::ids;
use crate::port::LiveKitPort;
use crate::refusal::TwirpError;
use crate::token::VideoGrant;
use livekit_protocol as proto;
use sfu_core::room::RoomCommand;

pub(super) async fn update_subscriptions(
    port: &dyn LiveKitPort,
    grant: &VideoGrant,
    request: proto::UpdateSubscriptionsRequest,
) -> Result<proto::UpdateSubscriptionsResponse, TwirpError> {
    require_admin(grant, &request.room)?;
    let participant = super::find_participant(port, &request.room, &request.identity).await?.id;
    let listed = request.participant_tracks.iter().flat_map(|tracks| &tracks.track_sids);
    let tracks = request.track_sids.iter().chain(listed).filter_map(|sid| ids::parse_track_sid(sid)).collect();
    let command = RoomCommand::SetSubscribed { participant, tracks, subscribed: request.subscribe };
    super::order(port, &request.room, command).await?;
    Ok(proto::UpdateSubscriptionsResponse {})
}
