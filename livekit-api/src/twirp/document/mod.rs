//! The OpenAPI document of this face's HTTP routes: a table of operations, with schemas that follow from whole examples.
//!
//! The calls of one service share one handler, so their descriptions stand here and not beside it; tests hold them against
//! the routes, the examples of requests against the protocol's own fields, those of answers against the printer.
mod examples;
mod marks;
mod operations;
mod schema;

use crate::twirp::SERVICES;
use operations::Row;
use schema::schema_of;
use serde_json::{Value, json};
use utoipa::openapi::path::{OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Components, ContentBuilder, HttpMethod, InfoBuilder, OpenApi, OpenApiBuilder, PathItem, Paths, Ref, Required,
    ResponseBuilder,
};

/// The tag of all operations.
const TAG: &str = "livekit";
/// The security scheme: an access token.
const BEARER: &str = "accessToken";

/// The document.
pub fn document() -> OpenApi {
    let mut paths = Paths::new();
    for (service, methods) in SERVICES {
        for method in *methods {
            let path = format!("/twirp/{service}/{method}");
            paths.paths.insert(path, PathItem::new(HttpMethod::Post, twirp(service, method)));
        }
    }
    for (path, item) in plain() {
        paths.paths.insert(path.to_owned(), item);
    }
    let mut components = Components::new();
    for (name, example) in examples::schemas() {
        components.schemas.insert(name.to_owned(), schema_of(&example));
    }
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
    let bearer = bearer.description(Some("An access token: a JSON Web Token signed with HS256 by an API key's secret"));
    components.add_security_scheme(BEARER, SecurityScheme::Http(bearer.build()));
    let tag = TagBuilder::new().name(TAG).description(Some(
        "LiveKit's server API by Twirp, in JSON or protobuf, and what clients ask over HTTP. Names are accepted in both \
         spellings (`empty_timeout`, `emptyTimeout`), 64-bit numbers as text or number; answers have the first, and all \
         fields.",
    ));
    OpenApiBuilder::new()
        .info(InfoBuilder::new().title("LiveKit API").version(env!("CARGO_PKG_VERSION")).build())
        .paths(paths)
        .components(Some(components))
        .tags(Some([tag.build()]))
        .build()
}

fn security() -> SecurityRequirement {
    SecurityRequirement::new(BEARER, Vec::<String>::new())
}

fn twirp(service: &str, method: &str) -> OperationBuilder {
    let short = service.trim_start_matches("livekit.");
    let row = operations::row(short, method);
    let Row { summary, grant, request, answer, errors } = row;
    let schema = Ref::from_schema_name(request.schema);
    let protobuf = ContentBuilder::new().description(Some("The same message as protobuf"));
    let body = RequestBodyBuilder::new()
        .description(Some(format!("`livekit.{}`", request.message)))
        .required(Some(Required::True))
        .content("application/json", ContentBuilder::new().schema(Some(schema)).example(Some(request.example)).build())
        .content("application/protobuf", protobuf.build());
    let mut operation = OperationBuilder::new()
        .tag(TAG)
        .operation_id(Some(format!("livekit{short}{method}")))
        .summary(Some(summary))
        .description(Some(format!("Needs {grant}.")))
        .security(security())
        .extensions(marks::of(&format!("{short}.{method}")))
        .request_body(Some(body.build()));
    if let Some((schema, example)) = answer {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).example(Some(example));
        let response = ResponseBuilder::new().description(format!("`livekit.{schema}`"));
        operation = operation.response("200", response.content("application/json", content.build()).build());
    }
    // What a call that is none gets, where none of its own errors has this status.
    let no_call = (404, "bad_route", "unexpected Content-Type: \"text/plain\"".to_owned());
    let is_own = errors.iter().any(|(status, _, _)| *status == no_call.0);
    for (status, code, text) in errors.into_iter().chain((!is_own).then_some(no_call)) {
        let example = json!({ "code": code, "msg": text });
        operation = operation.response(status.to_string(), error(&format!("`{code}`: {text}"), example));
    }
    let unauthorised = "`unauthenticated`: the token does not grant it. A token that is not valid itself is refused in \
                        plain text, in front of Twirp";
    operation = operation
        .response(
            "401",
            refused_or_plain(unauthorised, json!({ "code": "unauthenticated", "msg": "permissions denied" })),
        )
        .response("413", plain_text("The body is longer than 10 MiB"));
    operation
}

