//! The run second by second, its measurements, and its pages where there were any, as comma-separated values.
use crate::results::{PageReport, Results, Spread};
use std::fmt::Write as _;

/// One row for each second, then an empty line, then one row for each measurement; of a browser one for each page.
pub fn csv(results: &Results) -> String {
    let mut text = String::from(
        "second,starting,up,failed,server_cores,load_cores,server_resident_bytes,delivered_packets_per_s,loss\n",
    );
    for sample in &results.samples {
        let _ = writeln!(
            text,
            "{:.1},{},{},{},{},{:.3},{},{:.0},{:.5}",
            sample.at_ms as f64 / 1000.0,
            sample.count.starting,
            sample.count.up,
            sample.count.failed,
            optional(sample.server_cores.map(|cores| format!("{cores:.3}"))),
            sample.own_cores,
            optional(sample.resident_bytes.map(|bytes| bytes.to_string())),
            sample.delivered_per_s,
            sample.loss,
        );
    }
    text.push_str(
        "\nparticipants,seconds,delivered_packets,sent_packets,lost_packets,loss,jitter_ms,jitter_max_ms,\
         server_user_us_per_packet,server_system_us_per_packet,server_cores,load_cores,server_resident_bytes,\
         thrown_away,late_beats\n",
    );
    for measurement in &results.measurements {
        let cost = measurement.per_packet_us();
        let _ = writeln!(
            text,
            "{},{:.2},{},{},{},{:.5},{:.2},{:.2},{},{},{},{:.3},{},{},{}",
            measurement.participants,
            measurement.seconds,
            measurement.delivered,
            measurement.sent,
            measurement.lost,
            measurement.loss,
            measurement.jitter_ms,
            measurement.jitter_max_ms,
            optional(cost.map(|(user, _)| format!("{user:.3}"))),
            optional(cost.map(|(_, system)| format!("{system:.3}"))),
            optional(measurement.server_cores().map(|cores| format!("{cores:.3}"))),
            measurement.own_cores(),
            optional(measurement.resident_bytes.map(|bytes| bytes.to_string())),
            measurement.thrown_away,
            measurement.late_beats,
        );
    }
    pages(&mut text, &results.pages);
    text
}

fn pages(text: &mut String, pages: &[PageReport]) {
    if pages.is_empty() {
        return;
    }
    text.push_str(
        "\nparticipant,received_packets,lost_packets,jitter_ms,frames_decoded,connect_ms,streams_shown,\
         first_frame_median_ms,first_frame_max_ms\n",
    );
    for page in pages {
        let first = Spread::of(&page.first_frame_ms);
        let _ = writeln!(
            text,
            "{},{},{},{:.2},{},{},{},{:.0},{:.0}",
            page.participant,
            page.received,
            page.lost,
            page.jitter_ms,
            page.frames_decoded,
            optional(page.connect_ms.map(|ms| format!("{ms:.0}"))),
            first.count,
            first.median,
            first.max,
        );
    }
}

fn optional(value: Option<String>) -> String {
    value.unwrap_or_default()
}
