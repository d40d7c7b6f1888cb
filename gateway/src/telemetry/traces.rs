//! Spans that are over, on their way to a collector. Off by default: then a span costs a look at an empty option.
//!
//! Spans are made whole, with both their ends, by whoever knows them (the web server, a client's pump, the shard of its
//! room): one trace is one client's way from its request to its first packet.
use super::TraceContext;
use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::{BatchSpanProcessor, SpanData, SpanEvents, SpanLinks, SpanProcessor};
use sfu_core::time::Now;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long the last spans may take when the server stops.
const FAREWELL: Duration = Duration::from_secs(2);

/// Where a span's cause is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A request from outside.
    Server,
    /// A step within the server.
    Internal,
}

/// A span that is over.
#[derive(Debug)]
pub struct Finished {
    /// What was done.
    pub name: String,
    /// Which span it is.
    pub context: TraceContext,
    /// Where its cause is.
    pub kind: Kind,
    /// When it began.
    pub from: Now,
    /// When it ended.
    pub until: Instant,
    /// What is to be known of it.
    pub attributes: Vec<(&'static str, String)>,
    /// It came to nothing.
    pub failed: bool,
}

/// The way to the collector, where there is one; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Traces(Option<Arc<BatchSpanProcessor>>);

impl Traces {
    /// Spans are handed to this.
    pub(super) fn to(processor: BatchSpanProcessor) -> Self {
        Self(Some(Arc::new(processor)))
    }

    /// True where somebody takes spans.
    pub const fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Hands a span over, where somebody takes it and its trace is kept. Never waits: what does not fit is lost.
    pub fn record(&self, make: impl FnOnce() -> Option<Finished>) {
        let Some(processor) = &self.0 else { return };
        if let Some(span) = make().filter(|span| span.context.sampled) {
            processor.on_end(data(span));
        }
    }

    /// Sends what waits. Blocks, for a moment.
    pub fn stop(&self) {
        if let Some(processor) = &self.0
            && let Err(error) = processor.shutdown_with_timeout(FAREWELL)
        {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

fn data(span: Finished) -> SpanData {
    let Finished { name, context, kind, from, until, attributes, failed } = span;
    let start_time = UNIX_EPOCH + Duration::from_millis(from.unix_ms);
    let end_time: SystemTime = start_time + until.saturating_duration_since(from.instant);
    SpanData {
        span_context: SpanContext::new(
            TraceId::from_bytes(context.trace_id.to_be_bytes()),
            SpanId::from_bytes(context.span_id.to_be_bytes()),
            TraceFlags::SAMPLED,
            false,
            TraceState::default(),
        ),
        parent_span_id: SpanId::from_bytes(context.parent.unwrap_or_default().to_be_bytes()),
        parent_span_is_remote: kind == Kind::Server && context.parent.is_some(),
        span_kind: match kind {
            Kind::Server => SpanKind::Server,
            Kind::Internal => SpanKind::Internal,
        },
        name: name.into(),
        start_time,
        end_time,
        attributes: attributes.into_iter().map(|(key, value)| KeyValue::new(key, value)).collect(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: if failed { Status::error("") } else { Status::Unset },
        instrumentation_scope: InstrumentationScope::builder("viaduct").with_version(env!("CARGO_PKG_VERSION")).build(),
    }
}
