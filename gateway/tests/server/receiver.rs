//! A backend that takes webhooks: what it was told, and how it answers.
use crate::kit::PATIENCE;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// What came.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub headers: HashMap<String, String>,
    pub body: Value,
    /// The body as it came.
    pub text: String,
}

impl Arrival {
    /// `event reason`.
    pub fn short(&self) -> String {
        let reason = self.body["reason"].as_str().map(|reason| format!(" {reason}")).unwrap_or_default();
        format!("{}{reason}", self.body["event"].as_str().unwrap())
    }

    pub fn id(&self) -> &str {
        &self.headers["x-viaduct-event-id"]
    }
}

/// A backend.
pub struct Receiver {
    pub port: u16,
    status: Arc<Mutex<u16>>,
    arrivals: mpsc::UnboundedReceiver<(u16, Arrival)>,
    /// TLS handshakes that came to nothing.
    failed: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    /// Listens on a port; 0: any free one. Answers 200.
    pub async fn listen(port: u16) -> Self {
        Self::listen_by(port, None).await
    }

    /// Listens with TLS, under a certificate that nobody signed but itself.
    pub async fn listen_tls() -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
        let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        Self::listen_by(0, Some(tokio_rustls::TlsAcceptor::from(Arc::new(config)))).await
    }

    async fn listen_by(port: u16, tls: Option<tokio_rustls::TlsAcceptor>) -> Self {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(([127, 0, 0, 1], port).into()).unwrap();
        let listener = socket.listen(64).unwrap();
        let port = listener.local_addr().unwrap().port();
        let status = Arc::new(Mutex::new(200));
        let (sender, arrivals) = mpsc::unbounded_channel();
        let failed = Arc::new(AtomicUsize::new(0));
        let task = tokio::spawn(accept(listener, tls, Arc::clone(&failed), Arc::clone(&status), sender));
        Self { port, status, arrivals, failed, task }
    }

    /// A port on which nobody listens at present.
    pub async fn free_port() -> u16 {
        Self::listen(0).await.port
    }

    pub fn url(port: u16) -> String {
        format!("http://127.0.0.1:{port}/hook?from=test")
    }

    pub fn tls_url(port: u16) -> String {
        format!("https://127.0.0.1:{port}/hook")
    }

    /// Waits until this many TLS handshakes came to nothing, and nothing arrived meanwhile.
    pub async fn turned_away(&mut self, times: usize) {
        let counted = async {
            while self.failed.load(Ordering::Relaxed) < times {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, counted).await.expect("handshakes in time");
        assert!(self.arrivals.try_recv().is_err(), "nothing goes to a receiver that is not who it says");
    }

    /// From now on answers this.
    pub fn answer(&self, status: u16) {
        *self.status.lock().unwrap() = status;
    }

    /// The next attempt, with what it was answered.
    pub async fn attempt(&mut self) -> (u16, Arrival) {
        tokio::time::timeout(PATIENCE, self.arrivals.recv()).await.expect("an event in time").unwrap()
    }

    /// The next event that was taken.
    pub async fn next(&mut self) -> Arrival {
        loop {
            let (status, arrival) = self.attempt().await;
            if status == 200 {
                return arrival;
            }
        }
    }

    /// What came already, if there is any.
    pub fn try_next(&mut self) -> Option<Arrival> {
        self.arrivals.try_recv().ok().map(|(_, arrival)| arrival)
    }

    /// The events that were taken, in short, up to the one of this name.
    pub async fn until(&mut self, last: &str) -> Vec<Arrival> {
        let mut taken = Vec::new();
        loop {
            taken.push(self.next().await);
            if taken.last().unwrap().body["event"] == last {
                return taken;
            }
        }
    }
}

pub fn shorts(arrivals: &[Arrival]) -> Vec<String> {
    arrivals.iter().map(Arrival::short).collect()
}

async fn accept(
    listener: TcpListener,
    tls: Option<tokio_rustls::TlsAcceptor>,
    failed: Arc<AtomicUsize>,
    status: Arc<Mutex<u16>>,
    sender: mpsc::UnboundedSender<(u16, Arrival)>,
) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, failed, status, sender) = (tls.clone(), Arc::clone(&failed), Arc::clone(&status), sender.clone());
        connections.spawn(async move {
            match tls {
                None => serve(stream, status, sender).await,
                Some(tls) => match tls.accept(stream).await {
                    Ok(stream) => serve(stream, status, sender).await,
                    Err(_) => {
                        failed.fetch_add(1, Ordering::Relaxed);
                    }
                },
            }
        });
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    status: Arc<Mutex<u16>>,
    sender: mpsc::UnboundedSender<(u16, Arrival)>,
) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut headers = HashMap::new();
        loop {
            let mut line = String::new();
            match stream.read_line(&mut line).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            if line == "\r\n" {
                break;
            }
            match line.trim_end().split_once(": ") {
                Some((name, value)) => headers.insert(name.to_lowercase(), value.to_owned()),
                None => headers.insert("request".to_owned(), line.trim_end().to_owned()),
            };
        }
        let length: usize = headers["content-length"].parse().unwrap();
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.unwrap();
        let status = *status.lock().unwrap();
        let arrival =
            Arrival { headers, body: serde_json::from_slice(&body).unwrap(), text: String::from_utf8(body).unwrap() };
        let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 2\r\n\r\nok");
        if stream.get_mut().write_all(answer.as_bytes()).await.is_err() || sender.send((status, arrival)).is_err() {
            return;
        }
    }
}
