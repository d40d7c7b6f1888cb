//! The HTTP client of webhooks: one connection to one receiver, kept while it is good.
use super::delivery::Outcome;
use super::endpoint::{HttpTarget, Manner};
use super::letter::Letter;
use super::tls;
use crate::clock;
use crate::telemetry::TRACE_HEADER;
use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, Response, body::Incoming, header};
use hyper_util::rt::TokioIo;
use livekit_api::config::Keys;
use livekit_api::webhook as livekit;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Tells receivers which event it is: the same at every attempt.
const EVENT_ID_HEADER: &str = "X-Viaduct-Event-Id";

/// How LiveKit's server calls itself: receivers' firewalls go by it.
const LIVEKIT_AGENT: &str = "LiveKit";

/// What is wrong with an attempt.
#[derive(Debug, thiserror::Error)]
enum HttpError {
    #[error("cannot connect: {0}")]
    Connect(#[from] std::io::Error),
    #[error("no TLS: {0}")]
    Tls(#[from] rustls::Error),
    #[error("no host name: {0}")]
    Name(#[from] rustls::pki_types::InvalidDnsNameError),
    #[error("{0}")]
    Http(#[from] hyper::Error),
    #[error("it cannot be signed: {0}")]
    Signature(#[from] livekit_api::token::TokenError),
    #[error("a header cannot be sent: {0}")]
    Request(#[from] hyper::http::Error),
}

/// A client of one receiver.
pub struct HttpClient {
    target: HttpTarget,
    connection: Option<SendRequest<Full<Bytes>>>,
}

impl HttpClient {
    /// A client that is not connected yet.
    pub fn new(target: HttpTarget) -> Self {
        Self { target, connection: None }
    }

    /// Where the receiver is, by scheme and host alone.
    pub(super) fn origin(&self) -> String {
        let scheme = if self.target.secure { "https" } else { "http" };
        format!("{scheme}://{}", self.target.authority)
    }

    /// Sends a letter. Every answer of 200 to 299 is a success, redirections are not followed.
    pub(super) async fn post(&mut self, letter: &Letter) -> Outcome {
        let answer = tokio::time::timeout(self.target.timeout, self.exchange(letter)).await;
        let status = match answer {
            Ok(Ok(answer)) => answer.status(),
            Ok(Err(error)) => {
                self.connection = None;
                return Outcome::Failed(error.to_string());
            }
            Err(_) => {
                self.connection = None;
                return Outcome::Failed(format!("no answer within {} s", self.target.timeout.as_secs()));
            }
        };
        if status.is_success() {
            return Outcome::Delivered;
        }
        // An answer's body is not waited for: the next attempt has a connection of its own.
        self.connection = None;
        let complaint = format!("answered {status}");
        match status.as_u16() {
            408 | 425 | 429 => Outcome::Failed(complaint),
            400..=499 => Outcome::Rejected(complaint),
            _ => Outcome::Failed(complaint),
        }
    }

    async fn exchange(&mut self, letter: &Letter) -> Result<Response<Incoming>, HttpError> {
        if let Some(mut kept) = self.connection.take()
            && kept.ready().await.is_ok()
            && let Ok(answer) = self.send(&mut kept, letter).await
        {
            self.connection = Some(kept);
            return drained(answer).await;
        }
        // The receiver may have closed the kept connection in the meantime: that is no failure of its.
        let mut fresh = self.connect().await?;
        let answer = self.send(&mut fresh, letter).await?;
        self.connection = Some(fresh);
        drained(answer).await
    }

    async fn send(
        &self,
        connection: &mut SendRequest<Full<Bytes>>,
        letter: &Letter,
    ) -> Result<Response<Incoming>, HttpError> {
        let mut request = Request::post(&self.target.path)
            .header(header::HOST, &self.target.authority)
            .header(EVENT_ID_HEADER, &letter.event_id);
        if let Some(trace) = &letter.traceparent {
            request = request.header(TRACE_HEADER, trace);
        }
        request = match &self.target.manner {
            Manner::V2 => request
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::USER_AGENT, concat!("viaduct/", env!("CARGO_PKG_VERSION"))),
            Manner::LiveKit { api_key, secret } => {
                let keys = Keys::default().with(api_key, secret.expose());
                // Signed anew at each attempt, as a signature is good for minutes and a letter may wait for a day.
                let signature = livekit::authorization(&letter.body, api_key, &keys, clock::now())?;
                request
                    .header(header::CONTENT_TYPE, livekit::CONTENT_TYPE)
                    .header(header::USER_AGENT, LIVEKIT_AGENT)
                    .header(header::AUTHORIZATION, signature)
            }
        };
        for (name, value) in &self.target.headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(letter.body.clone())))?;
        Ok(connection.send_request(request).await?)
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, HttpError> {
        let stream = TcpStream::connect((self.target.host.as_str(), self.target.port)).await?;
        if !self.target.secure {
            return begin(stream).await;
        }
        let name = ServerName::try_from(self.target.host.clone())?;
        let connector = TlsConnector::from(tls::client(self.target.verify)?);
        begin(connector.connect(name, stream).await?).await
    }
}

async fn begin<S>(stream: S) -> Result<SendRequest<Full<Bytes>>, HttpError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    // It ends with its sender, or tells the sender of its end.
    tokio::spawn(connection);
    Ok(sender)
}

/// Reads an answer's body to its end, so that the connection can be used again.
async fn drained(mut answer: Response<Incoming>) -> Result<Response<Incoming>, HttpError> {
    use http_body_util::BodyExt;
    while let Some(frame) = answer.body_mut().frame().await {
        frame?;
    }
    Ok(answer)
}
