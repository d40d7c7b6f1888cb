//! The face's door to the rooms of a stage.
use crate::stage::Stage;
use async_trait::async_trait;
use sfu_core::capability::Refusal;
use sfu_core::random::Random;
use sfu_core::room::{RoomCommand, RoomEvent, RoomSettings, RoomSnapshot};
use std::sync::Arc;
use v2_api::{CdrPart, NodeFacts, V2Config, V2Port, Wanted};

/// Runs a future that never waits.
pub fn futures_lite<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    for _ in 0..1000 {
        if let std::task::Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return done;
        }
    }
    panic!("the future waits for something outside")
}

const CDR_NAME: &str = "CDR.2026-11-25_14-54-50.log";
const CDR_TEXT: &str = "{\"sessionCreated\":{}}\n";

pub struct Door {
    pub stage: Stage,
    pub config: Arc<V2Config>,
}

#[async_trait]
impl V2Port for Door {
    fn config(&self) -> &V2Config {
        &self.config
    }

    fn random(&self) -> Random {
        self.stage.world().random.fork()
    }

    fn now_ms(&self) -> u64 {
        self.stage.world().now.unix_ms
    }

    fn node(&self) -> NodeFacts {
        NodeFacts { started_ms: 1_795_618_000_000, load_percent: Some(12.5) }
    }

    async fn layout_file(&self, path: &str) -> Option<Vec<u8>> {
        (path == "mine/index.html").then(|| b"<html></html>".to_vec())
    }

    async fn cdr_files(&self) -> Vec<String> {
        vec![CDR_NAME.to_owned()]
    }

    async fn cdr_file(&self, name: &str, wanted: Option<Wanted>) -> Option<CdrPart> {
        let total = CDR_TEXT.len() as u64;
        let part = match wanted {
            None => Some(0..=total - 1),
            Some(wanted) => wanted.of(total),
        };
        let bytes = part.clone().and_then(|part| CDR_TEXT.get(*part.start() as usize..=*part.end() as usize));
        let bytes = bytes.unwrap_or_default().as_bytes().to_vec();
        (name == CDR_NAME).then(|| CdrPart { bytes, first: part.map_or(0, |part| *part.start()), total })
    }

    async fn create_room(&self, name: String, settings: RoomSettings) -> Result<RoomSnapshot, Refusal> {
        self.stage.world().make_room(&name, settings)
    }

    async fn rooms(&self) -> Vec<RoomSnapshot> {
        let names: Vec<_> = self.stage.world().rooms.keys().cloned().collect();
        names.iter().filter_map(|name| self.stage.room(name)).collect()
    }

    async fn command(&self, room: &str, command: RoomCommand) -> Result<RoomEvent, Refusal> {
        self.stage.ask(room, command)
    }
}
