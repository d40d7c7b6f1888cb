//! ICE of one Transport as far as we do it ourselves: which checks are authentic, which addresses they came from and
//! which of them we send to. Answering checks is str0m's (`webrtc`), except for credentials that an ICE restart made old.
//!
//! The selected path is the source of the last authentic check with USE-CANDIDATE (RFC 8445 §8.1.1, controlled side):
//! str0m's own choice lags up to 15 s behind a client that moved. Until there is one it is that of the first authentic
//! check: browsers nominate what they begin DTLS on only with a later check.
use crate::media::datagram::Route;
use crate::sdp::IceCredentials;
use is::stun::StunMessage;
use std::net::SocketAddr;
use std::time::Instant;

/// Addresses of one client that are remembered as its own. Browsers check from every interface; more is an attempt to
/// fill the table.
const PATHS_MAX: usize = 16;

/// One authenticated address of the client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::media) struct Path {
    /// Which way its datagrams come and go.
    pub(in crate::media) route: Route,
    /// The candidate of ours that the route's local address stands for.
    pub(in crate::media) candidate: SocketAddr,
}

/// Whose check it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum CheckedBy {
    /// The present credentials.
    Current,
    /// Those from before the last ICE restart.
    Previous,
}

/// What changed by a check.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct CheckOutcome {
    /// The path is new: datagrams that come on it are this Transport's from now on.
    pub(super) new_path: bool,
    /// A path that had to make room.
    pub(super) forgotten: Option<Route>,
    /// This path was selected by this check, and was not before.
    pub(super) selected: bool,
    /// This check ended an ICE restart.
    pub(super) restarted: bool,
}

/// Credentials and paths of one Transport.
pub(super) struct Ice {
    current: IceCredentials,
    previous: Option<IceCredentials>,
    remote_ufrag: Option<String>,
    /// Least recently checked first.
    paths: Vec<Path>,
    selected: Option<Path>,
    last_check: Option<Instant>,
    /// An ICE restart is under way: the next nomination ends it.
    restarting: bool,
}

impl Ice {
    pub(super) const fn new(local: IceCredentials) -> Self {
        Self {
            current: local,
            previous: None,
            remote_ufrag: None,
            paths: Vec::new(),
            selected: None,
            last_check: None,
            restarting: false,
        }
    }

    /// The other side's user name fragment; other clients' checks are not authentic from now on.
    pub(super) fn set_remote(&mut self, ufrag: &str) {
        self.restarting |= self.remote_ufrag.as_ref().is_some_and(|old| old != ufrag);
        self.remote_ufrag = Some(ufrag.to_owned());
    }

    /// New credentials of ours; the old ones stay good until a check with the new ones selects a path.
    pub(super) fn restart(&mut self, local: IceCredentials) {
        if local != self.current {
            self.previous = Some(std::mem::replace(&mut self.current, local));
            self.restarting = true;
        }
    }

    /// Whose credentials a binding request was made with; `None` where it is not authentic.
    pub(super) fn authenticate(&self, request: &StunMessage<'_>) -> Option<CheckedBy> {
        let (local, remote) = request.split_username()?;
        if local == self.current.ufrag && self.remote_ufrag.as_ref().is_none_or(|expected| expected == remote) {
            return verify(request, &self.current.password).then_some(CheckedBy::Current);
        }
        let previous = self.previous.as_ref().filter(|previous| previous.ufrag == local)?;
        verify(request, &previous.password).then_some(CheckedBy::Previous)
    }

    /// Notes an authentic check.
    pub(super) fn handle_check(&mut self, path: Path, by: CheckedBy, nominates: bool, now: Instant) -> CheckOutcome {
        self.last_check = Some(now);
        let mut outcome = CheckOutcome::default();
        match self.paths.iter().position(|known| known.route == path.route) {
            Some(place) => {
                self.paths.remove(place);
            }
            None => {
                outcome.new_path = true;
                outcome.forgotten = self.make_room();
            }
        }
        self.paths.push(path);
        if by == CheckedBy::Current && (nominates || self.selected.is_none()) {
            outcome.selected = self.selected != Some(path);
            self.selected = Some(path);
        }
        if by == CheckedBy::Current && nominates {
            outcome.restarted = std::mem::take(&mut self.restarting);
            self.previous = None;
        }
        outcome
    }

    fn make_room(&mut self) -> Option<Route> {
        if self.paths.len() < PATHS_MAX {
            return None;
        }
        let place = self.paths.iter().position(|path| Some(*path) != self.selected)?;
        Some(self.paths.remove(place).route)
    }

