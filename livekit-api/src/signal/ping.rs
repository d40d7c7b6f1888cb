//! `ping` and its successor `ping_req`: the client sees that signalling lives (livekit.md §2.3).
use crate::peer::LiveKitPeer;
use livekit_protocol as proto;
use proto::signal_response::Message as Response;
use sfu_core::time::Now;

fn unix_ms(now: Now) -> i64 {
    i64::try_from(now.unix_ms).unwrap_or(i64::MAX)
}

pub(super) fn ping(peer: &mut LiveKitPeer, now: Now) {
    peer.note_ping(now);
    peer.send(Response::Pong(unix_ms(now)));
}

pub(super) fn ping_req(peer: &mut LiveKitPeer, ping: proto::Ping, now: Now) {
    peer.note_ping(now);
    peer.send(Response::PongResp(proto::Pong { last_ping_timestamp: ping.timestamp, timestamp: unix_ms(now) }));
}
