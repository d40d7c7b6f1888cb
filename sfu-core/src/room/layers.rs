//! Wishes about received tracks, as limits for the worker.
use super::TransportRole;
use super::answer::{Answered, Ask};
use super::backup::layers_for;
use super::command::SubscriptionWishes;
use super::meeting::Room;
use super::subscription::Stage;
use super::track::{LayerSpec, StreamKey, TrackSource};
use crate::capability::{NotFound, Refusal};
use crate::id::{ParticipantId, TrackId};
use crate::media::{LayerLimit, MediaCommand};
use crate::sdp::MediaKind;

/// Frames a second up to which the lowest of three temporal layers is enough (a quarter of 30).
const LOWEST_TEMPORAL_FPS: u32 = 8;
/// Frames a second up to which the lower two of three temporal layers are enough (half of 30).
const MIDDLE_TEMPORAL_FPS: u32 = 15;

impl Room {
    pub(super) fn tune(
        &mut self,
        ask: Ask,
        tracks: &[TrackId],
        wishes: SubscriptionWishes,
    ) -> Result<Answered, Refusal> {
        let id = self.sender(&ask)?;
        if !tracks.is_empty() && tracks.iter().all(|track| self.publisher_of(*track).is_none()) {
            return Err(Refusal::NotFound(NotFound::Track));
        }
        for track in tracks {
            let Some((key, kind)) = self.publisher_of(*track) else { continue };
            let (limit, weight) = (self.limit_of(id, key, kind, &wishes), self.weight_of(key, kind, &wishes));
            let Some(participant) = self.roster.get_mut(id) else { continue };
            participant.wishes.insert(*track, wishes);
            let role = participant.common_downlink().unwrap_or(TransportRole::Down(key));
            let consumer = participant.consumer_of(key, kind).filter(|consumer| consumer.stage == Stage::Open);
            let Some(consumer) = consumer.map(|consumer| consumer.id) else { continue };
            let Some((worker, _)) = self.address_of(id, role) else { continue };
            self.media(worker, MediaCommand::PauseConsumer { consumer, paused: wishes.disabled });
            if kind == MediaKind::Video {
                self.media(worker, MediaCommand::LimitConsumer { consumer, limit, weight });
            }
        }
        Ok(self.done(ask))
    }

    /// Narrows the Transport that a participant receives everything on.
    pub(super) fn cap_receiving(&mut self, ask: Ask, bitrate_bps: Option<u64>) -> Result<Answered, Refusal> {
        let id = self.sender(&ask)?;
        let role = self.roster.get(id).and_then(|participant| participant.common_downlink());
        let address = role.and_then(|role| self.address_of(id, role));
        let (worker, transport) = address.ok_or(Refusal::NotFound(NotFound::Transport))?;
        self.media(worker, MediaCommand::CapTransport { transport, bitrate_bps });
        Ok(self.done(ask))
    }

    /// The best layers of a half of a stream that fulfil the wishes, in the codec in which the viewer gets it.
    pub(super) fn limit_of(
        &self,
        viewer: ParticipantId,
        key: StreamKey,
        kind: MediaKind,
        wishes: &SubscriptionWishes,
    ) -> LayerLimit {
        let stream = self.roster.get(key.participant).and_then(|publisher| publisher.stream(key.stream));
        let consumer = self.roster.get(viewer).and_then(|viewer| viewer.consumer_of(key, kind));
        let layers = stream.and_then(|stream| stream.half(kind)).map(|track| layers_for(track, consumer));
        limit(layers.unwrap_or_default(), wishes)
    }

    /// The weight of a half of a stream beside others. A shared screen is what is being looked at, unless told otherwise.
    pub(super) fn weight_of(&self, key: StreamKey, kind: MediaKind, wishes: &SubscriptionWishes) -> u8 {
        let stream = self.roster.get(key.participant).and_then(|publisher| publisher.stream(key.stream));
        let source = stream.and_then(|stream| stream.half(kind)).map(|track| track.info.spec.source);
        let is_screen = source == Some(TrackSource::ScreenShare);
        wishes.priority.unwrap_or(if is_screen { u8::MAX } else { 1 })
    }
}

fn limit(layers: &[LayerSpec], wishes: &SubscriptionWishes) -> LayerLimit {
    let by_size = match (wishes.width, wishes.height) {
        (None, None) => None,
        (width, height) => smallest_covering(layers, width.unwrap_or(0), height.unwrap_or(0)),
    };
    let spatial = [wishes.max_spatial, by_size].into_iter().flatten().min().unwrap_or(u8::MAX);
    let temporal = match wishes.frames_per_second {
        None | Some(0) => u8::MAX,
        Some(fps) if fps <= LOWEST_TEMPORAL_FPS => 0,
        Some(fps) if fps <= MIDDLE_TEMPORAL_FPS => 1,
        Some(_) => u8::MAX,
    };
    LayerLimit { spatial, temporal }
}

/// The smallest layer that fills this many pixels; `None` where none does, or the layers' sizes are unknown.
fn smallest_covering(layers: &[LayerSpec], width: u32, height: u32) -> Option<u8> {
    let covers = |layer: &&LayerSpec| layer.width >= width && layer.height >= height;
    layers.iter().filter(covers).map(|layer| layer.spatial).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers() -> Vec<LayerSpec> {
        let layer = |spatial: u8, width, height| LayerSpec {
            spatial,
            rid: String::new(),
            width,
            height,
            bitrate_bps: 0,
            ssrc: 0,
        };
        vec![layer(0, 320, 180), layer(1, 640, 360), layer(2, 1280, 720)]
    }

    #[test]
    fn wishes_become_the_best_layers_that_fulfil_them() {
        let all = SubscriptionWishes::default();
        let cases = [
            ("no wish", all, (u8::MAX, u8::MAX)),
            ("quality", SubscriptionWishes { max_spatial: Some(1), ..all }, (1, u8::MAX)),
            ("exact size", SubscriptionWishes { width: Some(640), height: Some(360), ..all }, (1, u8::MAX)),
            ("one pixel more", SubscriptionWishes { width: Some(641), height: Some(360), ..all }, (2, u8::MAX)),
            ("larger than all", SubscriptionWishes { width: Some(4000), height: None, ..all }, (u8::MAX, u8::MAX)),
            ("the lower of two", SubscriptionWishes { width: Some(1280), max_spatial: Some(0), ..all }, (0, u8::MAX)),
            ("few frames", SubscriptionWishes { frames_per_second: Some(8), ..all }, (u8::MAX, 0)),
            ("half the frames", SubscriptionWishes { frames_per_second: Some(15), ..all }, (u8::MAX, 1)),
            ("all frames", SubscriptionWishes { frames_per_second: Some(30), ..all }, (u8::MAX, u8::MAX)),
        ];
        for (name, wishes, (spatial, temporal)) in cases {
            assert_eq!(limit(&layers(), &wishes), LayerLimit { spatial, temporal }, "{name}");
        }
    }
}
