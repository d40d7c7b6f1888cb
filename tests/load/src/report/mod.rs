//! Reports of a run: a table for spreadsheets, JSON for programs, one page for people.
mod chart;
mod csv;
mod html;

pub use csv::csv;
pub use html::html;

use crate::results::{PagesSettings, Results};

/// The whole run as JSON.
pub fn json(results: &Results) -> String {
    // Values of ours always print; were one not to, the text says so.
    serde_json::to_string_pretty(results).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
}

/// What matters, for a terminal.
pub fn summary(results: &Results) -> String {
    let spread = |name: &str, spread: &crate::results::Spread| {
        format!("{name}: median {:.0} ms, 95 % {:.0} ms, max {:.0} ms\n", spread.median, spread.p95, spread.max)
    };
    let mut text = String::new();
    for measurement in &results.measurements {
        text += &format!("{}\n", measurement.line());
    }
    text += &format!(
        "ended: {}\nheld: {} participants (up before the first failure: {}, most up: {}, failures: {})\n",
        results.ending, results.held, results.up_before_first_failure, results.most_up, results.failures
    );
    text += &spread("both associations standing after", &results.connect_ms);
    text += &spread("connected after", &results.up_after_ms);
    text += &spread("first frame after", &results.first_frame_ms);
    text += &evidence(results);
    text += "\n";
    if let Some(bytes) = results.bytes_per_participant {
        text += &format!("memory: {:.2} MiB a participant\n", bytes / 1_048_576.0);
    }
    text
}

/// What shows that what came was what was sent: packets that were opened, or pictures that were decoded.
fn evidence(results: &Results) -> String {
    let Some(pages) = &results.settings.pages else {
        return format!(
            "SRTP: {}, {} packets opened as a check, {} of them did not open",
            results.srtp_profile.unwrap_or("none"),
            results.opened,
            results.unopened
        );
    };
    let decoded: u64 = results.pages.iter().map(|page| page.frames_decoded).sum();
    let PagesSettings { browser, .. } = pages;
    format!("{} with {}: {decoded} pictures decoded on {} pages", browser.browser, browser.sdk, results.pages.len())
}

#[cfg(test)]
mod tests;
