//! Reports of a small made-up run, held against what they looked like before.
use super::*;
use crate::plan::Course;
use crate::process::CpuTime;
use crate::progress::{Change, Count, State};
use crate::results::{Measurement, Sample, Settings, Spread};

fn results() -> Results {
    let change = |at_ms, participant, state, reason: Option<&str>| Change {
        at_ms,
        participant,
        state,
        reason: reason.map(str::to_owned),
    };
    Results {
        settings: Settings {
            url: "ws://127.0.0.1:7880".into(),
            participants: 2,
            rooms_of: 2,
            rate: 4.0,
            course: Course::Fixed,
            fps: 30,
            video_kbps: 776,
            simulcast: false,
            tick_ms: 4,
            warmup_s: 1.0,
            window_s: 2.0,
            loss_max: 0.02,
        },
        ending: "done".into(),
        held: 2,
        up_before_first_failure: 1,
        most_up: 2,
        failures: 1,
        connect_ms: Spread::of(&[20.0, 30.0]),
        up_after_ms: Spread::of(&[100.0, 120.0]),
        first_frame_ms: Spread::of(&[10.0, 12.0, 14.0, 16.0]),
        srtp_profile: Some("AEAD_AES_128_GCM"),
        opened: 40,
        unopened: 0,
        idle_bytes: Some(10 * 1024 * 1024),
        bytes_per_participant: Some(524_288.0),
        measurements: vec![Measurement {
            participants: 2,
            seconds: 2.0,
            delivered: 560,
            delivered_bytes: 420_000,
            sent: 560,
            lost: 5,
            loss: 0.0088,
            jitter_ms: 1.5,
            jitter_max_ms: 2.5,
            server: Some(CpuTime { user_us: 1000, system_us: 2000 }),
            threads: Vec::new(),
            own: CpuTime { user_us: 10_000, system_us: 10_000 },
            resident_bytes: Some(11 * 1024 * 1024),
            thrown_away: 0,
            beats: 500,
            late_beats: 0,
        }],
        samples: (1..=4)
            .map(|second| Sample {
                at_ms: second * 1000,
                count: Count { starting: 0, up: 2, failed: 0 },
                server_cores: Some(0.1 * second as f64),
                own_cores: 0.2,
                resident_bytes: Some(11 * 1024 * 1024),
                delivered_per_s: 280.0,
                loss: 0.0,
            })
            .collect(),
        changes: vec![
            change(0, 0, State::Starting, None),
            change(100, 0, State::Up, None),
            change(250, 1, State::Starting, None),
            change(300, 1, State::Failed, Some("the server said <no>")),
            change(800, 1, State::Starting, None),
            change(920, 1, State::Up, None),
        ],
    }
}

#[test]
fn the_table_looks_as_before() {
    insta::assert_snapshot!(csv(&results()));
}

#[test]
fn the_page_looks_as_before() {
    insta::assert_snapshot!(html(&results()));
}

#[test]
fn the_summary_looks_as_before() {
    insta::assert_snapshot!(summary(&results()));
}

#[test]
fn the_page_fetches_nothing_and_escapes_what_servers_say() {
    let page = html(&results());
    assert!(!page.contains("src=") && !page.contains("href=") && !page.contains("<script"));
    assert!(page.contains("the server said &lt;no&gt;"));
}

#[test]
fn the_json_reads_back() {
    let value: serde_json::Value = serde_json::from_str(&json(&results())).unwrap();
    assert_eq!(value["held"], 2);
    assert_eq!(value["changes"][3]["reason"], "the server said <no>");
}
