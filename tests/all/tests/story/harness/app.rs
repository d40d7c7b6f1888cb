//! An application of either world, as the world of a story handles it.
use super::livekit::LiveKitApp;
use super::pc::Pc;
use super::v2::V2App;
use super::view::View;
use sfu_core::id::TransportId;
use sfu_core::media::MediaCommand;
use sfu_core::signal::Frame;
use sfu_core::time::Now;
use std::time::Instant;

/// An application.
pub enum App {
    /// Of LiveKit's world.
    LiveKit(Box<LiveKitApp>),
    /// Of OpenVidu v2's.
    V2(Box<V2App>),
}

impl App {
    /// Frames for the server.
    pub fn take_out(&mut self) -> Vec<Frame> {
        match self {
            Self::LiveKit(app) => std::mem::take(&mut app.out),
            Self::V2(app) => std::mem::take(&mut app.out),
        }
    }

    /// A frame from the server.
    pub fn take(&mut self, frame: &Frame, now: Now) {
        match self {
            Self::LiveKit(app) => app.take(frame),
            Self::V2(app) => app.take(frame, now),
        }
    }

    /// The server closed the socket.
    pub fn closed(&mut self, code: u16, reason: &str) {
        match self {
            Self::LiveKit(app) => app.closed = Some((code, reason.to_owned())),
            Self::V2(app) => app.closed = Some((code, reason.to_owned())),
        }
    }

    /// A message on a data channel.
    pub fn packet(&mut self, label: &str, payload: &[u8]) {
        match self {
            Self::LiveKit(app) => {
                let packet = prost::Message::decode(payload).expect("a data packet");
                app.packets.push((label.to_owned(), packet));
            }
            Self::V2(app) => panic!("{}: v2 has no data channels", app.name),
        }
    }

    /// What its user sees.
    pub fn view(&self) -> View {
        match self {
            Self::LiveKit(app) => app.view(),
            Self::V2(app) => app.view(),
        }
    }

    /// Its PeerConnections.
    pub fn pcs(&self) -> Vec<&Pc> {
        match self {
            Self::LiveKit(app) => app.pcs().collect(),
            Self::V2(app) => app.pcs.values().collect(),
        }
    }

    /// Its PeerConnections, at work.
    pub fn pcs_mut(&mut self) -> Vec<&mut Pc> {
        match self {
            Self::LiveKit(app) => app.pcs_mut().collect(),
            Self::V2(app) => app.pcs.values_mut().collect(),
        }
    }

    /// The server's Transports that its PeerConnections talk to.
    pub fn transport_ids(&self) -> impl Iterator<Item = TransportId> {
        self.pcs().into_iter().filter_map(transport_of)
    }

    /// Requests that nothing was answered to, in a protocol that answers each.
    pub fn unanswered(&self) -> usize {
        match self {
            Self::LiveKit(_) => 0,
            Self::V2(app) => app.unanswered(),
        }
    }

    /// When it wants to do something by itself.
    pub fn deadline(&self) -> Option<Instant> {
        match self {
            Self::LiveKit(_) => None,
            Self::V2(app) => app.deadline(),
        }
    }

    /// Time went on.
    pub fn timeout(&mut self, now: Now) {
        match self {
            Self::LiveKit(_) => {}
            Self::V2(app) => app.timeout(now),
        }
    }
}

/// The server's Transport that a PeerConnection talks to.
pub fn transport_of(pc: &Pc) -> Option<TransportId> {
    pc.remote_ufrag.as_deref().and_then(MediaCommand::transport_of_ufrag).map(|(_, transport)| transport)
}
