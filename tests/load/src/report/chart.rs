//! The drawing of a run: a bar for each participant, coloured by its state over time, and the server's CPU over it.
use crate::progress::{Change, State};
use crate::results::{Results, Sample};
use std::fmt::Write as _;

const WIDTH: f64 = 1000.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 60.0;
const TOP: f64 = 20.0;
const BOTTOM: f64 = 40.0;
const HEIGHT_MAX: f64 = 640.0;
const HEIGHT_MIN: f64 = 220.0;

/// One SVG element.
pub(super) fn progression(results: &Results) -> String {
    let participants = results.changes.iter().map(|change| change.participant + 1).max().unwrap_or(0);
    let last_change = results.changes.last().map_or(0, |change| change.at_ms);
    let end_ms = results.samples.last().map_or(0, |sample| sample.at_ms).max(last_change).max(1000);
    let plot =
        Plot { end_ms, height: (participants as f64 * 8.0).clamp(HEIGHT_MIN, HEIGHT_MAX), rows: participants.max(1) };
    let full = plot.height + TOP + BOTTOM;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {full}\" role=\"img\" \
         aria-label=\"Participants over time with the server's CPU\">\n"
    );
    plot.draw_bars(&mut svg, &results.changes);
    plot.draw_cpu(&mut svg, &results.samples);
    plot.draw_axes(&mut svg, &results.samples);
    svg.push_str("</svg>\n");
    svg
}

struct Plot {
    end_ms: u64,
    height: f64,
    rows: usize,
}

impl Plot {
    fn x(&self, at_ms: u64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * at_ms as f64 / self.end_ms as f64
    }

    /// From 0 at the bottom to 1 at the top.
    fn y(&self, share: f64) -> f64 {
        TOP + self.height * (1.0 - share.clamp(0.0, 1.0))
    }

    fn draw_bars(&self, svg: &mut String, changes: &[Change]) {
        let row = self.height / self.rows as f64;
        for participant in 0..self.rows {
            let own: Vec<&Change> = changes.iter().filter(|change| change.participant == participant).collect();
            for (place, change) in own.iter().enumerate() {
                let until = own.get(place + 1).map_or(self.end_ms, |next| next.at_ms);
                let (from, to) = (self.x(change.at_ms), self.x(until));
                let bottom = TOP + self.height - row * participant as f64;
                let _ = writeln!(
                    svg,
                    "<rect class=\"{}\" x=\"{from:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
                    class(change.state),
                    bottom - row,
                    (to - from).max(0.5),
                    (row * 0.9).max(0.5)
                );
            }
        }
    }

    fn draw_cpu(&self, svg: &mut String, samples: &[Sample]) {
        let top = cores_shown(samples);
        let points: Vec<String> = samples
            .iter()
            .filter_map(|sample| Some((sample.at_ms, sample.server_cores?)))
            .map(|(at, cores)| format!("{:.1},{:.1}", self.x(at), self.y(cores / top)))
            .collect();
        if !points.is_empty() {
            let _ = writeln!(svg, "<polyline class=\"cpu\" points=\"{}\"/>", points.join(" "));
        }
    }

    fn draw_axes(&self, svg: &mut String, samples: &[Sample]) {
        let (bottom, right) = (TOP + self.height, WIDTH - RIGHT);
        let _ = writeln!(svg, "<path class=\"axis\" d=\"M{LEFT} {TOP}V{bottom}H{right}V{TOP}\"/>");
        for part in 0..=4u64 {
            let at = self.end_ms * part / 4;
            let (x, seconds) = (self.x(at), at as f64 / 1000.0);
            let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{:.1}\">{seconds:.0} s</text>", bottom + 18.0);
            let share = part as f64 / 4.0;
            let y = self.y(share) + 4.0;
            let people = (self.rows as f64 * share).round();
            let _ = writeln!(svg, "<text class=\"left\" x=\"{:.1}\" y=\"{y:.1}\">{people}</text>", LEFT - 8.0);
            let percent = cores_shown(samples) * share * 100.0;
            let _ = writeln!(svg, "<text class=\"right\" x=\"{:.1}\" y=\"{y:.1}\">{percent:.0} %</text>", right + 8.0);
        }
    }
}

/// Cores at the top of the scale: at least one.
fn cores_shown(samples: &[Sample]) -> f64 {
    samples.iter().filter_map(|sample| sample.server_cores).fold(1.0, f64::max).ceil()
}

const fn class(state: State) -> &'static str {
    match state {
        State::Starting => "starting",
        State::Up => "up",
        State::Failed => "failed",
    }
}
