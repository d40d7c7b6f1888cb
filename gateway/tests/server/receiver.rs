//! A backend that takes webhooks: what it was told, and how it answers.
use crate::kit::PATIENCE;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// What came.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub headers: HashMap<String, String>,
    pub body: Value,
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
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(([127, 0, 0, 1], port).into()).unwrap();
        let listener = socket.listen(64).unwrap();
        let port = listener.local_addr().unwrap().port();
        let status = Arc::new(Mutex::new(200));
        let (sender, arrivals) = mpsc::unbounded_channel();
        let task = tokio::spawn(accept(listener, Arc::clone(&status), sender));
        Self { port, status, arrivals, task }
    }

    /// A port on which nobody listens at present.
    pub async fn free_port() -> u16 {
        Self::listen(0).await.port
    }

    pub fn url(port: u16) -> String {
        format!("http://127.0.0.1:{port}/hook?from=test")
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

async fn accept(listener: TcpListener, status: Arc<Mutex<u16>>, sender: mpsc::UnboundedSender<(u16, Arrival)>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(serve(stream, Arc::clone(&status), sender.clone()));
    }
}

async fn serve(stream: TcpStream, status: Arc<Mutex<u16>>, sender: mpsc::UnboundedSender<(u16, Arrival)>) {
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
        let arrival = Arrival { headers, body: serde_json::from_slice(&body).unwrap() };
        let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 2\r\n\r\nok");
        if stream.get_mut().write_all(answer.as_bytes()).await.is_err() || sender.send((status, arrival)).is_err() {
            return;
        }
    }
}
