//! Reports of a small made-up run, held against what they looked like before.
use super::*;
use crate::browser::{CameraSize, Ready};
use crate::plan::Course;
use crate::process::CpuTime;
use crate::progress::{Change, Count, State};
use crate::results::{Measurement, PageReport, Sample, Settings, Spread};

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
            pages: None,
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
        pages: Vec::new(),
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

#[test]
fn a_run_with_a_browser_names_it_and_every_page() {
    let mut results = results();
    let browser = Ready { browser: "Chromium 1".into(), sdk: "livekit-client 2".into() };
    let camera = CameraSize { width: 320, height: 240, frame_rate: 15 };
    results.settings.pages = Some(PagesSettings { browser, camera });
    results.pages = vec![PageReport {
        participant: 1,
        received: 900,
        lost: 3,
        jitter_ms: 4.25,
        frames_decoded: 321,
        connect_ms: Some(210.0),
        first_frame_ms: vec![80.0, 95.0],
    }];
    let page = html(&results);
    assert!(
        page.contains("is a page of Chromium 1 with livekit-client 2, sends a camera (320 × 240, 15 a second)"),
        "{page}"
    );
    assert!(
        page.contains("<td>1</td><td>900</td><td>3</td><td>4.2</td><td>321</td><td>210</td><td>80, 95</td>"),
        "{page}"
    );
    assert!(!page.contains("opened as a check"));
    assert!(csv(&results).ends_with("\n1,900,3,4.25,321,210,2,80,95\n"), "{}", csv(&results));
    assert!(summary(&results).contains("Chromium 1 with livekit-client 2: 321 pictures decoded on 1 pages"));
    let value: serde_json::Value = serde_json::from_str(&json(&results)).unwrap();
    assert_eq!(
        (&value["settings"]["pages"]["sdk"], &value["pages"][0]["frames_decoded"]),
        (&"livekit-client 2".into(), &321.into())
    );
}
