//! A port whose server is one hall.
use crate::harness::{Hall, config, now};
use async_trait::async_trait;
use livekit_api::{LiveKitConfig, LiveKitPort};
use sfu_core::capability::{ApiOperation, Refusal};
use sfu_core::room::{RoomCommand, RoomEvent, RoomSettings, RoomSnapshot};
use sfu_core::time::Now;
use std::sync::{Arc, Mutex};

pub struct HallPort {
    pub hall: Mutex<Hall>,
    config: Arc<LiveKitConfig>,
    pub refused: Mutex<Vec<ApiOperation>>,
    revoked: Mutex<Vec<(String, String, u64)>>,
    /// Rooms beside the hall: empty ones, which are there until they are closed.
    annexes: Mutex<Vec<String>>,
}

// A hall's state machines are driven by one thread at a time, behind the mutex.
impl HallPort {
    pub fn new() -> Arc<Self> {
        Self::with(config())
    }

    pub fn with(config: LiveKitConfig) -> Arc<Self> {
        let hall = Hall::with(config.clone());
        Arc::new(Self {
            hall: Mutex::new(hall),
            config: Arc::new(config),
            refused: Mutex::default(),
            revoked: Mutex::default(),
            annexes: Mutex::default(),
        })
    }
}

impl HallPort {
    /// No room is there beside the hall.
    pub fn no_annexes(&self) -> bool {
        self.annexes.lock().unwrap().is_empty()
    }
}

#[async_trait]
impl LiveKitPort for HallPort {
    async fn command(&self, room: &str, command: RoomCommand) -> Result<RoomEvent, Refusal> {
        if let RoomCommand::Close { .. } = &command
            && self.annexes.lock().unwrap().iter().any(|annex| annex == room)
        {
            self.annexes.lock().unwrap().retain(|annex| annex != room);
            return Ok(RoomEvent::Done { request: sfu_core::id::RequestId(0) });
        }
        if room != "hall" {
            return Err(Refusal::NotFound(sfu_core::capability::NotFound::Room));
        }
        self.hall.lock().unwrap().command(command)
    }

    async fn create_room(&self, name: String, settings: RoomSettings) -> Result<RoomSnapshot, Refusal> {
        let mut hall = self.hall.lock().unwrap();
        if name != "hall" {
            let RoomEvent::Described { room, .. } = hall.command(RoomCommand::Describe)? else { panic!("a room") };
            self.annexes.lock().unwrap().push(name.clone());
            return Ok(RoomSnapshot { name, participants: Vec::new(), ..*room });
        }
        hall.make_room(settings);
        hall.settle();
        match hall.command(RoomCommand::Describe)? {
            RoomEvent::Described { room, .. } => Ok(*room),
            other => panic!("{other:?}"),
        }
    }

    async fn rooms(&self) -> Vec<RoomSnapshot> {
        match self.hall.lock().unwrap().command(RoomCommand::Describe) {
            Ok(RoomEvent::Described { room, .. }) => vec![*room],
            _ => Vec::new(),
        }
    }

    fn config(&self) -> &Arc<LiveKitConfig> {
        &self.config
    }

    fn now(&self) -> Now {
        now()
    }

    async fn revoke(&self, room: &str, identity: &str, before_s: u64) -> Result<(), Refusal> {
        self.revoked.lock().unwrap().push((room.to_owned(), identity.to_owned(), before_s));
        Ok(())
    }

    fn is_revoked(&self, room: &str, identity: &str, nbf_s: u64) -> bool {
        self.revoked.lock().unwrap().iter().any(|(r, i, before)| r == room && i == identity && nbf_s < *before)
    }

    fn refused(&self, operation: ApiOperation) {
        self.refused.lock().unwrap().push(operation);
    }
}
