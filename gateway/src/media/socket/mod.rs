//! A worker's UDP sockets: batches in (recvmmsg, GRO) and runs of datagrams out (GSO), with the address at our side.
//!
//! One socket per address family at the same port. What cannot be sent at once is dropped, as a network would do.
use quinn_udp::{BATCH_SIZE, RecvMeta, UdpSocketState};
use sfu_core::media::{Route, Transmit};
use sfu_core::sdp::Protocol;
use socket2::{Domain, Socket, Type};
use std::io::{self, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// Bytes asked of the system for each direction's buffer: half a second of 64 Mbit/s.
const SOCKET_BUFFER_BYTES: usize = 4 * 1024 * 1024;
/// Bytes for one received run: GRO joins at most this much.
const RUN_BYTES: usize = 65_536;
/// How many runs ahead the next address is named: what it stands for comes from memory while these are worked on.
const AHEAD: usize = 2;

/// The sockets of one port.
pub(super) struct Sockets {
    families: Vec<Family>,
    buffers: [Vec<u8>; BATCH_SIZE],
    /// Addresses of ours that datagrams came to: only these may be named as a source.
    seen: Vec<IpAddr>,
    /// Datagrams that the system did not take.
    dropped: u64,
}

struct Family {
    socket: UdpSocket,
    state: UdpSocketState,
    local: SocketAddr,
}

impl Sockets {
    /// Binds `port` (0: any) for the families of `addresses`.
    pub(super) fn bind(port: u16, addresses: &[IpAddr]) -> io::Result<Self> {
        let mut families = Vec::new();
        let mut port = port;
        for (wanted, any) in [
            (addresses.iter().any(IpAddr::is_ipv4), IpAddr::from(Ipv4Addr::UNSPECIFIED)),
            (addresses.iter().any(IpAddr::is_ipv6), IpAddr::from(Ipv6Addr::UNSPECIFIED)),
        ] {
            if wanted {
                let family = Family::bind(SocketAddr::new(any, port))?;
                port = family.local.port();
                families.push(family);
            }
        }
        let buffers = std::array::from_fn(|_| vec![0; RUN_BYTES]);
        Ok(Self { families, buffers, seen: Vec::new(), dropped: 0 })
    }

    /// The port that was bound.
    pub(super) fn port(&self) -> u16 {
        self.families.first().map_or(0, |family| family.local.port())
    }

    /// Handles for registration with the poller, in the order of [`Sockets::receive`]'s index.
    pub(super) fn handles(&self) -> io::Result<Vec<mio::net::UdpSocket>> {
        self.families.iter().map(|family| Ok(mio::net::UdpSocket::from_std(family.socket.try_clone()?))).collect()
    }

    /// Receives one batch of the `index`-th socket and gives each datagram to `take`, with the address that one of the
    /// next comes from; false where nothing waits.
    pub(super) fn receive(
        &mut self,
        index: usize,
        mut take: impl FnMut(Route, &mut [u8], Option<Route>),
    ) -> io::Result<bool> {
        let Some(family) = self.families.get(index) else { return Ok(false) };
        let mut metas = [RecvMeta::default(); BATCH_SIZE];
        let mut slices = self.buffers.each_mut().map(|buffer| IoSliceMut::new(buffer));
        let received = match family.state.recv((&family.socket).into(), &mut slices, &mut metas) {
            Ok(received) => received,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error),
        };
        let metas = &metas[..received];
        for (place, (buffer, meta)) in self.buffers.iter_mut().zip(metas).enumerate() {
            let route = family.route_of(meta);
            let local = route.local.ip();
            if !local.is_unspecified() && !self.seen.contains(&local) {
                self.seen.push(local);
            }
            let upcoming = metas.get(place + AHEAD).map(|meta| family.route_of(meta));
            for datagram in buffer[..meta.len].chunks_mut(meta.stride.max(1)) {
                take(route, datagram, upcoming);
            }
        }
        Ok(true)
    }

    /// Runs that the system did not take, since the start.
    pub(super) const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Sends a run.
    pub(super) fn send(&mut self, transmit: &Transmit<'_>) {
        let remote = transmit.route.remote;
        let Some(family) = self.families.iter().find(|family| family.local.is_ipv4() == remote.is_ipv4()) else {
            self.dropped += 1;
            return;
        };
        let src_ip = Some(transmit.route.local.ip()).filter(|ip| self.seen.contains(ip));
        let segment = transmit.segment_bytes.max(1);
        let run = segment.saturating_mul(family.state.max_gso_segments().max(1));
        for contents in transmit.payload.chunks(run) {
            if !family.send(remote, contents, segment, src_ip) {
                self.dropped += 1;
            }
        }
    }
}

impl Family {
    /// Where a received run came from, and where to.
    fn route_of(&self, meta: &RecvMeta) -> Route {
        let local = meta.dst_ip.map_or(self.local, |ip| SocketAddr::new(ip, self.local.port()));
        Route { protocol: Protocol::Udp, remote: meta.addr, local }
    }

    fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, None)?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        socket.bind(&address.into())?;
        let socket = UdpSocket::from(socket);
        let state = UdpSocketState::new((&socket).into())?;
        for result in [
            state.set_send_buffer_size((&socket).into(), SOCKET_BUFFER_BYTES),
            state.set_recv_buffer_size((&socket).into(), SOCKET_BUFFER_BYTES),
        ] {
            if let Err(error) = result {
                tracing::debug!(%error, "the system keeps its own socket buffer size");
            }
        }
        let local = socket.local_addr()?;
        Ok(Self { socket, state, local })
    }

    /// Sends one run, datagram by datagram where the system refuses runs; false where any was dropped.
    fn send(&self, destination: SocketAddr, contents: &[u8], segment: usize, src_ip: Option<IpAddr>) -> bool {
        let transmit = quinn_udp::Transmit { destination, ecn: None, contents, segment_size: Some(segment), src_ip };
        match self.state.try_send((&self.socket).into(), &transmit) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => false,
            Err(error) if contents.len() > segment => {
                tracing::debug!(%error, "a run of datagrams was refused: sending one by one");
                contents
                    .chunks(segment)
                    .map(|one| self.send(destination, one, segment, src_ip))
                    .filter(|sent| !sent)
                    .count()
                    == 0
            }
            Err(error) => {
                tracing::debug!(%error, %destination, "datagram not sent");
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn a_run_arrives_as_datagrams_with_both_addresses_known() {
        let localhost = IpAddr::from(Ipv4Addr::LOCALHOST);
        let mut one = Sockets::bind(0, &[localhost]).unwrap();
        let mut two = Sockets::bind(0, &[localhost]).unwrap();
        let remote = SocketAddr::new(localhost, two.port());
        let route = Route { protocol: Protocol::Udp, remote, local: SocketAddr::new(localhost, one.port()) };
        one.send(&Transmit { route, payload: b"aaabbbc", segment_bytes: 3 });
        let mut received = Vec::new();
        let until = Instant::now() + Duration::from_secs(5);
        while received.len() < 3 && Instant::now() < until {
            two.receive(0, |route, bytes, _| received.push((route, bytes.to_vec()))).unwrap();
        }
        let payloads: Vec<_> = received.iter().map(|(_, bytes)| bytes.as_slice()).collect();
        assert_eq!(payloads, [&b"aaa"[..], b"bbb", b"c"]);
        assert_eq!(received[0].0.remote.port(), one.port());
        assert_eq!(received[0].0.local, remote);
    }
}