fn error(description: &str, example: Value) -> utoipa::openapi::Response {
    let schema = Ref::from_schema_name("TwirpError");
    let content = ContentBuilder::new().schema(Some(schema)).example(Some(example)).build();
    ResponseBuilder::new().description(description).content("application/json", content).build()
}

/// In Twirp's form, or in plain text.
fn refused_or_plain(description: &str, example: Value) -> utoipa::openapi::Response {
    let schema = Ref::from_schema_name("TwirpError");
    let twirp = ContentBuilder::new().schema(Some(schema)).example(Some(example)).build();
    let plain = ContentBuilder::new().schema(Some(schema_of(&json!("text")))).build();
    let response = ResponseBuilder::new().description(description);
    response.content("application/json", twirp).content("text/plain", plain).build()
}

fn plain_text(description: &str) -> utoipa::openapi::Response {
    let content = ContentBuilder::new().schema(Some(schema_of(&json!("text")))).build();
    ResponseBuilder::new().description(description).content("text/plain", content).build()
}

/// The routes that are not Twirp's.
fn plain() -> Vec<(&'static str, PathItem)> {
    let whip = |id: &str, summary: &str| {
        let error = |text: &str| {
            let refused = json!({ "error": "ingress is not supported under this profile (VIA-0102)" });
            let schema = Ref::from_schema_name("WhipError");
            let content = ContentBuilder::new().schema(Some(schema)).example(Some(refused)).build();
            ResponseBuilder::new().description(text).content("application/json", content)
        };
        OperationBuilder::new()
            .tag(TAG)
            .operation_id(Some(id))
            .summary(Some(summary))
            .security(security())
            .extensions(marks::of("WHIP"))
            .response("401", error("The token is not valid, or does not grant joining").build())
            .response("501", error("WHIP is refused: it brings media in from outside").build())
    };
    let quiet = |id: &str, status: &str| {
        let response = ResponseBuilder::new().description("WHIP is known here; no body").build();
        OperationBuilder::new()
            .tag(TAG)
            .operation_id(Some(id))
            .summary(Some("Says that WHIP is known"))
            .security(SecurityRequirement::default())
            .response(status, response)
    };
    let on_whip = |prefix: &str| {
        let mut item = PathItem::new(HttpMethod::Post, whip(&format!("{prefix}Create"), "Begins to publish by WHIP"));
        item.get = Some(quiet(&format!("{prefix}Probe"), "204").build());
        item.options = Some(quiet(&format!("{prefix}Options"), "200").build());
        item
    };
    let mut session =
        PathItem::new(HttpMethod::Patch, whip("livekitWhipChange", "Adds candidates, or starts ICE anew"));
    session.delete = Some(whip("livekitWhipEnd", "Ends publishing by WHIP").build());
    let id = ParameterBuilder::new().name("participant").parameter_in(ParameterIn::Path).required(Required::True);
    let id = id.description(Some("Id of the participant")).example(Some(json!("PA_AAAAAAAAAAAA")));
    session.parameters = Some(vec![id.schema(Some(schema_of(&json!("text")))).build().into()]);
    vec![
        ("/rtc/validate", PathItem::new(HttpMethod::Get, validate("livekitValidate", false))),
        ("/rtc/v1/validate", PathItem::new(HttpMethod::Get, validate("livekitValidateV1", true))),
        ("/whip/v1", on_whip("livekitWhip")),
        ("/whip", on_whip("livekitOldWhip")),
        ("/whip/v1/{participant}", session),
    ]
}

fn validate(id: &str, v1: bool) -> OperationBuilder {
    let parameter = |name: &str, description: &str, required| {
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query).required(required);
        parameter.description(Some(description)).schema(Some(schema_of(&json!("text")))).build()
    };
    let token = "The access token, where no `Authorization` header brings it";
    let mut operation = OperationBuilder::new()
        .tag(TAG)
        .operation_id(Some(id))
        .summary(Some("Checks a join without joining"))
        .description(Some("Takes whatever a join takes; SDKs ask here why a socket was refused."))
        .security(security())
        .parameter(parameter("access_token", token, Required::False))
        .response("200", plain_text("`success`: the client may join"))
        .response("400", plain_text("The token or the request says something that cannot be"))
        .response("401", plain_text("No valid token, or one that does not grant joining"))
        .response("404", plain_text("The room does not exist, and this join may not make it"))
        .response("429", plain_text("The room is full"));
    if v1 {
        let text = "A `WrappedJoinRequest`, base64url";
        operation = operation.parameter(parameter("join_request", text, Required::True));
    }
    operation
}
