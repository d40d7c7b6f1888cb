//! The verbs of a story: what users do, and what they see and hear of each other.
use super::app::{App, transport_of};
use super::cast::Client;
use super::cast::ROOM;
use super::livekit::LiveKitApp;
use super::v2::V2App;
use super::view::Source;
use super::world::World;
use sfu_core::id::TransportId;
use sfu_core::room::{ParticipantInfo, RoomCommand, RoomEvent};
use sfu_core::signal::{Frame, SocketEnd};

impl World {
    /// A user publishes: v2 clients as one stream, others track by track.
    pub fn publish(&mut self, who: Client, sources: &[Source]) {
        match &mut self.clients[who.0].app {
            App::LiveKit(app) => sources.iter().for_each(|source| app.publish(*source)),
            App::V2(app) => app.publish(sources),
        }
        self.settle();
    }

    /// A user stops publishing.
    pub fn unpublish(&mut self, who: Client, source: Source) {
        match &mut self.clients[who.0].app {
            App::LiveKit(app) => app.unpublish(source),
            App::V2(app) => app.unpublish(),
        }
        self.settle();
    }

    /// A user mutes or unmutes.
    pub fn mute(&mut self, who: Client, source: Source, muted: bool) {
        match &mut self.clients[who.0].app {
            App::LiveKit(app) => app.mute(source, muted),
            App::V2(app) => app.mute(source, muted),
        }
        self.settle();
    }

    /// A user leaves in an orderly way.
    pub fn leave(&mut self, who: Client) {
        match &mut self.clients[who.0].app {
            App::LiveKit(app) => app.leave(),
            App::V2(app) => app.call("leaveRoom", serde_json::json!({})),
        }
        self.settle();
    }

    /// A user's network fails: the socket is gone without a word.
    pub fn cut(&mut self, who: Client) {
        self.unplug(who.0, SocketEnd { code: None, reason: String::new() });
    }

    /// What a user's screen says: `alice(camera: sound+picture)`.
    pub fn shown(&self, who: Client) -> String {
        self.clients[who.0].app.view().to_string()
    }

    /// What reaches a user's ears and eyes, by publisher and source.
    pub fn playing(&self, who: Client) -> Vec<String> {
        let mut playing = Vec::new();
        for pc in self.clients[who.0].app.pcs() {
            let Some(transport) = transport_of(pc) else { continue };
            for flow in self.media.flows_to(transport) {
                assert!(pc.receives(&flow.to), "{}: media comes on m-line {}, which takes none", pc.name, flow.to);
                playing.extend(self.sender_of(&flow.from));
            }
        }
        playing.sort();
        playing
    }

    fn sender_of(&self, from: &(sfu_core::id::TransportId, String)) -> Option<String> {
        let pcs = self.clients.iter().flat_map(|client| client.app.pcs());
        let pc = pcs.into_iter().find(|pc| transport_of(pc) == Some(from.0))?;
        pc.sent_on(&from.1).map(str::to_owned)
    }

    /// A user's LiveKit application.
    pub fn livekit(&mut self, who: Client) -> &mut LiveKitApp {
        match &mut self.clients[who.0].app {
            App::LiveKit(app) => app,
            App::V2(app) => panic!("{} is of v2's world", app.name),
        }
    }

    /// A user's v2 application.
    pub fn v2(&mut self, who: Client) -> &mut V2App {
        match &mut self.clients[who.0].app {
            App::V2(app) => app,
            App::LiveKit(app) => panic!("{} is of LiveKit's world", app.name),
        }
    }
}

impl World {
    /// A user whose socket is gone opens another and claims its place.
    pub fn come_back(&mut self, who: Client) {
        let now = self.now;
        match &self.clients[who.0].app {
            App::LiveKit(app) => {
                let (name, generation, sid) = (app.name.clone(), app.generation(), app.me().sid.clone());
                let token = self.access_token(&name, serde_json::json!({}));
                self.open_livekit(who, generation, &token, Some(&sid));
            }
            App::V2(_) => {
                self.open_v2(who);
                self.v2(who).come_back(now);
            }
        }
        self.settle();
    }

    /// A participant as the room has it, by its identity or its display name.
    pub fn participant(&mut self, name: &str) -> ParticipantInfo {
        let Ok(RoomEvent::Described { room, .. }) = self.call(ROOM, RoomCommand::Describe) else {
            panic!("the room is there")
        };
        let named = |person: &&ParticipantInfo| person.name == name || person.identity == name;
        room.participants.iter().find(named).unwrap_or_else(|| panic!("{name} is in the room")).clone()
    }

    /// A message on one of a LiveKit user's data channels.
    pub fn send_packet(&mut self, who: Client, label: &str, packet: &livekit_protocol::DataPacket) {
        self.send_raw(who, label, prost::Message::encode_to_vec(packet));
    }

    /// Any bytes on one of a LiveKit user's data channels.
    pub fn send_raw(&mut self, who: Client, label: &str, payload: Vec<u8>) {
        let transport = transport_of(&self.livekit(who).sending).expect("a connected client");
        self.media.receive(transport, label, payload);
        self.settle();
    }

    /// A LiveKit user speaks this loud, 0 to 1; false where nobody listens to that.
    pub fn speak(&mut self, who: Client, level: f64) -> bool {
        let transport = transport_of(&self.livekit(who).sending).expect("a connected client");
        let heard = self.media.hear(transport, (level * f64::from(u16::MAX)) as u16);
        self.settle();
        heard
    }

    /// A frame of a user's that no SDK would send.
    pub fn send_frame(&mut self, who: Client, frame: Frame) {
        match &mut self.clients[who.0].app {
            App::LiveKit(app) => app.out.push(frame),
            App::V2(app) => app.out.push(frame),
        }
        self.settle();
    }

    /// True while the user's socket stands.
    pub fn is_online(&self, who: Client) -> bool {
        self.clients[who.0].online
    }

    /// True where the room still lives.
    pub fn room_lives(&self) -> bool {
        self.rooms.iter().any(|room| room.name() == ROOM)
    }
}

impl World {
    /// The Transport that a user sends on breaks at the worker.
    pub fn break_media(&mut self, who: Client, cause: sfu_core::media::FailureCause) {
        self.media.lose(self.sending(who), cause);
        self.settle();
    }

    /// Nothing passes any more on the Transport that a user sends on; it may again.
    pub fn interrupt_media(&mut self, who: Client) {
        self.media.interrupt(self.sending(who));
        self.settle();
    }

    fn sending(&self, who: Client) -> TransportId {
        let sending = match &self.clients[who.0].app {
            App::LiveKit(app) => transport_of(&app.sending),
            App::V2(app) => app.pcs.get("publisher").and_then(transport_of),
        };
        sending.expect("a Transport")
    }

    /// The server is stopped.
    pub fn stop_server(&mut self) {
        for pump in 0..self.pumps.len() {
            self.feed(pump, |peer, now| peer.handle_shutdown(now));
        }
        self.settle();
    }
}
