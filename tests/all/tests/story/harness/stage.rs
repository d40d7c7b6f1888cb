//! The verbs of a story: what users do, and what they see and hear of each other.
use super::app::{App, transport_of};
use super::cast::Client;
use super::livekit::LiveKitApp;
use super::v2::V2App;
use super::view::Source;
use super::world::World;
use sfu_core::signal::SocketEnd;

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
