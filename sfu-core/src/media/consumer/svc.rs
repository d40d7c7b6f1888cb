//! Which spatial and temporal layers of one stream a Consumer forwards, where one SSRC holds them all (VP9, AV1).
//!
//! All layers up to the limit are sent, also those that a higher one does not need, so that a receiver can go down at
//! any picture. Up goes a spatial layer only at a keyframe or in a picture that says so, before the picture's end was
//! marked. Which of several streams is forwarded is `simulcast`'s; numbers are `rewrite`'s.
use crate::media::codec::PayloadInfo;
use crate::media::command::LayerLimit;

/// A timestamp that goes back by more is a new beginning rather than a late packet: 10 s at 90 kHz.
const LATE_MAX_TICKS: u32 = 900_000;

/// Changes remembered, to measure late packets by what held at their time: a repair takes a few pictures' time.
const CHANGES_KEPT: usize = 4;

/// One Consumer's choice of layers within a stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct SvcChoice {
    /// What the present picture was begun with.
    limit: LayerLimit,
    /// The layers that are forwarded.
    current: LayerLimit,
    /// Timestamp of the newest picture.
    picture: Option<u32>,
    /// The last changes, newest first: the timestamp of the first picture after it, and what held before.
    changes: [Option<(u32, LayerLimit)>; CHANGES_KEPT],
    /// The newest picture's last packet of the highest forwarded layer went out marked.
    is_marked: bool,
    verdicts: FrameVerdicts,
}

/// A packet that goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Kept {
    /// It is the last one of its picture that this receiver gets.
    pub(super) ends_picture: bool,
}

impl SvcChoice {
    pub(super) const fn new(limit: LayerLimit) -> Self {
        Self {
            limit,
            current: limit,
            picture: None,
            changes: [None; CHANGES_KEPT],
            is_marked: false,
            verdicts: FrameVerdicts::new(),
        }
    }

    /// Begins anew with a keyframe of whatever stream.
    pub(super) const fn start(&mut self, limit: LayerLimit) {
        *self = Self::new(limit);
    }

    /// The highest layers that are forwarded at present.
    pub(super) const fn current(&self) -> LayerLimit {
        self.current
    }

    /// Decides on a packet with this timestamp; `None`: leave it out, as if the source had never sent it.
    pub(super) fn choose(&mut self, limit: LayerLimit, timestamp: u32, info: &PayloadInfo) -> Option<Kept> {
        let is_late = self.is_late(timestamp);
        if !is_late && self.picture != Some(timestamp) {
            self.begin_picture(limit, timestamp);
        }
        if !is_late {
            self.rise(info);
        }
        let layers = self.layers_at(timestamp);
        let is_within = info.spatial_layer <= layers.spatial && info.temporal_layer <= layers.temporal;
        let is_kept = match info.dependencies {
            None => is_within,
            // All packets of a frame share its first one's fate.
            Some(frame) => self.verdicts.get(frame.number).unwrap_or_else(|| {
                let is_torn = is_within && self.verdicts.any_omitted(frame.references());
                if is_torn && !is_late {
                    self.tear(info);
                }
                is_within && !is_torn
            }),
        };
        if let Some(frame) = info.dependencies {
            self.verdicts.note(frame.number, is_kept);
        }
        let ends_picture = info.is_frame_end && info.spatial_layer == layers.spatial;
        self.is_marked |= is_kept && ends_picture && self.picture == Some(timestamp);
        is_kept.then_some(Kept { ends_picture })
    }

    /// Down at once, between two pictures.
    fn begin_picture(&mut self, limit: LayerLimit, timestamp: u32) {
        self.limit = limit;
        self.picture = Some(timestamp);
        self.is_marked = false;
        self.change(self.current.lower_of(limit));
    }

    /// Takes up other layers with the present picture; late packets are still measured by what held at their time.
    fn change(&mut self, to: LayerLimit) {
        if to == self.current {
            return;
        }
        let Some(picture) = self.picture else { return };
        if self.changes[0].is_none_or(|(since, _)| since != picture) {
            self.changes.rotate_right(1);
            self.changes[0] = Some((picture, self.current));
        }
        self.current = to;
    }

    fn rise(&mut self, info: &PayloadInfo) {
        if info.spatial_layer == 0 && is_keyframe(info) && !self.is_marked {
            return self.change(self.limit);
        }
        let (spatial, temporal) = (info.spatial_layer, info.temporal_layer);
        let mut to = self.current;
        let is_whole = !info.dependencies.is_some_and(|frame| self.verdicts.any_omitted(frame.references()));
        if info.is_spatial_switch && is_whole && !self.is_marked && spatial <= self.limit.spatial {
            to.spatial = spatial.max(to.spatial);
        }
        // With a descriptor the references of each frame tell what can be decoded; without, the payload's own flag.
        if (info.is_layer_sync || info.dependencies.is_some()) && temporal <= self.limit.temporal {
            to.temporal = temporal.max(to.temporal);
        }
        self.change(to);
    }

