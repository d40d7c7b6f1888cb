//! The embedded TURN server, with the credentials that a v2 join hands out: media through it, over UDP and over TLS; who may
//! not use it, and where it does not relay to.
use crate::kit::{Folder, PATIENCE, V2Client, v2_token};
use crate::media_tcp::talk;
use crate::peer::Wire;
use gateway::app::Running;
use gateway::config::{self, Secret, TurnSection};
use gateway::turn::TurnSettings;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use str0m::net::Protocol;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::mpsc;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use turn_client_proto::api::{TurnClientApi, TurnConfig, TurnEvent, TurnPollRet, TurnRecvRet};
use turn_client_proto::prelude::DelayedTransmitBuild;
use turn_client_proto::stun::agent::Transmit;
use turn_client_proto::tcp::TurnClientTcp;
use turn_client_proto::types::{Instant as TurnInstant, TransportType, TurnCredentials};
use turn_client_proto::udp::TurnClientUdp;

/// A server of development mode with TURN on free ports.
async fn start(folder: &Folder, per_user_max: usize) -> Running {
    let mut config = config::dev(&folder.0).unwrap();
    config.turn = Some(TurnSection {
        server: TurnSettings {
            bind: vec!["127.0.0.1".parse().unwrap()],
            udp_port: Some(0),
            tls_port: Some(0),
            external_tls: false,
            relay_ports: Some((30_000, 40_000)),
            per_user_max,
        },
        host: "127.0.0.1".to_owned(),
        certificate: None,
        secret: Some(Secret::new("hush-hush")),
        ttl: Duration::from_secs(300),
    });
    Running::start(config).await.unwrap()
}

/// The credentials that a v2 client is given.
async fn credentials(server: &Running) -> (String, String) {
    let mut client = V2Client::connect(server.port).await;
    let token = v2_token(server.port, "elsewhere").await;
    let joined = client.join("elsewhere", &token).await;
    let servers = joined["customIceServers"].as_array().unwrap();
    let (udp, tls) = server.turn_ports().unwrap();
    assert_eq!(servers[0]["url"], format!("turn:127.0.0.1:{}", udp.unwrap()));
    assert_eq!(servers[1]["url"], format!("turns:127.0.0.1:{}?transport=tcp", tls.unwrap()));
    assert_eq!((&joined["coturnIp"], &joined["coturnPort"]), (&Value::from("127.0.0.1"), &Value::from(udp.unwrap())));
    assert_eq!(joined["turnUsername"], servers[0]["username"]);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&servers[0]["username"]), text(&servers[0]["credential"]))
}

/// What happens to a TURN client.
enum Word {
    Allocated(SocketAddr),
    Refused,
    ChannelRefused(SocketAddr),
}

/// A TURN client's two ends: what it is to send to peers, and what it says.
struct Turn {
    wire: Wire,
    words: mpsc::UnboundedReceiver<Word>,
}

/// Bytes to and from the TURN server: datagrams, or pieces of a stream.
struct Net {
    sender: mpsc::UnboundedSender<Vec<u8>>,
    receiver: mpsc::UnboundedReceiver<Vec<u8>>,
}

async fn udp_net(server: SocketAddr) -> (Net, SocketAddr) {
    let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
    let local = socket.local_addr().unwrap();
    let (sender, mut outgoing) = mpsc::unbounded_channel::<Vec<u8>>();
    let (incoming, receiver) = mpsc::unbounded_channel();
    let writing = Arc::clone(&socket);
    tokio::spawn(async move {
        while let Some(bytes) = outgoing.recv().await {
            let _ = writing.send_to(&bytes, server).await;
        }
    });
    tokio::spawn(async move {
        let mut buffer = vec![0; 4_096];
        while let Ok(read) = socket.recv(&mut buffer).await {
            if incoming.send(buffer[..read].to_vec()).is_err() {
                return;
            }
        }
    });
    (Net { sender, receiver }, local)
}

