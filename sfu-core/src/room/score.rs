//! From what was lost on a path to a score from 0 to 100 and its grade, as LiveKit servers make them (livekit.md §3.9).
//!
//! Pure arithmetic; whom it is about and when it is asked for is `grading.rs`'s affair.

/// Share of a worse and of a better window in the new score: bad news count at once, good news bit by bit.
const WORSE_SHARE: f64 = 0.8;
const BETTER_SHARE: f64 = 0.4;
/// The lowest score that losses alone lead to, and that of a receiver whose picture is left out: a score that is too low
/// takes long to rise.
const SCORE_MIN: f64 = 30.0;
const SCORE_MAX: f64 = 100.0;
/// The score of a publisher of whom nothing comes.
const SCORE_DRY: f64 = 40.0;
/// The score of a path on which nothing is heard of the client at all.
const SCORE_SILENT: f64 = 20.0;
/// Points for each per cent lost: sound that repairs single losses by itself, and pictures.
const AUDIO_LOSS_WEIGHT: f64 = 8.0 / 1.5;
const VIDEO_LOSS_WEIGHT: f64 = 10.0;

/// How good a participant's connection is, both ways.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Grade {
    /// Nothing is heard of it.
    Lost,
    /// Bad enough to be noticed.
    Poor,
    /// With flaws.
    Good,
    /// Without any.
    Excellent,
}

/// A grade and the mean opinion score behind it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Standing {
    /// The grade.
    pub grade: Grade,
    /// Mean opinion score, from 1.0 to 4.5.
    pub opinion: f32,
}

/// What happened on one direction of a path since the last look.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Window {
    /// Packets that came, or that were sent.
    pub(super) packets: u64,
    /// Packets lost for good.
    pub(super) lost: u64,
    /// Something should have come.
    pub(super) is_expected: bool,
    /// Pictures are among it.
    pub(super) has_video: bool,
    /// A picture is left out because the path does not carry it.
    pub(super) is_starved: bool,
    /// Nothing is heard of the client.
    pub(super) is_silent: bool,
}

/// The score of one direction of a path.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Score(f64);

impl Default for Score {
    fn default() -> Self {
        Self(SCORE_MAX)
    }
}

impl Score {
    /// Takes what happened since the last look.
    pub(super) fn update(&mut self, window: &Window) {
        self.0 = if window.is_silent {
            SCORE_SILENT
        } else if window.is_starved {
            SCORE_MIN
        } else if window.packets > 0 {
            self.mix(of_losses(window))
        } else if window.is_expected {
            SCORE_DRY
        } else {
            SCORE_MAX
        };
    }

    fn mix(self, of_window: f64) -> f64 {
        let share = if of_window < self.0 { WORSE_SHARE } else { BETTER_SHARE };
        (share * of_window + (1.0 - share) * self.0).max(SCORE_MIN)
    }

    /// The worse of two.
    pub(super) fn min(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }

    /// What is told of it.
    pub(super) fn standing(self) -> Standing {
        let score = self.0;
        let grade = match score {
            score if score > 80.0 => Grade::Excellent,
            score if score > 40.0 => Grade::Good,
            score if score > 20.0 => Grade::Poor,
            _ => Grade::Lost,
        };
        let opinion = 1.0 + 0.035 * score + 7e-6 * score * (score - 60.0) * (SCORE_MAX - score);
        let opinion = opinion.clamp(1.0, 4.5) as f32;
        Standing { grade, opinion }
    }
}

fn of_losses(window: &Window) -> f64 {
    let weight = if window.has_video { VIDEO_LOSS_WEIGHT } else { AUDIO_LOSS_WEIGHT };
    let lost_percent = 100.0 * window.lost as f64 / (window.packets + window.lost) as f64;
    (SCORE_MAX - weight * lost_percent).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: Window =
        Window { packets: 1_000, lost: 0, is_expected: true, has_video: true, is_starved: false, is_silent: false };

    #[test]
    fn one_window_after_a_good_one_has_its_grade() {
        let cases = [
            ("nothing lost", CALM, Grade::Excellent),
            ("one in two hundred of the pictures", Window { lost: 5, ..CALM }, Grade::Excellent),
            ("three in a hundred of the pictures", Window { lost: 31, ..CALM }, Grade::Good),
            ("three in a hundred of the sound", Window { lost: 31, has_video: false, ..CALM }, Grade::Excellent),
            ("one in eleven of the pictures", Window { lost: 100, ..CALM }, Grade::Poor),
            ("one in eleven of the sound", Window { lost: 100, has_video: false, ..CALM }, Grade::Good),
            ("half of it", Window { lost: 1_000, ..CALM }, Grade::Poor),
            ("nothing came", Window { packets: 0, ..CALM }, Grade::Poor),
            ("nothing was to come", Window { packets: 0, is_expected: false, ..CALM }, Grade::Excellent),
            ("a picture left out", Window { is_starved: true, ..CALM }, Grade::Poor),
            ("not heard of", Window { is_silent: true, ..CALM }, Grade::Lost),
            (
                "not heard of while muted",
                Window { is_silent: true, packets: 0, is_expected: false, ..CALM },
                Grade::Lost,
            ),
        ];
        for (what, window, grade) in cases {
            let mut score = Score::default();
            score.update(&window);
            assert_eq!(score.standing().grade, grade, "{what}");
        }
    }

    #[test]
    fn it_falls_at_once_and_rises_bit_by_bit() {
        let mut score = Score::default();
        score.update(&Window { lost: 1_000, ..CALM });
        let mut grades = Vec::new();
        for _ in 0..5 {
            score.update(&CALM);
            grades.push(score.standing().grade);
        }
        assert_eq!(grades, [Grade::Good, Grade::Good, Grade::Excellent, Grade::Excellent, Grade::Excellent]);
    }

    #[test]
    fn the_opinion_is_between_its_ends() {
        let of = |score: f64| Score(score).standing().opinion;
        assert_eq!((of(100.0), of(0.0)), (4.5, 1.0));
        assert!(of(80.0) > 4.0 && of(40.0) < 2.5, "{} {}", of(80.0), of(40.0));
    }
}
