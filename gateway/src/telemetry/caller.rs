//! On whose behalf something is done: the span that log lines stand in, and the trace that it belongs to.
//!
//! A request's handler finds its own by [`Caller::current`]; a client's pump keeps its client's. Rooms are handed it with
//! each command and know nothing of it.
use super::TraceContext;
use sfu_core::capability::Feature;
use std::cell::Cell;
use tracing::Span;
use tracing::field::Empty;

tokio::task_local! {
    static CALLER: Caller;
    /// What the running request was refused for want of.
    static REFUSED: Cell<Option<Feature>>;
}

/// Which API somebody speaks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Protocol {
    /// OpenVidu v2.
    V2,
    /// LiveKit.
    LiveKit,
    /// This server's own API and pages.
    Own,
}

impl Protocol {
    /// As it is logged and counted.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V2 => "v2",
            Self::LiveKit => "livekit",
            Self::Own => "own",
        }
    }

    /// Whose route a path is.
    pub fn of_path(path: &str) -> Self {
        let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        match first {
            "openvidu" | "config" => Self::V2,
            "twirp" | "rtc" | "settings" => Self::LiveKit,
            _ => Self::Own,
        }
    }
}

/// Somebody for whom the server does something.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Log lines stand in it.
    pub span: Span,
    /// The trace.
    pub trace: Option<TraceContext>,
    /// What is spoken.
    pub protocol: Protocol,
}

impl Caller {
    /// Nobody in particular: the server itself.
    pub fn nobody() -> Self {
        Self { span: Span::none(), trace: None, protocol: Protocol::Own }
    }

    /// A room that does something by itself: its time has come, or its media has news of nobody in particular.
    pub fn room(name: &str) -> Self {
        let span = tracing::info_span!(parent: None, "room", protocol = Protocol::Own.name(), room = name);
        Self { span, ..Self::nobody() }
    }

    /// A request of an API. Only the route's pattern is told, never the path: that may hold tokens.
    pub fn request(protocol: Protocol, method: &str, trace: TraceContext) -> Self {
        let trace_id = trace.trace_id();
        let span = tracing::info_span!(
            parent: None, "request", protocol = protocol.name(), method, room = Empty, participant = Empty, trace_id,
        );
        Self { span, trace: Some(trace), protocol }
    }

    /// A signalling client whose socket the running request asks for.
    pub fn client_of_request(protocol: Protocol) -> Self {
        let request = Self::current().trace;
        Self::client(protocol, request.map_or_else(|| TraceContext::of_header(None), |trace| trace.child()))
    }

    /// A signalling client that joins within this trace.
    pub fn client(protocol: Protocol, trace: TraceContext) -> Self {
        let trace_id = trace.trace_id();
        let protocol_name = protocol.name();
        let span = tracing::info_span!(
            parent: None, "client", protocol = protocol_name, room = Empty, participant = Empty, trace_id,
        );
        Self { span, trace: Some(trace), protocol }
    }

    /// Whoever the running task works for.
    pub fn current() -> Self {
        CALLER.try_with(Self::clone).unwrap_or_else(|_| Self::nobody())
    }

    /// Runs `work` for this caller; gives what it was refused for want of too.
    pub async fn scope<F: Future>(self, work: F) -> (F::Output, Option<Feature>) {
        let work = async {
            let outcome = work.await;
            (outcome, REFUSED.with(Cell::get))
        };
        CALLER.scope(self, REFUSED.scope(Cell::new(None), work)).await
    }

    /// The running request is refused for want of this.
    pub fn note_refused(feature: Feature) {
        // Outside of a request nobody asks.
        let _ = REFUSED.try_with(|refused| refused.set(Some(feature)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_belong_to_their_protocol() {
        let cases = [
            ("/openvidu/api/sessions", Protocol::V2),
            ("/openvidu", Protocol::V2),
            ("/config", Protocol::V2),
            ("/twirp/livekit.RoomService/ListRooms", Protocol::LiveKit),
            ("/rtc/v1", Protocol::LiveKit),
            ("/rtcetera", Protocol::Own),
            ("/admin/v1/rooms", Protocol::Own),
            ("/", Protocol::Own),
        ];
        for (path, protocol) in cases {
            assert_eq!(Protocol::of_path(path), protocol, "{path}");
        }
    }

    #[tokio::test]
    async fn a_task_knows_whom_it_works_for() {
        assert_eq!(Caller::current().trace, None);
        let trace = TraceContext::of_header(None);
        Caller::note_refused(Feature::Ingress);
        let seen = Caller::request(Protocol::V2, "GET", trace).scope(async { Caller::current().trace }).await;
        assert_eq!(seen, (Some(trace), None));
        let refused = Caller::nobody().scope(async { Caller::note_refused(Feature::Ingress) }).await;
        assert_eq!(refused.1, Some(Feature::Ingress));
    }
}
