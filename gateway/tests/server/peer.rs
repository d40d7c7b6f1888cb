//! A client's PeerConnection over a wire of the test's choice: str0m's full engine, with Opus only.
use crate::kit::PATIENCE;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::media::{Direction, MediaKind, MediaTime, Mid};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, Input, Output, Rtc};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::mpsc;

/// A way to the server.
pub struct Wire {
    pub protocol: Protocol,
    /// The client's address as the server sees it.
    pub local: SocketAddr,
    pub sender: mpsc::UnboundedSender<(SocketAddr, Vec<u8>)>,
    pub receiver: mpsc::UnboundedReceiver<(SocketAddr, Vec<u8>)>,
}

impl Wire {
    /// A UDP socket of this machine.
    pub async fn udp(ip: IpAddr) -> Self {
        let socket = Arc::new(UdpSocket::bind(SocketAddr::new(ip, 0)).await.unwrap());
        let local = socket.local_addr().unwrap();
        let (sender, mut outgoing) = mpsc::unbounded_channel::<(SocketAddr, Vec<u8>)>();
        let (incoming, receiver) = mpsc::unbounded_channel();
        let writing = Arc::clone(&socket);
        tokio::spawn(async move {
            while let Some((remote, bytes)) = outgoing.recv().await {
                let _ = writing.send_to(&bytes, remote).await;
            }
        });
        tokio::spawn(async move {
            let mut buffer = vec![0; 4_096];
            while let Ok((read, remote)) = socket.recv_from(&mut buffer).await {
                if incoming.send((remote, buffer[..read].to_vec())).is_err() {
                    return;
                }
            }
        });
        Self { protocol: Protocol::Udp, local, sender, receiver }
    }

    /// A TCP connection to `remote`, framed as RFC 4571 says.
    pub async fn tcp(remote: SocketAddr) -> Self {
        let stream = TcpStream::connect(remote).await.unwrap();
        let local = stream.local_addr().unwrap();
        let (mut reading, mut writing) = stream.into_split();
        let (sender, mut outgoing) = mpsc::unbounded_channel::<(SocketAddr, Vec<u8>)>();
        let (incoming, receiver) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Some((_, bytes)) = outgoing.recv().await {
                let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
                if writing.write_all(&[&length, bytes.as_slice()].concat()).await.is_err() {
                    return;
                }
            }
        });
        tokio::spawn(async move {
            while let Ok(length) = reading.read_u16().await {
                let mut bytes = vec![0; usize::from(length)];
                if reading.read_exact(&mut bytes).await.is_err() || incoming.send((remote, bytes)).is_err() {
                    return;
                }
            }
        });
        Self { protocol: Protocol::Tcp, local, sender, receiver }
    }
}

/// One PeerConnection.
pub struct Peer {
    rtc: Rtc,
    wire: Wire,
    pending: Option<SdpPendingOffer>,
    mid: Mid,
    pub connected: bool,
    /// What was heard: the payloads, in order.
    pub heard: Vec<Vec<u8>>,
    sent: u64,
    next_frame: Instant,
}

impl Peer {
    /// A peer that sends or receives sound, with its offer.
    pub fn offering(wire: Wire, direction: Direction) -> (Self, String) {
        let now = Instant::now();
        let mut rtc = Rtc::builder().clear_codecs().enable_opus(true, false).build(now);
        rtc.add_local_candidate(Candidate::host(wire.local, wire.protocol).unwrap());
        let mut changes = rtc.sdp_api();
        let mid = changes.add_media(MediaKind::Audio, direction, Some("s".into()), Some("t".into()), None);
        let (offer, pending) = changes.apply().unwrap();
        let offer = offer.to_sdp_string();
        let pending = Some(pending);
        let peer = Self { rtc, wire, pending, mid, connected: false, heard: Vec::new(), sent: 0, next_frame: now };
        (peer, offer)
    }

    /// Takes the server's answer.
    pub fn answered(&mut self, sdp: &str) {
        let answer = SdpAnswer::from_sdp_string(sdp).unwrap();
        self.rtc.sdp_api().accept_answer(self.pending.take().unwrap(), answer).unwrap();
    }

    /// One turn: what waits to be sent goes out, then something comes in, or a few milliseconds pass.
    async fn turn(&mut self) {
        let deadline = self.drain();
        let now = Instant::now();
        let patience = deadline.saturating_duration_since(now).min(Duration::from_millis(5));
        match tokio::time::timeout(patience, self.wire.receiver.recv()).await {
            Ok(Some((source, bytes))) => {
                let Ok(receive) = Receive::new(self.wire.protocol, source, self.wire.local, &bytes) else { return };
                let input = Input::Receive(Instant::now(), receive);
                if self.rtc.accepts(&input) {
                    self.rtc.handle_input(input).unwrap();
                }
            }
            Ok(None) => panic!("the wire ended"),
            Err(_) => self.rtc.handle_input(Input::Timeout(Instant::now())).unwrap(),
        }
    }

    fn drain(&mut self) -> Instant {
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(at) => return at,
                Output::Transmit(transmit) if transmit.proto == self.wire.protocol => {
                    let _ = self.wire.sender.send((transmit.destination, transmit.contents.to_vec()));
                }
                Output::Transmit(_) => {}
                Output::Event(Event::Connected) => self.connected = true,
                Output::Event(Event::MediaData(data)) => self.heard.push(data.data.to_vec()),
                Output::Event(_) => {}
            }
        }
    }

    /// Sends a frame of sound where one is due: a byte that counts, every 20 ms.
    fn speak(&mut self) {
        let now = Instant::now();
        if !self.connected || now < self.next_frame {
            return;
        }
        self.next_frame = now + Duration::from_millis(20);
        self.sent += 1;
        let Some(writer) = self.rtc.writer(self.mid) else { return };
        let Some(pt) = writer.payload_params().next().map(|params| params.pt()) else { return };
        let time = MediaTime::new(self.sent * 960, str0m::media::Frequency::FORTY_EIGHT_KHZ);
        writer.write(pt, now, time, vec![0xfc, self.sent as u8, 0, 0]).unwrap();
    }
}

/// Lets `speaker` speak until `listener` has heard `frames` of it.
pub async fn until_heard(speaker: &mut Peer, listener: &mut Peer, frames: usize) {
    let until = Instant::now() + PATIENCE;
    while listener.heard.len() < frames {
        let state = (speaker.connected, listener.connected, listener.heard.len());
        assert!(Instant::now() < until, "connected, connected, heard: {state:?}");
        speaker.speak();
        speaker.turn().await;
        listener.turn().await;
    }
}