    /// Forgets a path that another Transport proved to own now.
    pub(super) fn forget(&mut self, route: &Route) {
        self.paths.retain(|path| path.route != *route);
        self.selected = self.selected.filter(|path| path.route != *route);
    }

    /// The path that a datagram to `remote` takes, as its checks came.
    pub(super) fn path_to(&self, remote: SocketAddr) -> Option<Path> {
        self.paths.iter().rev().find(|path| path.route.remote == remote).copied()
    }

    /// Where media and DTLS go.
    pub(super) const fn selected(&self) -> Option<Path> {
        self.selected
    }

    /// Where it is remembered where media and DTLS go.
    pub(super) const fn selected_place(&self) -> &Option<Path> {
        &self.selected
    }

    /// All paths, for taking them out of the demultiplexer.
    pub(super) fn paths(&self) -> &[Path] {
        &self.paths
    }

    /// When the last authentic check came.
    pub(super) const fn last_check(&self) -> Option<Instant> {
        self.last_check
    }

    /// The answer to a check with the credentials from before an ICE restart (RFC 8445 §7.3.1.1); its length in `out`.
    pub(super) fn answer_previous(
        &self,
        request: &StunMessage<'_>,
        source: SocketAddr,
        out: &mut [u8],
    ) -> Option<usize> {
        let previous = self.previous.as_ref()?;
        let reply = StunMessage::binding_reply(request.trans_id(), source);
        reply.to_bytes(Some(previous.password.as_bytes()), out, sha1_hmac).ok()
    }

    /// A check as if it nominated its path, for str0m, which sends nothing before one does; its length in `out`.
    pub(super) fn nominating(&self, request: &StunMessage<'_>, out: &mut [u8]) -> Option<usize> {
        let (username, tie_breaker) = (request.username()?, request.ice_controlling()?);
        let nominating =
            StunMessage::binding_request(username, request.trans_id(), true, tie_breaker, request.prio()?, true);
        nominating.to_bytes(Some(self.current.password.as_bytes()), out, sha1_hmac).ok()
    }
}

/// Whether a request carries the message integrity that `password` makes.
fn verify(request: &StunMessage<'_>, password: &str) -> bool {
    request.verify(password.as_bytes(), sha1_hmac)
}

fn sha1_hmac(key: &[u8], payloads: &[&[u8]]) -> [u8; 20] {
    str0m::crypto::from_feature_flags().sha1_hmac_provider.sha1_hmac(key, payloads)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test needs some moment to count from")]
mod tests {
    use super::*;
    use crate::sdp::Protocol;
    use is::stun::TransId;

    fn ice() -> Ice {
        Ice::new(IceCredentials { ufrag: "ours".to_owned(), password: "a password of ours".to_owned() })
    }

    fn path(port: u16) -> Path {
        let (remote, local) = (([198, 51, 100, 1], port).into(), ([192, 0, 2, 1], 7_882).into());
        Path { route: Route { protocol: Protocol::Udp, remote, local }, candidate: local }
    }

    #[test]
    fn the_first_check_selects_until_one_nominates_and_then_only_nominations_do() {
        let (mut ice, now) = (ice(), Instant::now());
        let cases = [
            (1, CheckedBy::Previous, false, None, "old credentials select nothing"),
            (2, CheckedBy::Current, false, Some(2), "the first one does"),
            (3, CheckedBy::Current, false, Some(2), "a second one does not"),
            (3, CheckedBy::Current, true, Some(3), "unless it nominates"),
            (2, CheckedBy::Current, false, Some(3), "and then none that does not"),
        ];
        for (port, by, nominates, selected, message) in cases {
            ice.handle_check(path(port), by, nominates, now);
            assert_eq!(ice.selected(), selected.map(path), "{message}");
        }
    }

    #[test]
    fn a_check_made_nominating_is_authentic_and_the_same_otherwise() {
        let ice = ice();
        let id = TransId::new();
        let request = StunMessage::binding_request("ours:theirs", id, true, 7, 99, false);
        let mut buffer = [0; 256];
        let len = ice.nominating(&request, &mut buffer).unwrap();
        let made = StunMessage::parse(&buffer[..len]).unwrap();
        assert!(made.use_candidate() && !request.use_candidate());
        assert_eq!((made.trans_id(), made.prio(), made.ice_controlling()), (id, Some(99), Some(7)));
        assert_eq!(ice.authenticate(&made), Some(CheckedBy::Current));
    }
}
