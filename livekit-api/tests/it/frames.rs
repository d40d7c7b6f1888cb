//! Any frame at all: the peer answers or closes, and never panics.
use crate::harness::Hall;
use livekit_protocol as proto;
use proptest::prelude::*;
use prost::Message;
use sfu_core::signal::Frame;

fn real_requests() -> impl Strategy<Value = proto::SignalRequest> {
    use proto::signal_request::Message as Request;
    let sid = prop_oneof![".{0,20}", "TR_[A-Z]{2}[A-Za-z0-9]{10}", "PA_[A-Za-z0-9]{10}"];
    let message = prop_oneof![
        (sid.clone(), any::<bool>()).prop_map(|(sid, muted)| Request::Mute(proto::MuteTrackRequest { sid, muted })),
        (".{0,300}", any::<u32>()).prop_map(|(sdp, id)| Request::Offer(proto::SessionDescription {
            sdp,
            id,
            ..Default::default()
        })),
        (".{0,300}", any::<u32>()).prop_map(|(sdp, id)| Request::Answer(proto::SessionDescription {
            sdp,
            id,
            ..Default::default()
        })),
        (".{0,80}", any::<i32>()).prop_map(|(candidate_init, target)| Request::Trickle(proto::TrickleRequest {
            candidate_init,
            target,
            r#final: false
        })),
        (".{0,20}", any::<i32>(), any::<i32>(), any::<u32>()).prop_map(|(cid, kind, source, width)| Request::AddTrack(
            proto::AddTrackRequest { cid, r#type: kind % 3, source: source % 6, width, ..Default::default() }
        )),
        (prop::collection::vec(sid.clone(), 0..4), any::<bool>()).prop_map(|(track_sids, subscribe)| {
            Request::Subscription(proto::UpdateSubscription { track_sids, subscribe, ..Default::default() })
        }),
        (prop::collection::vec(sid, 0..4), any::<i32>(), any::<u32>()).prop_map(|(track_sids, quality, width)| {
            Request::TrackSetting(proto::UpdateTrackSettings { track_sids, quality, width, ..Default::default() })
        }),
        any::<i64>().prop_map(Request::Ping),
    ];
    message.prop_map(|message| proto::SignalRequest { message: Some(message) })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_answered_or_closed(frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..8)) {
        let mut hall = Hall::new();
        let anna = hall.join_v0("anna", "");
        hall.take(anna);
        for bytes in frames {
            hall.frame(anna, Frame::Binary(bytes.clone()));
            hall.frame(anna, Frame::Text(String::from_utf8_lossy(&bytes).into_owned()));
            hall.channel(anna, bytes);
        }
        let seen = hall.seen(anna);
        prop_assert!(seen.closed.is_some() || !seen.responses.is_empty());
    }

    #[test]
    fn any_order_of_real_requests_is_borne(requests in prop::collection::vec(real_requests(), 1..12)) {
        let mut hall = Hall::new();
        let anna = hall.join_v0("anna", "");
        let ben = hall.join_v1("ben", &proto::JoinRequest { participant_sid: "-".to_owned(), ..Default::default() });
        for (number, request) in requests.into_iter().enumerate() {
            let client = if number % 2 == 0 { anna } else { ben };
            hall.frame(client, Frame::Binary(request.encode_to_vec()));
            // JSON spells enums by name: numbers without one exist in protobuf alone.
            if let Ok(text) = serde_json::to_string(&request) {
                hall.frame(client, Frame::Text(text));
            }
        }
        prop_assert!(!hall.seen(anna).finished && !hall.seen(ben).finished);
    }
}