    /// A spatial layer's keyframe was missed, so nothing of the layer can be decoded before another one.
    fn tear(&mut self, info: &PayloadInfo) {
        if let Some(below) = info.spatial_layer.checked_sub(1).filter(|_| info.temporal_layer == 0) {
            self.change(LayerLimit { spatial: below, ..self.current });
        }
    }

    fn is_late(&self, timestamp: u32) -> bool {
        self.picture.is_some_and(|picture| is_before(timestamp, picture))
    }

    fn layers_at(&self, timestamp: u32) -> LayerLimit {
        let later = self.changes.iter().flatten().take_while(|(since, _)| is_before(timestamp, *since));
        later.last().map_or(self.current, |(_, before)| *before)
    }
}

/// Whether the packet is of a keyframe: a picture whose lowest layer refers to nothing.
fn is_keyframe(info: &PayloadInfo) -> bool {
    match info.dependencies {
        Some(frame) => frame.has_structure || frame.references().next().is_none(),
        None => info.is_spatial_switch || info.is_keyframe_start,
    }
}

const fn is_before(timestamp: u32, than: u32) -> bool {
    let distance = than.wrapping_sub(timestamp);
    distance != 0 && distance < LATE_MAX_TICKS
}

/// Which of the last 256 frames were forwarded and which left out, by frame number.
#[derive(Clone, Copy, Debug)]
struct FrameVerdicts {
    kept: [u64; 4],
    omitted: [u64; 4],
    newest: Option<u16>,
}

impl FrameVerdicts {
    const COUNT: u16 = 256;

    const fn new() -> Self {
        Self { kept: [0; 4], omitted: [0; 4], newest: None }
    }

    fn note(&mut self, number: u16, is_kept: bool) {
        let newest = self.newest.unwrap_or(number.wrapping_sub(1));
        let ahead = number.wrapping_sub(newest);
        if ahead > 0 && ahead < 0x8000 {
            for back in 0..ahead.min(Self::COUNT) {
                let (word, bit) = place(number.wrapping_sub(back));
                self.kept[word] &= !bit;
                self.omitted[word] &= !bit;
            }
            self.newest = Some(number);
        } else if newest.wrapping_sub(number) >= Self::COUNT {
            return;
        }
        let (word, bit) = place(number);
        let verdicts = if is_kept { &mut self.kept } else { &mut self.omitted };
        verdicts[word] |= bit;
    }

    /// Whether a frame was forwarded; none for one that has not come, or too long ago.
    fn get(&self, number: u16) -> Option<bool> {
        let newest = self.newest?;
        let (word, bit) = place(number);
        let is_known = newest.wrapping_sub(number) < Self::COUNT && (self.kept[word] | self.omitted[word]) & bit != 0;
        is_known.then(|| self.kept[word] & bit != 0)
    }

    /// Whether one of these was left out. Frames that have not come are taken for ones that will.
    fn any_omitted(&self, mut numbers: impl Iterator<Item = u16>) -> bool {
        numbers.any(|number| self.get(number) == Some(false))
    }
}

