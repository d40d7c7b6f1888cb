//! What is known of the pages, by what the program that works them has said. It is a pure book: lines come as arguments.
use super::lines::{Event, Figures, Ready};
use crate::media::{SeatReport, Snapshot, Tally};
use std::collections::BTreeMap;
use tokio::sync::{mpsc, oneshot};

/// What an attempt is told of its page.
#[derive(Debug, PartialEq)]
pub(super) enum PageNews {
    /// It is there.
    Opened,
    /// What it does now.
    Step(String),
    /// What came so far, and on how many streams that are there.
    Came(Tally, u32),
    /// It counts as connected.
    Up,
    /// It has failed.
    Failed(String),
    /// It has left.
    Left,
}

/// The book.
#[derive(Default)]
pub(super) struct Board {
    /// Of attempts that are over.
    gone: (Tally, u64),
    figures: BTreeMap<usize, Figures>,
    attempts: BTreeMap<usize, mpsc::UnboundedSender<PageNews>>,
    looks: BTreeMap<u64, oneshot::Sender<()>>,
    next_look: u64,
    ready: Option<oneshot::Sender<Ready>>,
    ended: bool,
}

impl Board {
    /// Tells whoever holds the other end when the browser is there.
    pub(super) fn await_ready(&mut self) -> oneshot::Receiver<Ready> {
        let (sender, ready) = oneshot::channel();
        self.ready = Some(sender);
        ready
    }

    /// A participant's attempt begins; its figures start anew. Nothing comes where the program has ended.
    pub(super) fn begin(&mut self, participant: usize) -> mpsc::UnboundedReceiver<PageNews> {
        if let Some(before) = self.figures.remove(&participant) {
            self.gone.0.add(&before.tally());
            self.gone.1 += before.sent;
        }
        let (sender, news) = mpsc::unbounded_channel();
        if !self.ended {
            self.attempts.insert(participant, sender);
        }
        news
    }

    /// A number for a look at all pages, and its answer.
    pub(super) fn begin_look(&mut self) -> (u64, oneshot::Receiver<()>) {
        let (sender, looked) = oneshot::channel();
        self.next_look += 1;
        if !self.ended {
            self.looks.insert(self.next_look, sender);
        }
        (self.next_look, looked)
    }

    /// Takes a line; what is wrong, where something is.
    pub(super) fn take(&mut self, line: &str) -> Result<(), String> {
        let event: Event = serde_json::from_str(line).map_err(|error| format!("{error}: {line}"))?;
        match event {
            Event::Ready(ready) => {
                self.ready.take().map(|waiting| waiting.send(ready));
            }
            Event::Opened { participant } => self.tell(participant, PageNews::Opened),
            Event::Step { participant, step } => self.tell(participant, PageNews::Step(step)),
            Event::Figures { participant, figures } => {
                self.tell(participant, PageNews::Came(figures.tally(), figures.streams));
                self.figures.insert(participant, figures);
            }
            Event::Up { participant } => self.tell(participant, PageNews::Up),
            Event::Failed { participant, reason } => self.tell(participant, PageNews::Failed(reason)),
            Event::Left { participant } => self.tell(participant, PageNews::Left),
            Event::Looked { number } => {
                self.looks.remove(&number).map(|waiting| waiting.send(()));
            }
            Event::Trouble { reason } => return Err(reason),
        }
        Ok(())
    }

    /// The program says nothing more: everybody who waits is told so.
    pub(super) fn end(&mut self) {
        self.ended = true;
        self.ready = None;
        self.attempts.clear();
        self.looks.clear();
    }

    fn tell(&self, participant: usize, news: PageNews) {
        // Who no longer listens has been told enough.
        let _ = self.attempts.get(&participant).map(|attempt| attempt.send(news));
    }

    /// Everything so far, in the terms of other participants.
    pub(super) fn snapshot(&self) -> Snapshot {
        let (mut total, mut sent) = self.gone;
        let seats = self.figures.iter().map(|(participant, figures)| {
            total.add(&figures.tally());
            sent += figures.sent;
            let report = SeatReport {
                tally: figures.tally(),
                sent: figures.sent,
                jitter_ms: figures.jitter_ms,
                announced: figures.streams,
                streams: figures.streams,
                first_frame_ms: figures.first_frames_ms.clone(),
                connect_ms: figures.connect_ms,
                frames_decoded: figures.frames_decoded,
                ..SeatReport::default()
            };
            (*participant, report)
        });
        let seats = seats.collect();
        Snapshot { total, sent, seats, ..Snapshot::default() }
    }
}
