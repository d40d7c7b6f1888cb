//! `GET /openvidu/layouts/…`: the files of the operator's own recording layouts (openvidu-v2 section 1.7), with Basic
//! credentials. What the files are and where they lie is the port's affair.
use super::call::Call;
use super::reply::{Failure, Reply};
use super::unmapped::only;
use actix_web::{HttpResponse, Resource, web};

/// The resource at one of its prefixes.
pub(super) fn resource(prefix: &str) -> Resource {
    web::resource(format!("{prefix}/{{file:.+}}"))
        .route(web::get().to(file))
        .route(web::head().to(file))
        .default_service(only!("GET"))
}

/// Gives a file of a layout.
#[utoipa::path(get, path = "/openvidu/layouts/{file}", tag = "openvidu-v2", operation_id = "getLayoutFile",
    params(("file" = String, Path, description = "Its path below the folder of layouts", example = "mine/index.html")),
    responses((status = 200, description = "The file", content_type = "text/html"),
              (status = 401, description = "No valid credentials; no body"),
              (status = 403, description = "There is no such file; no body")))]
pub(crate) async fn file(call: Call, path: web::Path<String>) -> Reply {
    let path = path.into_inner();
    let inside =
        path.split('/').all(|part| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', '\0']));
    let bytes = if inside { call.port.layout_file(&path).await } else { None };
    let bytes = bytes.ok_or(Failure::Framework)?;
    Ok(HttpResponse::Ok().content_type(content_type(&path)).body(bytes))
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "html" | "htm" => "text/html;charset=UTF-8",
        "js" | "mjs" => "text/javascript;charset=UTF-8",
        "css" => "text/css;charset=UTF-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}
