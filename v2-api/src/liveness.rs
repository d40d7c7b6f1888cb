//! How long a client may be silent or away (openvidu-v2 section 2.1): pings, the wait for a lost socket, and the socket's
//! end after the client has left.
use std::time::{Duration, Instant};

/// How long a lost socket is waited for.
pub(crate) const RECONNECTION_TIME: Duration = Duration::from_secs(10);
/// How long the socket of a client that left or was put out stays open.
const FAREWELL_TIME: Duration = Duration::from_secs(10);
/// Silence allowed where the first ping named no interval.
const SILENCE_WITHOUT_INTERVAL: Duration = Duration::from_secs(60);
/// Pings that may be missing.
const MISSED_PINGS: u32 = 3;
/// Bounds of the interval that a client may name.
const INTERVAL_MIN: Duration = Duration::from_secs(1);
const INTERVAL_MAX: Duration = Duration::from_secs(600);

/// What has run out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Expired {
    /// No ping came for too long.
    Ping,
    /// The lost socket was not replaced.
    Reconnection,
    /// The socket has been open long enough after the end.
    Farewell,
}

/// The clocks of one client.
#[derive(Default, Debug)]
pub(crate) struct Liveness {
    /// Silence allowed; set by the first ping, for good.
    silence: Option<Duration>,
    last_ping: Option<Instant>,
    lost_at: Option<Instant>,
    farewell_at: Option<Instant>,
}

impl Liveness {
    /// A ping came. Only the first one's interval counts.
    pub(crate) fn pinged(&mut self, interval: Option<Duration>, now: Instant) {
        let allowed = || match interval {
            Some(interval) => interval.clamp(INTERVAL_MIN, INTERVAL_MAX) * MISSED_PINGS,
            None => SILENCE_WITHOUT_INTERVAL,
        };
        self.silence.get_or_insert_with(allowed);
        self.last_ping = Some(now);
    }

    /// The socket is gone.
    pub(crate) fn lost(&mut self, now: Instant) {
        self.lost_at.get_or_insert(now);
    }

    /// Another socket has taken its place.
    pub(crate) fn attached(&mut self, now: Instant) {
        self.lost_at = None;
        self.last_ping = self.last_ping.map(|_| now);
    }

    /// The client has left or was put out.
    pub(crate) fn parted(&mut self, now: Instant) {
        self.farewell_at = Some(now + FAREWELL_TIME);
    }

    /// The client is in a session again.
    pub(crate) fn back(&mut self) {
        self.farewell_at = None;
    }

    /// The next moment at which something runs out.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.all().map(|(at, _)| at).min()
    }

    /// What has run out by now; each thing once.
    pub(crate) fn expired(&mut self, now: Instant) -> Option<Expired> {
        let (_, what) = self.all().filter(|(at, _)| *at <= now).min_by_key(|(at, _)| *at)?;
        match what {
            Expired::Ping => self.last_ping = None,
            Expired::Reconnection => self.lost_at = None,
            Expired::Farewell => self.farewell_at = None,
        }
        Some(what)
    }

    fn all(&self) -> impl Iterator<Item = (Instant, Expired)> {
        let ping = self.last_ping.zip(self.silence).filter(|_| self.lost_at.is_none());
        let ping = ping.map(|(last, silence)| (last + silence, Expired::Ping));
        let lost = self.lost_at.map(|at| (at + RECONNECTION_TIME, Expired::Reconnection));
        let farewell = self.farewell_at.map(|at| (at, Expired::Farewell));
        [ping, lost, farewell].into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_three_intervals_of_the_first_ping() {
        let start = Instant::now();
        let cases = [(Some(5), 15), (None, 60), (Some(0), 3), (Some(100_000), 1800)];
        for (interval, silence) in cases {
            let mut liveness = Liveness::default();
            assert_eq!(liveness.deadline(), None, "a client that never pings is never missed");
            liveness.pinged(interval.map(Duration::from_secs), start);
            liveness.pinged(Some(Duration::from_secs(1)), start);
            assert_eq!(liveness.deadline(), Some(start + Duration::from_secs(silence)), "{interval:?}");
        }
    }

    #[test]
    fn a_lost_socket_is_waited_for_and_pings_are_not_missed_meanwhile() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut liveness = Liveness::default();
        liveness.pinged(Some(Duration::from_secs(5)), start);
        liveness.lost(at(14));
        liveness.lost(at(20));
        assert_eq!(liveness.deadline(), Some(at(24)));
        assert_eq!(liveness.expired(at(23)), None);
        liveness.attached(at(23));
        assert_eq!(liveness.deadline(), Some(at(38)), "pings are expected again from then");
        assert_eq!(liveness.expired(at(38)), Some(Expired::Ping));
        assert_eq!(liveness.expired(at(38)), None, "each thing once");
    }
}
