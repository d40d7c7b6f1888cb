//! How loud a source speaks: its packets' audio levels (RFC 6464), gathered over windows and smoothed.
//!
//! One meter per Producer that is to be listened to; a Producer without one pays one branch for each packet. Nothing is
//! allocated. Who is told is the room's affair (`room/speakers.rs`).

/// A level nobody is heard at.
const SILENT: u8 = 127;
/// Time stamps this much ahead are late ones: packets that came out of order.
const HALF_RANGE: u32 = 1 << 31;

/// When somebody counts as speaking; LiveKit's `audio.*`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AudioLevelConfig {
    /// Frames at least this loud count as speech, -dBov: 0 the loudest, 127 silence.
    pub active_level: u8,
    /// Share of a window that speech must fill, percent.
    pub min_percentile: u8,
    /// Length of a window, ms.
    pub update_interval_ms: u32,
    /// Windows over which the level is smoothed; 0: not at all.
    pub smooth_intervals: u32,
}

impl Default for AudioLevelConfig {
    fn default() -> Self {
        Self { active_level: 35, min_percentile: 40, update_interval_ms: 400, smooth_intervals: 2 }
    }
}

impl AudioLevelConfig {
    /// The smoothed level from which on somebody speaks, 0 to 1.
    pub fn threshold(&self) -> f64 {
        linear(f64::from(self.active_level))
    }
}

/// A level in -dBov as a share of the loudest, 0 to 1.
fn linear(level: f64) -> f64 {
    10_f64.powf(-level / 20.0)
}

/// Listens to one source.
#[derive(Debug)]
pub(super) struct LevelMeter {
    config: AudioLevelConfig,
    smoothed: f64,
    loudest: u8,
    active_ms: u32,
    observed_ms: u32,
    last_timestamp: Option<u32>,
}

impl LevelMeter {
    pub(super) const fn new(config: AudioLevelConfig) -> Self {
        Self { config, smoothed: 0.0, loudest: SILENT, active_ms: 0, observed_ms: 0, last_timestamp: None }
    }

    /// Takes a packet's level and time stamp. Where it closes a window: the smoothed level, unless there was and is
    /// silence.
    pub(super) fn handle_level(&mut self, level: u8, timestamp: u32, clock_rate_hz: u32) -> Option<f64> {
        let since = timestamp.wrapping_sub(*self.last_timestamp.get_or_insert(timestamp));
        if since >= HALF_RANGE {
            return None;
        }
        self.last_timestamp = Some(timestamp);
        let duration_ms = u64::from(since) * 1_000 / u64::from(clock_rate_hz.max(1));
        let duration_ms = u32::try_from(duration_ms).unwrap_or(u32::MAX);
        self.observed_ms = self.observed_ms.saturating_add(duration_ms);
        if level <= self.config.active_level {
            self.active_ms = self.active_ms.saturating_add(duration_ms);
            self.loudest = self.loudest.min(level);
        }
        (self.observed_ms >= self.config.update_interval_ms).then(|| self.close_window()).flatten()
    }

    /// The loudest frame weighs as much as the share of the window that was speech.
    fn close_window(&mut self) -> Option<f64> {
        let before = self.smoothed;
        let interval_ms = self.config.update_interval_ms;
        let active_ms = std::mem::take(&mut self.active_ms);
        let loudest = std::mem::replace(&mut self.loudest, SILENT);
        self.observed_ms = 0;
        let least_ms = u32::from(self.config.min_percentile) * interval_ms / 100;
        self.smoothed = if active_ms >= least_ms.max(1) {
            let weight = 20.0 * (f64::from(active_ms) / f64::from(interval_ms.max(1))).log10();
            let factor = match self.config.smooth_intervals {
                0 => 1.0,
                intervals => 2.0 / f64::from(intervals + 1),
            };
            before + (linear(f64::from(loudest) - weight) - before) * factor
        } else {
            0.0
        };
        (before > 0.0 || self.smoothed > 0.0).then_some(self.smoothed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOCK: u32 = 48_000;
    const FRAME: u32 = CLOCK / 50;

    fn meter() -> LevelMeter {
        LevelMeter::new(AudioLevelConfig::default())
    }

    /// Feeds frames of 20 ms; what each window gave.
    fn feed(meter: &mut LevelMeter, from: u32, levels: &[u8]) -> Vec<f64> {
        let at = |place: usize| from.wrapping_add(FRAME * place as u32);
        levels.iter().enumerate().filter_map(|(place, level)| meter.handle_level(*level, at(place), CLOCK)).collect()
    }

    #[test]
    fn a_loud_window_gives_its_level_smoothed_over_two() {
        let mut meter = meter();
        let heard = feed(&mut meter, u32::MAX - 5, &[20; 61]);
        assert_eq!(heard.len(), 3, "a window of 400 ms each");
        let full = linear(20.0);
        for (heard, expected) in heard.iter().zip([full * 2.0 / 3.0, full * 8.0 / 9.0, full * 26.0 / 27.0]) {
            assert!((heard - expected).abs() < 0.001, "{heard} {expected}");
        }
        assert!(heard.iter().all(|level| *level >= AudioLevelConfig::default().threshold()));
    }

    #[test]
    fn less_speech_than_the_percentile_is_silence_and_silence_is_told_once() {
        let mut meter = meter();
        feed(&mut meter, 0, &[10; 21]);
        // 7 of 20 frames are 35 %.
        let mut window = vec![10; 7];
        window.extend([90; 13]);
        let from = 21 * FRAME;
        assert_eq!(feed(&mut meter, from, &window), [0.0], "silent now");
        assert!(feed(&mut meter, from + 20 * FRAME, &[127; 40]).is_empty(), "and nothing to say of it");
    }

    #[test]
    fn speech_in_a_part_of_the_window_weighs_less() {
        let mut half = meter();
        let mut window = vec![10; 11];
        window.extend([127; 10]);
        let heard = feed(&mut half, 0, &window);
        let expected = linear(10.0 - 20.0 * 0.5_f64.log10()) * 2.0 / 3.0;
        assert!((heard[0] - expected).abs() < 0.001, "{heard:?} {expected}");
    }

    #[test]
    fn packets_out_of_order_count_for_nothing() {
        let mut meter = meter();
        assert_eq!(meter.handle_level(10, 10 * FRAME, CLOCK), None);
        assert_eq!(meter.handle_level(10, 9 * FRAME, CLOCK), None);
        assert_eq!((meter.active_ms, meter.last_timestamp), (0, Some(10 * FRAME)));
    }
}
