//! The OpenAPI document of the server's own routes: health, figures, capabilities, this document.
//!
//! Their handlers are in several parts of the server and take nothing; so their descriptions stand together here.
use serde_json::{Value, json};
use utoipa::openapi::path::OperationBuilder;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Components, ContentBuilder, HttpMethod, InfoBuilder, OpenApi, OpenApiBuilder, PathItem, Paths, Response,
    ResponseBuilder,
};

const TAG: &str = "server";
/// The security scheme of `/metrics`.
const METRICS: &str = "metricsBasic";

/// The document.
pub(super) fn document() -> OpenApi {
    let mut paths = Paths::new();
    for (path, operation) in operations() {
        paths.paths.insert(path.to_owned(), PathItem::new(HttpMethod::Get, operation));
    }
    let mut components = Components::new();
    let basic = HttpBuilder::new().scheme(HttpAuthScheme::Basic);
    let basic = basic.description(Some("`prometheus.username` and `prometheus.password`, where they are set"));
    components.add_security_scheme(METRICS, SecurityScheme::Http(basic.build()));
    let tag = TagBuilder::new().name(TAG).description(Some("What the server says of itself"));
    OpenApiBuilder::new()
        .info(InfoBuilder::new().title("Viaduct").version(env!("CARGO_PKG_VERSION")).build())
        .paths(paths)
        .components(Some(components))
        .tags(Some([tag.build()]))
        .build()
}

fn operations() -> Vec<(&'static str, OperationBuilder)> {
    vec![
        ("/", open("getRoot", "Says that the server is there").response("200", text("`OK`", "text/plain", Some("OK")))),
        (
            "/healthz",
            open("getHealthz", "Says that the process lives").response("200", text("`OK`", "text/plain", Some("OK"))),
        ),
        (
            "/readyz",
            open("getReadyz", "Says how each part of the server is")
                .response("200", object("Clients may be sent here", readiness(true)))
                .response("503", object("A part is down, or the server is being emptied", readiness(false))),
        ),
        (
            "/capabilities",
            open("getCapabilities", "Shows what the engine profile in force supports")
                .response("200", object("Every feature that some profile lacks", capabilities())),
        ),
        (
            "/openapi.json",
            open("getOpenApi", "Gives this document")
                .response("200", object("The document", json!({"openapi": "3.1.0"}))),
        ),
        (
            "/metrics",
            plain("getMetrics", "Gives the server's figures for Prometheus")
                .security(SecurityRequirement::new(METRICS, Vec::<String>::new()))
                .security(SecurityRequirement::default())
                .description(Some("Without a configured password, to this machine alone."))
                .response("200", text("OpenMetrics", "application/openmetrics-text", None))
                .response("401", text("A name and password are needed", "text/plain", None))
                .response("403", text("Shown to this machine alone", "text/plain", None)),
        ),
    ]
}

/// What `/readyz` answers.
fn readiness(ready: bool) -> serde_json::Value {
    let database = if ready {
        json!({ "name": "database", "state": "ok" })
    } else {
        json!({ "name": "database", "state": "down", "reason": "no answer; 7 of at most 16384 changes wait" })
    };
    json!({ "ready": ready, "parts": [{ "name": "web", "state": "ok" }, database] })
}

fn plain(id: &str, summary: &str) -> OperationBuilder {
    OperationBuilder::new().tag(TAG).operation_id(Some(id)).summary(Some(summary))
}

/// An operation that asks for no credentials.
fn open(id: &str, summary: &str) -> OperationBuilder {
    plain(id, summary).security(SecurityRequirement::default())
}

fn text(description: &str, kind: &str, example: Option<&str>) -> Response {
    let schema = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).build();
    let content = ContentBuilder::new().schema(Some(schema)).example(example.map(|text| json!(text)));
    ResponseBuilder::new().description(description).content(kind, content.build()).build()
}

fn object(description: &str, example: Value) -> Response {
    let schema = ObjectBuilder::new().schema_type(SchemaType::Type(Type::Object)).build();
    let content = ContentBuilder::new().schema(Some(schema)).example(Some(example));
    ResponseBuilder::new().description(description).content("application/json", content.build()).build()
}

fn capabilities() -> Value {
    json!({
        "profile": "mediasoup",
        "features": [{
            "key": "dataMessages", "code": "VIA-0101", "title": "Data messages", "supported": false, "refused": 0,
            "summary": "Messages between participants over data channels, and from the server API to participants.",
            "instead": "OpenVidu v2 signals work between v2 clients in every profile.",
            "livekit": ["publishData"], "openvidu": []
        }]
    })
}
