//! Traces to a collector by OTLP over HTTP (protobuf). The batches are the SDK's affair, the HTTP client is ours: it
//! runs on the server's own runtime, while the SDK waits on a thread of its own.
use super::traces::Traces;
use crate::webhook::tls_client;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::handshake;
use hyper::header::{HOST, HeaderValue};
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use opentelemetry_http::{Bytes, HttpClient, HttpError};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SpanProcessor};
use rustls::pki_types::ServerName;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio_rustls::TlsConnector;

/// How long spans are gathered.
const INTERVAL: Duration = Duration::from_secs(2);
/// Spans that may wait; more are lost.
const QUEUE_MAX: usize = 8_192;
/// How long a collector may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of a collector's answer that are read.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Why traces cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum OtlpError {
    /// The exporter.
    #[error("traces cannot be exported: {0}")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
}

/// A way to the collector at `endpoint`, on the runtime that this is called on; without one, a way to nowhere.
pub fn start(endpoint: Option<&str>) -> Result<Traces, OtlpError> {
    let Some(endpoint) = endpoint else { return Ok(Traces::default()) };
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Client { runtime: Handle::current() })
        .with_endpoint(endpoint)
        .with_timeout(PATIENCE)
        .build()?;
    let batches = BatchConfigBuilder::default().with_scheduled_delay(INTERVAL).with_max_queue_size(QUEUE_MAX).build();
    let mut processor = BatchSpanProcessor::builder(exporter).with_batch_config(batches).build();
    let resource = match std::env::var_os("OTEL_SERVICE_NAME") {
        Some(_) => Resource::builder().build(),
        None => Resource::builder().with_service_name("viaduct").build(),
    };
    processor.set_resource(&resource);
    Ok(Traces::to(processor))
}

/// Sends a request on a connection of its own: there is one in two seconds at most.
#[derive(Clone, Debug)]
struct Client {
    runtime: Handle,
}

#[async_trait::async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        // The SDK's thread has no runtime: the work is done on the server's.
        let exchange = self.runtime.spawn(async move {
            tokio::time::timeout(PATIENCE, exchange(request)).await.map_err(|_| HttpError::from("no answer in time"))?
        });
        exchange.await?
    }
}

async fn exchange(request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let uri = request.uri().clone();
    let host = uri.host().ok_or("the endpoint has no host")?.trim_matches(['[', ']']).to_owned();
    let secure = uri.scheme_str() == Some("https");
    let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let stream = TcpStream::connect((host.as_str(), port)).await?;
    if secure {
        let connector = TlsConnector::from(tls_client(true)?);
        let stream = connector.connect(ServerName::try_from(host)?, stream).await?;
        send(stream, request, &uri).await
    } else {
        send(stream, request, &uri).await
    }
}

async fn send<S>(stream: S, mut request: Request<Bytes>, uri: &Uri) -> Result<Response<Bytes>, HttpError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    if let Some(authority) = uri.authority() {
        request.headers_mut().insert(HOST, HeaderValue::from_str(authority.as_str())?);
    }
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = path.parse()?;
    let answer = sender.send_request(request.map(Full::new)).await?;
    let answer = whole(answer).await;
    connection.abort();
    answer
}

async fn whole(answer: Response<Incoming>) -> Result<Response<Bytes>, HttpError> {
    let (head, body) = answer.into_parts();
    let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await?.to_bytes();
    Ok(Response::from_parts(head, body))
}
