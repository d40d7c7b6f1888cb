//! Which layer a Consumer forwards: the highest that lives and that the receiver wants, changed only where a keyframe
//! of the new one starts; and which temporal layers of it. Decides packet by packet; numbers are `rewrite`'s.
use crate::media::codec::PayloadInfo;
use crate::media::command::LayerLimit;

/// What to do with a packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Choice {
    /// Send it.
    Forward,
    /// Send it: the receiver's picture starts anew here, from this layer.
    Start,
    /// Leave it out, as if the source had never sent it.
    Omit,
    /// It is of another layer.
    Ignore,
}

/// One Consumer's choice of layers.
#[derive(Clone, Copy, Debug)]
pub(super) struct LayerChoice {
    /// What the receiver wants.
    wish: LayerLimit,
    /// What its path carries.
    allocation: LayerLimit,
    /// The lower of both.
    limit: LayerLimit,
    current: Option<usize>,
    temporal: u8,
}

impl LayerChoice {
    pub(super) const fn new(limit: LayerLimit) -> Self {
        Self { wish: limit, allocation: LayerLimit::ALL, limit, current: None, temporal: limit.temporal }
    }

    /// The layer that is being forwarded.
    pub(super) const fn current(&self) -> Option<usize> {
        self.current
    }

    /// The receiver wants no better layers than these.
    pub(super) fn set_limit(&mut self, limit: LayerLimit) {
        self.wish = limit;
        self.limit = limit.lower_of(self.allocation);
    }

    /// What the receiver wants, whatever its path carries.
    pub(super) const fn wish(&self) -> LayerLimit {
        self.wish
    }

    /// The receiver's path carries no better layers than these. True where that changes what is sent.
    pub(super) fn set_allocation(&mut self, allocation: LayerLimit) -> bool {
        self.allocation = allocation;
        let limit = self.wish.lower_of(allocation);
        std::mem::replace(&mut self.limit, limit) != limit
    }

    /// Waits for a keyframe again.
    pub(super) const fn restart(&mut self) {
        self.current = None;
    }

    /// The layer that should be forwarded, of `count` layers of which `is_live` tells whether they send: the highest
    /// within the limit, else the lowest that lives at all. `None` where nothing lives.
    pub(super) fn target(&self, count: usize, is_live: impl Fn(usize) -> bool) -> Option<usize> {
        let limit = usize::from(self.limit.spatial);
        let wanted = (0..count).rev().find(|layer| *layer <= limit && is_live(*layer));
        wanted.or_else(|| (0..count).find(|layer| is_live(*layer)))
    }

    /// Decides on a packet of `layer`. `target` is what [`LayerChoice::target`] says now.
    pub(super) fn choose(&mut self, layer: usize, target: Option<usize>, info: &PayloadInfo) -> Choice {
        let is_wanted = match self.current {
            // The first keyframe of any layer that may be sent: a small picture now is better than a large one later.
            None => layer <= usize::from(self.limit.spatial) || target == Some(layer),
            Some(current) => current != layer && target == Some(layer),
        };
        if is_wanted && info.is_keyframe_start {
            self.current = Some(layer);
            self.temporal = self.limit.temporal;
            return Choice::Start;
        }
        if self.current != Some(layer) {
            return Choice::Ignore;
        }
        self.choose_temporal(info)
    }

    /// Temporal layers go down at once and up only where the stream allows it.
    fn choose_temporal(&mut self, info: &PayloadInfo) -> Choice {
        let wanted = self.limit.temporal;
        if wanted < self.temporal || info.is_keyframe_start {
            self.temporal = wanted;
        } else if info.temporal_layer > self.temporal && info.temporal_layer <= wanted && info.is_layer_sync {
            self.temporal = info.temporal_layer;
        }
        if info.temporal_layer > self.temporal { Choice::Omit } else { Choice::Forward }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTER: PayloadInfo = PayloadInfo {
        is_keyframe_start: false,
        is_frame_start: true,
        spatial_layer: 0,
        temporal_layer: 0,
        is_layer_sync: false,
        size: None,
        position: None,
    };
    const KEY: PayloadInfo = PayloadInfo { is_keyframe_start: true, ..INTER };

    #[test]
    fn a_switch_happens_only_at_a_keyframe_of_the_wanted_layer() {
        let mut choice = LayerChoice::new(LayerLimit { spatial: 1, temporal: u8::MAX });
        let cases = [
            (0, Some(1), INTER, Choice::Ignore, "nothing before the first keyframe"),
            (2, Some(1), KEY, Choice::Ignore, "above the limit"),
            (0, Some(1), KEY, Choice::Start, "the low layer comes first"),
            (1, Some(1), INTER, Choice::Ignore, "the better one has no keyframe yet"),
            (0, Some(1), INTER, Choice::Forward, "the low one goes on meanwhile"),
            (0, Some(1), KEY, Choice::Forward, "a keyframe of the present layer is nothing new"),
            (1, Some(1), KEY, Choice::Start, "the better layer takes over"),
            (0, Some(1), KEY, Choice::Ignore, "and stays"),
            (0, Some(0), INTER, Choice::Ignore, "the better one died, but no keyframe yet"),
            (0, Some(0), KEY, Choice::Start, "back to the low one"),
        ];
        for (layer, target, info, expected, message) in cases {
            assert_eq!(choice.choose(layer, target, &info), expected, "{message}");
        }
    }

    #[test]
    fn the_target_is_the_best_living_layer_within_the_limit() {
        let cases = [
            (u8::MAX, [true, true, true], Some(2)),
            (u8::MAX, [true, true, false], Some(1)),
            (1, [true, true, true], Some(1)),
            (0, [false, true, true], Some(1)),
            (0, [false, false, false], None),
        ];
        for (spatial, live, expected) in cases {
            let choice = LayerChoice::new(LayerLimit { spatial, temporal: 0 });
            assert_eq!(choice.target(3, |layer| live[layer]), expected, "{spatial} {live:?}");
        }
    }

    #[test]
    fn temporal_layers_go_down_at_once_and_up_at_a_sync_point() {
        let mut choice = LayerChoice::new(LayerLimit::ALL);
        let tl = |temporal_layer, is_layer_sync| PayloadInfo { temporal_layer, is_layer_sync, ..INTER };
        assert_eq!(choice.choose(0, Some(0), &KEY), Choice::Start);
        assert_eq!(choice.choose(0, Some(0), &tl(2, false)), Choice::Forward);
        choice.set_limit(LayerLimit { spatial: 0, temporal: 0 });
        assert_eq!(choice.choose(0, Some(0), &tl(1, false)), Choice::Omit);
        assert_eq!(choice.choose(0, Some(0), &tl(0, false)), Choice::Forward);
        choice.set_limit(LayerLimit { spatial: 0, temporal: 1 });
        assert_eq!(choice.choose(0, Some(0), &tl(1, false)), Choice::Omit);
        assert_eq!(choice.choose(0, Some(0), &tl(2, true)), Choice::Omit);
        assert_eq!(choice.choose(0, Some(0), &tl(1, true)), Choice::Forward);
        assert_eq!(choice.choose(0, Some(0), &tl(1, false)), Choice::Forward);
    }
}