async fn tls_net(server: SocketAddr, folder: &Folder) -> (Net, SocketAddr) {
    let mut roots = RootCertStore::empty();
    let certificate = std::fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().path());
    let mut certificates = certificate.filter_map(|path| CertificateDer::from_pem_file(path).ok());
    roots.add(certificates.next().expect("the server's certificate")).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(server).await.unwrap();
    let local = stream.local_addr().unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
    let (mut reading, mut writing) = tokio::io::split(stream);
    let (sender, mut outgoing) = mpsc::unbounded_channel::<Vec<u8>>();
    let (incoming, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(mut bytes) = outgoing.recv().await {
            // RFC 8656 §12.5, which the client leaves to us, in both directions.
            bytes.resize(bytes.len().next_multiple_of(4), 0);
            if writing.write_all(&bytes).await.is_err() || writing.flush().await.is_err() {
                return;
            }
        }
    });
    tokio::spawn(async move {
        let mut head = [0; 4];
        while reading.read_exact(&mut head).await.is_ok() {
            let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
            let rest = if head[0] < 0x40 { 16 + length } else { length };
            let mut message = head.to_vec();
            message.resize(4 + rest.next_multiple_of(4), 0);
            if reading.read_exact(&mut message[4..]).await.is_err() {
                return;
            }
            message.truncate(4 + rest);
            if incoming.send(message).is_err() {
                return;
            }
        }
    });
    (Net { sender, receiver }, local)
}

/// A client over UDP; `Err` where it got no allocation.
async fn over_udp(server: &Running, credentials: &(String, String)) -> Result<Turn, ()> {
    let address = SocketAddr::from(([127, 0, 0, 1], server.turn_ports().unwrap().0.unwrap()));
    let (net, local) = udp_net(address).await;
    let config = TurnConfig::new(TurnCredentials::new(&credentials.0, &credentials.1));
    allocated(TurnClientUdp::allocate(local, address, config), net).await
}

/// The same over TLS.
async fn over_tls(server: &Running, credentials: &(String, String), folder: &Folder) -> Result<Turn, ()> {
    let address = SocketAddr::from(([127, 0, 0, 1], server.turn_ports().unwrap().1.unwrap()));
    let (net, local) = tls_net(address, folder).await;
    let config = TurnConfig::new(TurnCredentials::new(&credentials.0, &credentials.1));
    allocated(TurnClientTcp::allocate(local, address, config), net).await
}

async fn allocated<C: TurnClientApi + Send + 'static>(client: C, net: Net) -> Result<Turn, ()> {
    let (sender, outgoing) = mpsc::unbounded_channel();
    let (incoming, receiver) = mpsc::unbounded_channel();
    let (say, mut words) = mpsc::unbounded_channel();
    tokio::spawn(drive(client, net, outgoing, incoming, say));
    // The client repeats itself for long where it is refused without a signature: that counts as refused.
    match tokio::time::timeout(PATIENCE / 4, words.recv()).await {
        Ok(Some(Word::Allocated(local))) => {
            let wire = Wire { protocol: Protocol::Udp, local, sender, receiver };
            Ok(Turn { wire, words })
        }
        Ok(Some(Word::Refused | Word::ChannelRefused(_)) | None) | Err(_) => Err(()),
    }
}

/// The time since the first look at it.
fn now() -> TurnInstant {
    static STARTED: OnceLock<Instant> = OnceLock::new();
    TurnInstant::from_std(*STARTED.get_or_init(Instant::now))
}

