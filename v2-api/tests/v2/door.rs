//! The face's door to the rooms of a stage.
use crate::stage::Stage;
use async_trait::async_trait;
use sfu_core::capability::Refusal;
use sfu_core::random::Random;
use sfu_core::room::{RoomCommand, RoomEvent, RoomSettings, RoomSnapshot};
use std::sync::Arc;
use v2_api::{NodeFacts, V2Config, V2Port};

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
