//! The book of pages, fed with the lines of a real run of four pages, the last of which was refused.
use super::board::{Board, PageNews};
use crate::media::Tally;
use crate::progress::{Count, Progress, State};
use tokio::sync::mpsc::UnboundedReceiver;

const RECORDED: &str = include_str!("recorded.jsonl");

fn all(news: &mut UnboundedReceiver<PageNews>) -> Vec<PageNews> {
    std::iter::from_fn(|| news.try_recv().ok()).collect()
}

#[test]
fn a_recorded_run_becomes_progress_and_counts() {
    let mut board = Board::default();
    let mut ready = board.await_ready();
    let mut progress = Progress::default();
    let mut attempts: Vec<_> = (0..4).map(|participant| board.begin(participant)).collect();
    (0..4).for_each(|participant| progress.begin(participant, 0));
    let (number, mut looked) = board.begin_look();
    assert_eq!(number, 1, "which is what the record answers");
    for line in RECORDED.lines() {
        board.take(line).unwrap();
        let at_ms = serde_json::from_str::<serde_json::Value>(line).unwrap()["ms"].as_u64().unwrap_or_default();
        for (participant, attempt) in attempts.iter_mut().enumerate() {
            for news in all(attempt) {
                match news {
                    PageNews::Up => progress.come_up(participant, at_ms),
                    PageNews::Failed(reason) => drop(progress.fail(participant, reason, at_ms)),
                    PageNews::Opened | PageNews::Step(_) | PageNews::Came(..) | PageNews::Left => {}
                }
            }
        }
    }
    assert!(ready.try_recv().unwrap().browser.starts_with("Chromium "));
    looked.try_recv().unwrap();
    assert_eq!(progress.count(), Count { starting: 0, up: 3, failed: 1 });
    let failure = progress.changes().iter().find(|change| change.state == State::Failed).unwrap();
    assert_eq!(failure.participant, 3);
    assert!(failure.reason.as_deref().unwrap().contains("invalid API key"), "{failure:?}");
    let snapshot = board.snapshot();
    for participant in 0..3 {
        let seat = &snapshot.seats[&participant];
        assert!(seat.frames_decoded > 0 && seat.tally.received > 0 && seat.sent > 0, "{seat:?}");
        assert!(seat.connect_ms.is_some() && seat.first_frame_ms.len() == 2, "{seat:?}");
    }
    let received: u64 = snapshot.seats.values().map(|seat| seat.tally.received).sum();
    assert_eq!(snapshot.total.received, received);
}

fn figures(participant: usize, received: u64, lost: u64) -> String {
    format!(
        "{{\"participant\":{participant},\"event\":\"figures\",\"figures\":{{\"received\":{received},\"lost\":{lost},\
         \"bytes\":10,\"sent\":5,\"jitterMs\":1.5,\"streams\":2,\"framesDecoded\":7,\"firstFramesMs\":[12.5],\
         \"connectMs\":null}}}}"
    )
}

#[test]
fn counts_of_an_attempt_before_stay_in_the_sum() {
    let mut board = Board::default();
    let mut first = board.begin(0);
    board.take(&figures(0, 90, 10)).unwrap();
    let tally = Tally { expected: 100, received: 90, repeated: 0, bytes: 10 };
    assert_eq!(all(&mut first), [PageNews::Came(tally, 2)]);
    let mut second = board.begin(0);
    assert_eq!(board.snapshot().total, tally, "the page that comes next has counted nothing yet");
    board.take(&figures(0, 1, 0)).unwrap();
    let snapshot = board.snapshot();
    assert_eq!((snapshot.total.expected, snapshot.total.received, snapshot.sent), (101, 91, 10));
    assert_eq!(snapshot.seats[&0].tally.received, 1);
    assert_eq!((all(&mut first).len(), all(&mut second).len()), (0, 1), "news is for the attempt that is");
}

#[test]
fn who_waits_is_told_that_the_browser_has_ended() {
    let mut board = Board::default();
    let mut ready = board.await_ready();
    let mut before = board.begin(0);
    let (_, mut look) = board.begin_look();
    board.end();
    let mut after = board.begin(1);
    let (_, mut late_look) = board.begin_look();
    assert!(ready.try_recv().is_err() && look.try_recv().is_err() && late_look.try_recv().is_err());
    for news in [&mut before, &mut after] {
        assert!(news.is_closed() && news.try_recv().is_err());
    }
}

#[test]
fn a_line_that_says_nothing_is_told_and_changes_nothing() {
    let mut board = Board::default();
    for line in ["", "Debugger attached.", "{\"event\":\"unheard\"}", "{\"event\":\"trouble\",\"reason\":\"why\"}"] {
        assert!(board.take(line).is_err(), "{line}");
    }
    assert!(board.snapshot().seats.is_empty());
}