/// The word and the bit of a frame.
const fn place(number: u16) -> (usize, u64) {
    ((number / 64 % 4) as usize, 1 << (number % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: LayerLimit = LayerLimit::ALL;

    const fn limit(spatial: u8, temporal: u8) -> LayerLimit {
        LayerLimit { spatial, temporal }
    }

    /// The single packet of one frame.
    const fn frame(spatial_layer: u8, temporal_layer: u8) -> PayloadInfo {
        PayloadInfo {
            is_keyframe_start: false,
            is_frame_start: true,
            is_frame_end: true,
            spatial_layer,
            temporal_layer,
            is_layer_sync: false,
            is_spatial_switch: false,
            size: None,
            position: None,
            dependencies: None,
        }
    }

    const fn key(spatial_layer: u8) -> PayloadInfo {
        PayloadInfo { is_spatial_switch: true, ..frame(spatial_layer, 0) }
    }

    /// Feeds a picture of three spatial layers; gives which of them are forwarded and which of these are marked.
    fn picture(choice: &mut SvcChoice, limit: LayerLimit, timestamp: u32, of: impl Fn(u8) -> PayloadInfo) -> String {
        let one = |spatial| match choice.choose(limit, timestamp, &of(spatial)) {
            None => '-',
            Some(Kept { ends_picture: false }) => 'f',
            Some(Kept { ends_picture: true }) => 'M',
        };
        (0..3).map(one).collect()
    }

    #[test]
    fn spatial_layers_go_down_with_the_next_picture_and_up_with_a_keyframe() {
        let mut choice = SvcChoice::new(ALL);
        choice.start(limit(2, 2));
        let inter = |spatial| frame(spatial, 0);
        assert_eq!(picture(&mut choice, limit(2, 2), 0, key), "ffM");
        assert_eq!(picture(&mut choice, limit(0, 2), 0, inter), "ffM", "the present picture is finished");
        assert_eq!(picture(&mut choice, limit(0, 2), 3_000, inter), "M--");
        assert_eq!(picture(&mut choice, limit(1, 2), 6_000, inter), "M--", "no keyframe yet");
        let upper_only = |spatial| if spatial == 0 { frame(0, 0) } else { key(spatial) };
        assert_eq!(picture(&mut choice, limit(1, 2), 9_000, upper_only), "M--", "the picture's end is marked already");
        assert_eq!(picture(&mut choice, limit(1, 2), 12_000, key), "fM-");
        assert_eq!(picture(&mut choice, ALL, 15_000, key), "fff", "without limit the source's own marker counts");
    }

    #[test]
    fn an_upper_layer_is_taken_up_even_where_the_keyframes_first_packet_is_lost() {
        let mut choice = SvcChoice::new(limit(0, 2));
        choice.choose(limit(2, 2), 0, &key(1));
        assert_eq!(choice.current().spatial, 1);
    }

    #[test]
    fn late_packets_are_measured_by_what_held_at_their_time() {
        let mut choice = SvcChoice::new(limit(2, 2));
        assert_eq!(picture(&mut choice, limit(2, 2), 3_000, key), "ffM");
        assert_eq!(picture(&mut choice, limit(0, 2), 6_000, |s| frame(s, 0)), "M--");
        assert_eq!(choice.choose(limit(0, 2), 3_000, &frame(2, 0)), Some(Kept { ends_picture: true }));
        assert_eq!(choice.choose(limit(0, 2), 6_000, &frame(1, 0)), None);
        assert_eq!(picture(&mut choice, limit(1, 2), 9_000, key), "fM-");
        assert_eq!(choice.choose(limit(1, 2), 6_000, &frame(0, 0)), Some(Kept { ends_picture: true }));
        assert_eq!(choice.choose(limit(1, 2), 3_000, &frame(0, 0)), Some(Kept { ends_picture: false }));
    }

    #[test]
    fn temporal_layers_go_down_at_the_next_picture_and_up_at_a_sync_point() {
        let mut choice = SvcChoice::new(limit(0, 2));
        let sync = |temporal| PayloadInfo { is_layer_sync: true, ..frame(0, temporal) };
        let cases = [
            (0, 2, frame(0, 2), true, "all are wanted"),
            (0, 0, frame(0, 2), true, "the rest of the picture"),
            (1, 0, frame(0, 1), false, "down"),
            (2, 0, frame(0, 0), true, "the lowest stays"),
            (3, 1, frame(0, 1), false, "no sync point yet"),
            (4, 1, sync(2), false, "a sync point, but above the limit"),
            (5, 1, sync(1), true, "up"),
            (6, 1, frame(0, 1), true, "and it stays"),
            (6, 2, sync(2), false, "not within a picture"),
        ];
        for (time, temporal, info, expected, message) in cases {
            let kept = choice.choose(limit(0, temporal), time * 3_000, &info);
            assert_eq!(kept.is_some(), expected, "{message}");
        }
    }

    #[test]
    fn timestamps_that_wrap_or_start_anew_are_new_pictures() {
        let mut choice = SvcChoice::new(limit(2, 2));
        assert_eq!(picture(&mut choice, limit(2, 2), u32::MAX, key), "ffM");
        assert_eq!(picture(&mut choice, limit(1, 2), 2_000, |s| frame(s, 0)), "fM-");
        assert_eq!(picture(&mut choice, limit(0, 2), 2_000u32.wrapping_sub(9_000_000), |s| frame(s, 0)), "M--");
    }

    #[test]
    fn verdicts_are_known_for_a_while_and_over_the_wrap_of_frame_numbers() {
        let mut verdicts = FrameVerdicts::new();
        verdicts.note(0xfffe, false);
        verdicts.note(1, true);
        let known = |verdicts: &FrameVerdicts, numbers: [u16; 4]| numbers.map(|number| verdicts.get(number));
        assert_eq!(known(&verdicts, [0xfffe, 0xffff, 1, 2]), [Some(false), None, Some(true), None]);
        verdicts.note(0, false);
        assert_eq!(verdicts.get(0), Some(false), "noted late");
        verdicts.note(0xfe, true);
        assert_eq!(known(&verdicts, [0xfffe, 0, 1, 0xfe]), [None, Some(false), Some(true), Some(true)]);
        assert!(verdicts.any_omitted([1, 0].into_iter()) && !verdicts.any_omitted([1, 7].into_iter()));
        verdicts.note(0x8000, true);
        verdicts.note(0x7000, false);
        assert_eq!(known(&verdicts, [0, 1, 0xfe, 0x7000]), [None; 4], "too old");
    }
}
