//! One page with everything in it: no script, no font, nothing to be fetched.
use super::chart;
use crate::results::{PageReport, PagesSettings, Results, Settings, Spread};
use std::fmt::Write as _;

const STYLE: &str = "\
:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}
body{max-width:1060px;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .75rem;border-bottom:1px solid #8884;text-align:right}
th:first-child,td:first-child{text-align:left}
svg{width:100%;height:auto}
.starting{fill:#e0a030}.up{fill:#3f9d63}.failed{fill:#c8433a}
.cpu{fill:none;stroke:#2a62c9;stroke-width:2}
.axis{fill:none;stroke:#888}
text{font-size:12px;fill:currentColor;text-anchor:middle}.left{text-anchor:end}.right{text-anchor:start}
.key span{display:inline-block;margin-right:1.5rem}.key i{display:inline-block;width:.9em;height:.9em;margin-right:.4em}";

/// The page.
pub fn html(results: &Results) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>Load test: {held} participants held</title>\n<style>\n{STYLE}\n</style>\n\
         <h1>{held} participants held</h1>\n",
        held = results.held
    );
    let (rooms_of, ending) = (results.settings.rooms_of, escape(&results.ending));
    let _ = writeln!(
        page,
        "<p>Rooms of {rooms_of}; each {}, and receives all others. The run ended: {ending}.</p>",
        what_is_sent(&results.settings)
    );
    page.push_str("<h2>Participants over time</h2>\n");
    page.push_str(&chart::progression(results));
    page.push_str(
        "<p class=\"key\"><span><i style=\"background:#e0a030\"></i>starting</span>\
         <span><i style=\"background:#3f9d63\"></i>up</span>\
         <span><i style=\"background:#c8433a\"></i>failed</span>\
         <span><i style=\"background:#2a62c9\"></i>CPU of the server (right scale, of one core)</span></p>\n",
    );
    measurements(&mut page, results);
    times(&mut page, results);
    pages(&mut page, &results.pages);
    failures(&mut page, results);
    page
}

fn what_is_sent(settings: &Settings) -> String {
    if let Some(PagesSettings { browser, camera }) = &settings.pages {
        return format!(
            "is a page of {} with {}, sends a camera ({} × {}, {} a second) and a microphone",
            escape(&browser.browser),
            escape(&browser.sdk),
            camera.width,
            camera.height,
            camera.frame_rate
        );
    }
    let layers = if settings.simulcast { "three layers" } else { "one layer" };
    format!(
        "sends one picture ({} kbit/s, {} a second, {layers}) and one sound (50 packets a second)",
        settings.video_kbps, settings.fps
    )
}

fn measurements(page: &mut String, results: &Results) {
    page.push_str(
        "<h2>Measurements</h2>\n<table>\n<tr><th>participants</th><th>packets/s</th><th>lost</th><th>jitter, ms</th>\
         <th>server, of a core</th><th>µs a packet</th><th>user + system</th><th>memory, MiB</th>\
         <th>load, of a core</th></tr>\n",
    );
    for measurement in &results.measurements {
        let cost = measurement.per_packet_us();
        let or_dash = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td>{:.0}</td><td>{:.2} %</td><td>{:.1}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>\
             <td>{:.0} %{}</td></tr>",
            measurement.participants,
            measurement.delivered as f64 / measurement.seconds.max(1e-9),
            measurement.loss * 100.0,
            measurement.jitter_ms,
            or_dash(measurement.server_cores().map(|cores| format!("{:.0} %", cores * 100.0))),
            or_dash(cost.map(|(user, system)| format!("{:.2}", user + system))),
            or_dash(cost.map(|(user, system)| format!("{user:.2} + {system:.2}"))),
            or_dash(measurement.resident_bytes.map(|bytes| format!("{:.1}", bytes as f64 / 1_048_576.0))),
            measurement.own_cores() * 100.0,
            if measurement.is_strained() { " (full)" } else { "" },
        );
    }
    page.push_str("</table>\n");
}

fn times(page: &mut String, results: &Results) {
    page.push_str(
        "<h2>Times</h2>\n<table>\n<tr><th>milliseconds</th><th>count</th><th>median</th><th>95 %</th><th>max</th></tr>\n",
    );
    for (name, Spread { count, median, p95, max }) in [
        ("from joining to both associations standing", results.connect_ms),
        ("from joining to another's picture and sound", results.up_after_ms),
        ("from a stream's announcement to its first frame", results.first_frame_ms),
    ] {
        let _ = writeln!(
            page,
            "<tr><td>{name}</td><td>{count}</td><td>{median:.0}</td><td>{p95:.0}</td><td>{max:.0}</td></tr>"
        );
    }
    page.push_str("</table>\n");
    if results.settings.pages.is_none() {
        let _ = writeln!(
            page,
            "<p>SRTP: {}. {} received packets were opened as a check; {} did not open.</p>",
            results.srtp_profile.unwrap_or("none"),
            results.opened,
            results.unopened
        );
    }
}

fn pages(page: &mut String, pages: &[PageReport]) {
    if pages.is_empty() {
        return;
    }
    page.push_str(
        "<h2>Pages</h2>\n<table>\n<tr><th>participant</th><th>packets</th><th>lost</th><th>jitter, ms</th>\
         <th>pictures decoded</th><th>associations standing after, ms</th><th>first pictures after, ms</th></tr>\n",
    );
    for one in pages {
        let connect = one.connect_ms.map_or_else(|| "–".to_owned(), |ms| format!("{ms:.0}"));
        let first: Vec<String> = one.first_frame_ms.iter().map(|ms| format!("{ms:.0}")).collect();
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{:.1}</td><td>{}</td><td>{connect}</td><td>{}</td></tr>",
            one.participant,
            one.received,
            one.lost,
            one.jitter_ms,
            one.frames_decoded,
            first.join(", ")
        );
    }
    page.push_str("</table>\n");
}

fn failures(page: &mut String, results: &Results) {
    let failed: Vec<_> = results.changes.iter().filter(|change| change.reason.is_some()).collect();
    if failed.is_empty() {
        page.push_str("<p>Nobody failed.</p>\n");
        return;
    }
    page.push_str("<h2>Failures</h2>\n<table>\n<tr><th>participant</th><th>after, s</th><th>because</th></tr>\n");
    for change in failed.iter().take(100) {
        let reason = change.reason.as_deref().unwrap_or_default();
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td>{:.1}</td><td>{}</td></tr>",
            change.participant,
            change.at_ms as f64 / 1000.0,
            escape(reason)
        );
    }
    page.push_str("</table>\n");
    if let Some(more) = failed.len().checked_sub(100).filter(|more| *more > 0) {
        let _ = writeln!(page, "<p>and {more} more.</p>");
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