async fn drive<C: TurnClientApi>(
    mut client: C,
    mut net: Net,
    mut outgoing: mpsc::UnboundedReceiver<(SocketAddr, Vec<u8>)>,
    incoming: mpsc::UnboundedSender<(SocketAddr, Vec<u8>)>,
    say: mpsc::UnboundedSender<Word>,
) {
    let (server, local, transport) = (client.remote_addr(), client.local_addr(), client.transport());
    loop {
        while let Some(transmit) = client.poll_transmit(now()) {
            let _ = net.sender.send(transmit.data.to_vec());
        }
        while let Some(event) = client.poll_event() {
            let word = match event {
                TurnEvent::AllocationCreated(_, address) => Word::Allocated(address),
                TurnEvent::AllocationCreateFailed(_) => Word::Refused,
                TurnEvent::ChannelCreateFailed(_, peer) => Word::ChannelRefused(peer),
                _ => continue,
            };
            let _ = say.send(word);
        }
        while let Some(data) = client.poll_recv(now()) {
            let _ = incoming.send((data.peer, data.data().to_vec()));
        }
        let patience = match client.poll(now()) {
            TurnPollRet::WaitUntil(until) => until.saturating_duration_since(now()).min(Duration::from_millis(50)),
            TurnPollRet::Closed => {
                let _ = say.send(Word::Refused);
                return;
            }
            _ => Duration::ZERO,
        };
        tokio::select! {
            bytes = net.receiver.recv() => {
                let Some(bytes) = bytes else { return };
                if let TurnRecvRet::PeerData(data) = client.recv(Transmit::new(bytes, transport, server, local), now()) {
                    let _ = incoming.send((data.peer, data.data().to_vec()));
                }
            }
            message = outgoing.recv() => {
                let Some((peer, bytes)) = message else { return };
                if client.have_permission(TransportType::Udp, peer.ip()) {
                    if let Ok(Some(built)) = client.send_to(TransportType::Udp, peer, bytes, now()) {
                        let _ = net.sender.send(built.data.build());
                    }
                } else {
                    // What comes before the channel is there is lost: checks are repeated.
                    let _ = client.bind_channel(TransportType::Udp, peer, now());
                }
            }
            () = tokio::time::sleep(patience) => {}
        }
    }
}

#[tokio::test]
async fn media_goes_through_the_relay_over_udp_and_over_tls() {
    let folder = Folder::new();
    let server = start(&folder, 12).await;
    let credentials = credentials(&server).await;
    let speaker = over_udp(&server, &credentials).await.expect("an allocation over UDP");
    let listener = over_tls(&server, &credentials, &folder).await.expect("an allocation over TLS");
    assert!((30_000..=40_000).contains(&speaker.wire.local.port()), "{}", speaker.wire.local);
    talk(server.port, speaker.wire, listener.wire).await;
    server.stop().await;
}

#[tokio::test]
async fn wrong_expired_and_foreign_credentials_get_no_relay() {
    let folder = Folder::new();
    let server = start(&folder, 12).await;
    let (username, password) = credentials(&server).await;
    assert!(over_udp(&server, &(username.clone(), password.clone())).await.is_ok());
    let later = format!("9{username}");
    let cases = [
        ("a wrong password", username, "x".repeat(28)),
        ("a user name that was prolonged", later, password.clone()),
        // Signed rightly with the server's secret, an hour ago.
        ("an expired one", "1000000000:abcdefgh".to_owned(), "nlZsCzE9Tv4KZminwJanjlANtBQ=".to_owned()),
        ("a user name of another form", "alice".to_owned(), "secret".to_owned()),
    ];
    for (name, username, password) in cases {
        assert!(over_udp(&server, &(username, password)).await.is_err(), "{name}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_peer_that_is_not_our_media_is_refused() {
    let folder = Folder::new();
    let server = start(&folder, 12).await;
    let credentials = credentials(&server).await;
    let mut turn = over_udp(&server, &credentials).await.unwrap();
    let target = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let cases = [
        target.local_addr().unwrap(),
        SocketAddr::from(([127, 0, 0, 1], server.port)),
        SocketAddr::from(([169, 254, 169, 254], 80)),
        SocketAddr::from(([10, 0, 0, 1], 7882)),
    ];
    for peer in cases {
        turn.wire.sender.send((peer, b"hello".to_vec())).unwrap();
        let word = tokio::time::timeout(PATIENCE, turn.words.recv()).await.expect("an answer in time");
        assert!(matches!(word, Some(Word::ChannelRefused(refused)) if refused == peer), "{peer}");
    }
    let mut buffer = [0; 64];
    assert!(target.try_recv(&mut buffer).is_err(), "nothing came through");
    server.stop().await;
}

#[tokio::test]
async fn one_user_name_has_so_many_relays_and_no_more() {
    let folder = Folder::new();
    let server = start(&folder, 2).await;
    let credentials = credentials(&server).await;
    let first = over_udp(&server, &credentials).await;
    let second = over_udp(&server, &credentials).await;
    assert!(first.is_ok() && second.is_ok());
    assert!(over_udp(&server, &credentials).await.is_err());
    server.stop().await;
}
