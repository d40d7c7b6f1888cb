//! What one look at a socket brings: datagrams one by one, or in runs where the system joins them (recvmmsg, GRO).
use quinn_udp::{BATCH_SIZE, RecvMeta, UdpSocketState};
use std::io::{self, IoSliceMut};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::ops::Range;

/// Datagrams taken at a time without offloads, so that nobody starves.
const SINGLES: usize = 64;
const DATAGRAM_BYTES_MAX: usize = 2048;
/// Room for one run: the system joins at most this much.
const RUN_BYTES: usize = 65_536;

/// Room for datagrams, used again and again for all sockets.
pub struct Inbox {
    bytes: Vec<u8>,
    found: Vec<(SocketAddr, Range<usize>)>,
}

impl Inbox {
    /// Room for one look.
    pub fn new() -> Self {
        Self { bytes: vec![0; RUN_BYTES * BATCH_SIZE], found: Vec::new() }
    }

    /// Takes what waits on `socket`, in place of what was taken before.
    pub(super) fn fill(&mut self, socket: &UdpSocket, offloads: Option<&UdpSocketState>) -> io::Result<()> {
        self.found.clear();
        let done = match offloads {
            None => self.fill_singly(socket),
            Some(state) => self.fill_in_runs(socket, state),
        };
        match done {
            // A refusal says that the server's port is closed: ICE finds out by itself.
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::ConnectionRefused) => {
                Ok(())
            }
            other => other,
        }
    }

    fn fill_singly(&mut self, socket: &UdpSocket) -> io::Result<()> {
        for (slot, room) in self.bytes.chunks_mut(DATAGRAM_BYTES_MAX).take(SINGLES).enumerate() {
            let (len, from) = socket.recv_from(room)?;
            let start = slot * DATAGRAM_BYTES_MAX;
            self.found.push((from, start..start + len));
        }
        Ok(())
    }

    fn fill_in_runs(&mut self, socket: &UdpSocket, state: &UdpSocketState) -> io::Result<()> {
        let mut metas = [RecvMeta::default(); BATCH_SIZE];
        let nothing: [&mut [u8]; BATCH_SIZE] = std::array::from_fn(|_| <&mut [u8]>::default());
        let mut slices = nothing.map(IoSliceMut::new);
        for (slice, room) in slices.iter_mut().zip(self.bytes.chunks_mut(RUN_BYTES)) {
            *slice = IoSliceMut::new(room);
        }
        let received = state.recv(socket.into(), &mut slices, &mut metas)?;
        for (slot, meta) in metas.iter().take(received).enumerate() {
            let (start, stride) = (slot * RUN_BYTES, meta.stride.max(1));
            let starts = (0..meta.len).step_by(stride);
            self.found.extend(starts.map(|at| (meta.addr, start + at..start + (at + stride).min(meta.len))));
        }
        Ok(())
    }

    /// How many datagrams were taken.
    pub(super) const fn len(&self) -> usize {
        self.found.len()
    }

    /// One of them, with the address that it came from.
    pub(super) fn datagram(&mut self, index: usize) -> (SocketAddr, &mut [u8]) {
        let nobody = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let (from, range) = self.found.get(index).cloned().unwrap_or((nobody, 0..0));
        (from, self.bytes.get_mut(range).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn datagrams_come_whole_and_in_order_with_and_without_offloads() {
        for offload in [false, true] {
            let to = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            to.set_nonblocking(true).unwrap();
            let state = offload.then(|| UdpSocketState::new((&to).into()).unwrap());
            let from = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            for payload in [&b"one"[..], b"two!", b"three"] {
                from.send_to(payload, to.local_addr().unwrap()).unwrap();
            }
            let mut inbox = Inbox::new();
            let mut came = Vec::new();
            let until = Instant::now() + Duration::from_secs(5);
            while came.len() < 3 && Instant::now() < until {
                inbox.fill(&to, state.as_ref()).unwrap();
                came.extend((0..inbox.len()).map(|index| inbox.datagram(index).1.to_vec()));
            }
            assert_eq!(came, [&b"one"[..], b"two!", b"three"]);
        }
    }
}
