//! `subscription_permission`: a publisher's allow-list of subscribers (livekit.md §3.5). Each one replaces the last.
use crate::ids;
use crate::peer::{LiveKitPeer, Pending};
use livekit_protocol as proto;
use sfu_core::capability::Refusal;
use sfu_core::room::{Admission, RoomCommand};

pub(super) fn subscription_permission(peer: &mut LiveKitPeer, request: &proto::SubscriptionPermission) {
    let admissions = if request.all_participants {
        Ok(None)
    } else {
        request.track_permissions.iter().map(admission).collect::<Result<Vec<_>, _>>().map(Some)
    };
    match admissions {
        Ok(admissions) => {
            let pending = Pending::Echo { request_id: 0, echo: None, confirm: false };
            peer.request(RoomCommand::Admit(admissions), pending);
        }
        Err(refusal) => peer.refuse(0, &refusal, None),
    }
}

/// Sids that spell no participant or track name nobody and nothing, as those of who has left do.
fn admission(permission: &proto::TrackPermission) -> Result<Admission, Refusal> {
    if permission.participant_identity.is_empty() && permission.participant_sid.is_empty() {
        let why = "a track permission needs an identity or a sid".to_owned();
        return Err(Refusal::Invalid { what: "subscription permission", why });
    }
    let tracks = permission.track_sids.iter().filter_map(|sid| ids::parse_track_sid(sid)).collect();
    Ok(Admission {
        identity: permission.participant_identity.clone(),
        participant: ids::parse_participant_sid(&permission.participant_sid),
        tracks: (!permission.all_tracks).then_some(tracks),
    })
}
