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

/// What the server answers that is no operation of an API: pages for people, and sockets that SDKs open. The document names
/// them, so that who reads it knows that nothing else is left out.
const OUTSIDE: [(&str, &str); 6] = [
    ("/openvidu", "WebSocket of OpenVidu v2's clients"),
    ("/rtc", "WebSocket of LiveKit's clients, `/rtc/v1` too"),
    ("/dashboard", "the dashboard"),
    ("/docs", "this document for people, and at `/docs/problems` what each problem means"),
    ("/guide", "the migration guide's pages as text, where codes lead"),
    ("/try", "a page that joins a room by either protocol"),
];

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
    let tag = TagBuilder::new().name(TAG).description(Some(description()));
    OpenApiBuilder::new()
        .info(InfoBuilder::new().title("Viaduct").version(env!("CARGO_PKG_VERSION")).build())
        .paths(paths)
        .components(Some(components))
        .tags(Some([tag.build()]))
        .build()
}

fn description() -> String {
    let outside = OUTSIDE.map(|(path, what)| format!("`{path}` ({what})")).join(", ");
    format!("What the server says of itself. Pages and WebSockets are no operations, so not described here: {outside}.")
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// The paths of the routes that the sources of a folder add.
    fn routes(folder: &str) -> Vec<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder);
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            let adding =
                |line: &&str| ["route(\"", "resource(\"", "for path in ["].iter().any(|mark| line.contains(mark));
            let (text, _) = text.split_once("#[cfg(test)]").unwrap_or((&text, ""));
            let quoted = text.lines().filter(adding).flat_map(|line| line.split('"').skip(1).step_by(2));
            found.extend(quoted.filter(|text| text.starts_with('/')).map(str::to_owned));
        }
        found
    }

    #[test]
    fn every_route_is_an_operation_or_named_as_outside() {
        let document = crate::http::openapi::whole();
        let outside =
            |route: &str| OUTSIDE.iter().any(|(path, _)| route == *path || route.starts_with(&format!("{path}/")));
        let (own, admin) = (routes("http"), routes("admin"));
        assert!(own.len() > 15 && admin.len() > 15, "{own:?} {admin:?}");
        for route in own {
            assert!(document.paths.paths.contains_key(&route) || outside(&route), "{route}");
        }
        for route in admin {
            let whole = format!("/admin/v1{route}");
            assert!(document.paths.paths.contains_key(&whole) || outside(&route), "{route}");
        }
        for (path, _) in OUTSIDE {
            assert!(!document.paths.paths.contains_key(path), "{path} is described");
            assert!(
                crate::http::openapi::whole()
                    .tags
                    .unwrap()
                    .iter()
                    .any(|tag| { tag.description.as_ref().is_some_and(|text| text.contains(&format!("`{path}`"))) })
            );
        }
    }
}
