//! `subscription_permission`: a publisher's allow-list of subscribers. Not built: everything but the default is refused.
use crate::peer::LiveKitPeer;
use livekit_protocol as proto;
use proto::request_response::Reason;

pub(super) fn subscription_permission(peer: &mut LiveKitPeer, request: &proto::SubscriptionPermission) {
    if request.all_participants {
        return;
    }
    let text = "subscription permissions are not implemented: every participant may still subscribe to your tracks";
    peer.respond(0, Reason::UnsupportedType, text, None);
}
