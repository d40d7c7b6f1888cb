//! Traces to a collector: a small one of the test's own, that reads OTLP as it stands in the standard.
use crate::call::call_with_media;
use crate::kit::{Folder, PATIENCE};
use gateway::app::Running;
use gateway::config;
use prost::Message;
use std::collections::BTreeSet;
use std::time::Instant;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// `ExportTraceServiceRequest` of OTLP 1.x, as far as it is looked at.
#[derive(Clone, PartialEq, Message)]
struct Export {
    #[prost(message, repeated, tag = "1")]
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct ResourceSpans {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct Resource {
    #[prost(message, repeated, tag = "1")]
    attributes: Vec<Attribute>,
}

#[derive(Clone, PartialEq, Message)]
struct Attribute {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    value: Option<Text>,
}

#[derive(Clone, PartialEq, Message)]
struct Text {
    #[prost(string, tag = "1")]
    text: String,
}

#[derive(Clone, PartialEq, Message)]
struct ScopeSpans {
    #[prost(message, repeated, tag = "2")]
    spans: Vec<Span>,
}

#[derive(Clone, PartialEq, Message)]
struct Span {
    #[prost(bytes = "vec", tag = "1")]
    trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    span_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    parent_span_id: Vec<u8>,
    #[prost(string, tag = "5")]
    name: String,
    #[prost(fixed64, tag = "7")]
    start_ns: u64,
    #[prost(fixed64, tag = "8")]
    end_ns: u64,
}

/// A collector: what it was sent, in order.
async fn collector() -> (u16, mpsc::UnboundedReceiver<(String, Export)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, exports) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = BufReader::new(stream);
            let (mut line, mut request, mut length) = (String::new(), String::new(), 0);
            while stream.read_line(&mut line).await.unwrap() > 2 {
                let lower = line.to_lowercase();
                if let Some(value) = lower.strip_prefix("content-length: ") {
                    length = value.trim().parse().unwrap();
                }
                if request.is_empty() {
                    line.trim().clone_into(&mut request);
                }
                line.clear();
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).await.unwrap();
            stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
            let _ = sender.send((request, Export::decode(body.as_slice()).unwrap()));
        }
    });
    (port, exports)
}

#[tokio::test]
async fn one_join_is_one_trace_from_its_signalling_to_its_first_packet_or_frame() {
    let (folder, (port, mut exports)) = (Folder::new(), collector().await);
    let mut config = config::dev(&folder.0).unwrap();
    config.otlp_endpoint = Some(format!("http://127.0.0.1:{port}/v1/traces"));
    let server = Running::start(config).await.unwrap();
    let clients = call_with_media(server.port).await;
    drop(clients);
    server.stop().await;
    let (until, mut spans) = (Instant::now() + PATIENCE, Vec::new());
    let (trace, viewers) = loop {
        assert!(Instant::now() < until, "{spans:#?}");
        let (request, export) = tokio::time::timeout(PATIENCE, exports.recv()).await.expect("traces in time").unwrap();
        assert_eq!(request, "POST /v1/traces HTTP/1.1");
        for of_resource in export.resource_spans {
            let name = of_resource.resource.unwrap().attributes.into_iter().find(|one| one.key == "service.name");
            assert_eq!(name.unwrap().value.unwrap().text, "viaduct");
            spans.extend(of_resource.scope_spans.into_iter().flat_map(|scope| scope.spans));
        }
        let trace_of =
            |name: &str| spans.iter().find(|span: &&Span| span.name == name).map(|span| span.trace_id.clone());
        if let (Some(first), Some(viewers)) = (trace_of("first_packet"), trace_of("first_frame")) {
            break (first, viewers);
        }
    };
    let of_trace: Vec<&Span> = spans.iter().filter(|span| span.trace_id == trace).collect();
    let names: BTreeSet<&str> = of_trace.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, BTreeSet::from(["GET /openvidu", "join", "ice", "dtls", "first_packet"]), "{of_trace:#?}");
    let named = |name: &str| *of_trace.iter().find(|span| span.name == name).unwrap();
    let (request, join) = (named("GET /openvidu"), named("join"));
    assert!(request.parent_span_id.is_empty(), "the trace begins with the socket");
    assert_eq!(join.parent_span_id, request.span_id);
    let (ice, dtls, first) = (named("ice"), named("dtls"), named("first_packet"));
    for step in [ice, dtls, first] {
        assert_eq!(step.parent_span_id, join.span_id, "{}", step.name);
        assert!(step.end_ns >= step.start_ns && step.start_ns > 1_600_000_000_000_000_000, "{step:?}");
    }
    let of_viewer: Vec<&Span> = spans.iter().filter(|span| span.trace_id == viewers).collect();
    let names: Vec<&str> = of_viewer.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(
        BTreeSet::from_iter(names.clone()),
        BTreeSet::from(["GET /openvidu", "join", "ice", "dtls", "first_frame"])
    );
    assert_eq!(names.len(), 5, "each once: {of_viewer:#?}");
    let of_viewer = |name: &str| spans.iter().find(|span| span.trace_id == viewers && span.name == name).unwrap();
    assert_eq!(of_viewer("first_frame").parent_span_id, of_viewer("join").span_id);
    // A span begins at a whole millisecond and ends so many nanoseconds later.
    let keys_ms = of_viewer("dtls").end_ns / 1_000_000;
    assert!(of_viewer("first_frame").start_ns / 1_000_000 >= keys_ms - 1, "it was wanted before there were keys");
    assert!(join.start_ns <= ice.start_ns && ice.start_ns <= dtls.start_ns && dtls.start_ns <= first.start_ns);
}
