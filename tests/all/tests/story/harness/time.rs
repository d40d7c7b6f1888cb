//! How time goes by in a story: deadline after deadline, or frame by frame where media really flows.
use super::world::{STEPS_MAX, Step, World};
use sfu_core::id::RoomId;
use sfu_core::room::Room;
use sfu_core::time::Now;
use std::time::{Duration, Instant};

impl World {
    /// Lets cameras and microphones run for a while; a frame of each every 20 ms.
    pub fn film(&mut self, duration: Duration) {
        for client in &mut self.clients {
            client.app.pcs_mut().into_iter().for_each(|pc| pc.heard.clear());
        }
        let end = self.now.plus(duration);
        while self.now.instant < end.instant {
            self.now = self.now.plus(Duration::from_millis(20));
            let now = self.now.instant;
            let mut pcs: Vec<_> = self.clients.iter_mut().flat_map(|client| client.app.pcs_mut()).collect();
            pcs.iter_mut().for_each(|pc| pc.film(now));
            let wire = self.wire.as_mut().expect("a world with media");
            wire.exchange(&mut pcs, now);
            while let Some(event) = wire.poll() {
                if let Some(room) = self.media.room_of(&event) {
                    self.queue.push_back(Step::Media { room, event });
                }
            }
            for client in &mut self.clients {
                let messages: Vec<_> =
                    client.app.pcs_mut().into_iter().flat_map(|pc| std::mem::take(&mut pc.messages)).collect();
                messages.iter().for_each(|(label, payload)| client.app.packet(label, payload));
            }
            self.fire();
            self.settle();
        }
    }

    /// What a user has really heard and seen during the last [`World::film`]: whose tracks.
    pub fn heard(&self, who: super::Client) -> Vec<String> {
        let pcs = self.clients[who.0].app.pcs();
        let mut heard: Vec<String> = pcs.iter().flat_map(|pc| pc.heard.keys().cloned()).collect();
        heard.sort();
        heard
    }

    /// Lets time go by, deadline after deadline.
    pub fn wait(&mut self, duration: Duration) {
        self.settle();
        let end = self.now.plus(duration);
        for _ in 0..STEPS_MAX {
            let rooms = self.rooms.iter().filter_map(Room::deadline);
            let peers = self.pumps.iter().filter(|pump| !pump.finished).filter_map(|pump| pump.peer.deadline());
            let apps = self.clients.iter().filter(|client| client.online).filter_map(|client| client.app.deadline());
            let Some(next) = rooms.chain(peers).chain(apps).min().filter(|next| *next <= end.instant) else {
                self.now = end;
                return;
            };
            let step = next.saturating_duration_since(self.now.instant).max(Duration::from_millis(1));
            self.now = self.now.plus(step);
            self.fire();
            self.settle();
        }
        panic!("deadlines come without end");
    }

    fn fire(&mut self) {
        let due = |deadline: Option<Instant>, now: Now| deadline.is_some_and(|deadline| deadline <= now.instant);
        for client in self.clients.iter_mut().filter(|client| client.online) {
            if due(client.app.deadline(), self.now) {
                client.app.timeout(self.now);
            }
        }
        for pump in 0..self.pumps.len() {
            if !self.pumps[pump].finished && due(self.pumps[pump].peer.deadline(), self.now) {
                self.feed(pump, |peer, now| peer.handle_timeout(now));
            }
        }
        let rooms: Vec<RoomId> =
            self.rooms.iter().filter(|room| due(room.deadline(), self.now)).map(Room::id).collect();
        for id in rooms {
            if let Some(room) = self.rooms.iter().position(|room| room.id() == id) {
                self.rooms[room].handle_timeout(self.now);
                self.drain_room(room);
            }
        }
    }
}
