//! Around every request: the trace that it belongs to, the span that its log lines stand in, how long it took.
//!
//! The answer names the trace in `X-Trace-Id`, so that whoever complains can say which lines are meant.
use super::Shared;
use crate::clock;
use crate::telemetry::{Caller, Finished, Kind, Protocol, TRACE_HEADER, TraceContext, UNROUTED, method_label};
use crate::usage::RefusedFeature;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{Error, HttpMessage, HttpRequest};
use sfu_core::time::Now;
use std::sync::Arc;
use tracing::Instrument;

const TRACE_ID: &str = "x-trace-id";
/// The one route whose pattern says nothing of what is asked.
const TWIRP: &str = "/twirp/{service}/{method}";

/// Serves a request.
pub(super) fn serve<S, B>(
    shared: &Arc<Shared>,
    request: ServiceRequest,
    service: &S,
) -> impl Future<Output = Result<ServiceResponse<B>, Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    let header = request.headers().get(TRACE_HEADER).and_then(|value| value.to_str().ok());
    let trace = TraceContext::of_header(header);
    let protocol = Protocol::of_path(request.path());
    let method = method_label(request.method().as_str());
    let caller = Caller::request(protocol, method, trace);
    let (span, shared, started) = (caller.span.clone(), Arc::clone(shared), clock::now());
    // A handler is a future that is made here and does nothing before it is waited for.
    let work = service.call(request);
    async move {
        let (outcome, refused) = caller.clone().scope(work.instrument(span)).await;
        outcome.map(|mut response| {
            if let Some(feature) = refused {
                response.request().extensions_mut().insert(RefusedFeature(feature));
            }
            let route = route(response.request(), response.status());
            note(&shared, &caller, (method, &route), response.status(), started);
            if let Ok(id) = HeaderValue::from_str(&trace.trace_id()) {
                response.headers_mut().insert(HeaderName::from_static(TRACE_ID), id);
            }
            response
        })
    }
}

/// The pattern that took the request; for a Twirp call that exists its path, as that has no parameters.
fn route(request: &HttpRequest, status: StatusCode) -> String {
    match request.match_pattern() {
        Some(pattern) if pattern == TWIRP && status != StatusCode::NOT_FOUND => request.path().to_owned(),
        Some(pattern) => pattern,
        None => UNROUTED.to_owned(),
    }
}

fn note(shared: &Shared, caller: &Caller, (method, route): (&'static str, &str), status: StatusCode, started: Now) {
    let now = clock::now();
    let took = now.instant.saturating_duration_since(started.instant);
    let status = status.as_u16();
    shared.ports.directory.meters().requests.observe(caller.protocol, method, route, status, took);
    caller.span.in_scope(|| tracing::debug!(route, status, took_us = took.as_micros(), "answered"));
    shared.traces.record(|| {
        Some(Finished {
            name: format!("{method} {route}"),
            context: caller.trace?,
            kind: Kind::Server,
            from: started,
            until: now.instant,
            attributes: vec![
                ("http.request.method", method.to_owned()),
                ("http.route", route.to_owned()),
                ("http.response.status_code", status.to_string()),
                ("viaduct.protocol", caller.protocol.name().to_owned()),
            ],
            failed: status >= 500,
        })
    });
}
