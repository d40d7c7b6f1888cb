//! Which of a source's streams a Consumer forwards: the highest that lives and that the receiver wants, changed only
//! where a keyframe of the new one starts. Decides packet by packet; which layers inside the stream go on is `svc`'s,
//! numbers are `rewrite`'s.
use crate::media::codec::PayloadInfo;
use crate::media::command::LayerLimit;

/// What to do with a packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Choice {
    /// Send it.
    Forward,
    /// Send it: the receiver's picture starts anew here, from this layer.
    Start,
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
}

impl LayerChoice {
    pub(super) const fn new(limit: LayerLimit) -> Self {
        Self { wish: limit, allocation: LayerLimit::ALL, limit, current: None }
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

    /// What the receiver's path carries.
    pub(super) const fn allocation(&self) -> LayerLimit {
        self.allocation
    }

    /// The receiver's path carries no better layers than these. True where that changes what is sent.
    pub(super) fn set_allocation(&mut self, allocation: LayerLimit) -> bool {
        self.allocation = allocation;
        let limit = self.wish.lower_of(allocation);
        std::mem::replace(&mut self.limit, limit) != limit
    }

    /// The best layers that may be sent.
    pub(super) const fn limit(&self) -> LayerLimit {
        self.limit
    }

    /// The best layers that may be sent inside one of `count` streams: with several, each is a spatial layer itself.
    pub(super) const fn limit_within(&self, count: usize) -> LayerLimit {
        let spatial = if count > 1 { u8::MAX } else { self.limit.spatial };
        LayerLimit { spatial, ..self.limit }
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
            return Choice::Start;
        }
        if self.current == Some(layer) { Choice::Forward } else { Choice::Ignore }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_happens_only_at_a_keyframe_of_the_wanted_layer() {
        let mut choice = LayerChoice::new(LayerLimit { spatial: 1, temporal: u8::MAX });
        let inter = PayloadInfo { is_frame_start: true, ..PayloadInfo::default() };
        let key = PayloadInfo { is_keyframe_start: true, ..inter };
        let cases = [
            (0, Some(1), inter, Choice::Ignore, "nothing before the first keyframe"),
            (2, Some(1), key, Choice::Ignore, "above the limit"),
            (0, Some(1), key, Choice::Start, "the low layer comes first"),
            (1, Some(1), inter, Choice::Ignore, "the better one has no keyframe yet"),
            (0, Some(1), inter, Choice::Forward, "the low one goes on meanwhile"),
            (0, Some(1), key, Choice::Forward, "a keyframe of the present layer is nothing new"),
            (1, Some(1), key, Choice::Start, "the better layer takes over"),
            (0, Some(1), key, Choice::Ignore, "and stays"),
            (0, Some(0), inter, Choice::Ignore, "the better one died, but no keyframe yet"),
            (0, Some(0), key, Choice::Start, "back to the low one"),
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
}
