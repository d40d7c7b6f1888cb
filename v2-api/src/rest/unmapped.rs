//! Paths and methods that are not there: an empty 403; for a path with other methods it names them in `Allow`.
use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};

/// The answer on a path that is not there.
pub(super) async fn path() -> HttpResponse {
    HttpResponse::new(StatusCode::FORBIDDEN)
}

/// The answer to a method that a resource does not have; `OPTIONS` is told the methods.
pub(super) fn method(request: &HttpRequest, allowed: &'static str) -> HttpResponse {
    if request.method() == Method::OPTIONS {
        let with_get = if allowed.contains("GET") { ",HEAD" } else { "" };
        let all = format!("{}{with_get},OPTIONS", allowed.replace(' ', ""));
        return HttpResponse::Ok().insert_header((header::ALLOW, all)).finish();
    }
    HttpResponse::Forbidden().insert_header((header::ALLOW, allowed)).finish()
}

/// A resource's default service with its methods.
macro_rules! only {
    ($methods:literal) => {
        actix_web::web::to(|request: actix_web::HttpRequest| async move {
            $crate::rest::unmapped::method(&request, $methods)
        })
    };
}
pub(super) use only;
