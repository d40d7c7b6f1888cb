//! What a client wants of a track that it receives, as the worker is told.
use crate::call::{accept_offers, publish_both};
use crate::harness::{Hall, find};
use livekit_protocol as proto;
use proto::signal_request::Message as Request;
use proto::signal_response::Message as Response;
use sfu_core::media::{LayerLimit, MediaCommand};

#[test]
fn few_pictures_a_second_are_temporal_layers_left_out() {
    let mut hall = Hall::new();
    let (anna, ben) = (hall.join_v0("anna", ""), hall.join_v0("ben", ""));
    accept_offers(&mut hall, ben);
    let published = publish_both(&mut hall, anna);
    accept_offers(&mut hall, ben);
    let sid = find(&published, |response| match response {
        Response::TrackPublished(published) => published.track.clone().filter(|track| track.r#type == 1),
        _ => None,
    })
    .sid;
    for (fps, temporal) in [(4, 0), (15, 1), (30, u8::MAX), (0, u8::MAX)] {
        let track_sids = vec![sid.clone()];
        let quality = proto::VideoQuality::High.into();
        let wanted = proto::UpdateTrackSettings { track_sids, fps, quality, ..Default::default() };
        hall.media.clear();
        hall.request(ben, Request::TrackSetting(wanted));
        let limits = hall.media.iter().filter_map(|command| match command {
            MediaCommand::LimitConsumer { limit, .. } => Some(*limit),
            _ => None,
        });
        assert_eq!(limits.collect::<Vec<_>>(), [LayerLimit { spatial: u8::MAX, temporal }], "{fps}");
    }
}
