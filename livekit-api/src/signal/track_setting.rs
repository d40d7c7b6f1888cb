//! `track_setting`: what the client wishes to receive of tracks it is subscribed to (livekit.md §3.5).
use crate::ids;
use crate::peer::{LiveKitPeer, Pending};
use livekit_protocol as proto;
use proto::VideoQuality;
use sfu_core::capability::{NotFound, Refusal};
use sfu_core::room::{RoomCommand, SubscriptionWishes};

pub(super) fn track_setting(peer: &mut LiveKitPeer, request: &proto::UpdateTrackSettings) {
    let tracks: Vec<_> = request.track_sids.iter().filter_map(|sid| ids::parse_track_sid(sid)).collect();
    if tracks.len() < request.track_sids.len() {
        peer.refuse(0, &Refusal::NotFound(NotFound::Track), None);
    }
    if tracks.is_empty() {
        return;
    }
    let wishes = wishes(request);
    let pending = Pending::Echo { request_id: 0, echo: None, confirm: false };
    peer.request(RoomCommand::TuneSubscription { tracks, wishes }, pending);
}

/// A size says more than a quality: where there is one, the quality is only its unset default.
fn wishes(request: &proto::UpdateTrackSettings) -> SubscriptionWishes {
    let some = |value: u32| (value > 0).then_some(value);
    let (width, height) = (some(request.width), some(request.height));
    let by_quality = width.is_none() && height.is_none() && !request.disabled;
    let quality = by_quality.then(|| VideoQuality::try_from(request.quality).unwrap_or(VideoQuality::High));
    let (max_spatial, off) = match quality {
        Some(VideoQuality::Low) => (Some(0), false),
        Some(VideoQuality::Medium) => (Some(1), false),
        Some(VideoQuality::High) | None => (None, false),
        Some(VideoQuality::Off) => (None, true),
    };
    SubscriptionWishes {
        disabled: request.disabled || off,
        max_spatial,
        width,
        height,
        frames_per_second: some(request.fps),
        priority: some(request.priority).map(|priority| u8::try_from(priority).unwrap_or(u8::MAX)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_go_before_qualities_and_disabled_before_both() {
        let settings = |disabled, quality: VideoQuality, width, height| proto::UpdateTrackSettings {
            disabled,
            quality: quality.into(),
            width,
            height,
            ..proto::UpdateTrackSettings::default()
        };
        let all = SubscriptionWishes::default();
        let cases = [
            (settings(false, VideoQuality::High, 0, 0), all),
            (settings(false, VideoQuality::Medium, 0, 0), SubscriptionWishes { max_spatial: Some(1), ..all }),
            (settings(false, VideoQuality::Low, 0, 0), SubscriptionWishes { max_spatial: Some(0), ..all }),
            (settings(false, VideoQuality::Off, 0, 0), SubscriptionWishes { disabled: true, ..all }),
            (
                settings(false, VideoQuality::Low, 640, 360),
                SubscriptionWishes { width: Some(640), height: Some(360), ..all },
            ),
            (
                proto::UpdateTrackSettings { priority: 7, ..settings(false, VideoQuality::High, 0, 0) },
                SubscriptionWishes { priority: Some(7), ..all },
            ),
            (
                proto::UpdateTrackSettings { priority: 1_000, ..settings(false, VideoQuality::High, 0, 0) },
                SubscriptionWishes { priority: Some(255), ..all },
            ),
            (settings(true, VideoQuality::Low, 0, 0), SubscriptionWishes { disabled: true, ..all }),
        ];
        for (request, expected) in cases {
            assert_eq!(wishes(&request), expected, "{request:?}");
        }
    }
}
