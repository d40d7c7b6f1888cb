//! What every request of the admin API passes first: is it on, who asks, from which page.
use super::Problem;
use super::access::Access;
use super::problem_kind::ProblemKind;
use crate::http::{Client, Shared};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, HeaderValue, ORIGIN};
use actix_web::middleware::Next;
use actix_web::{Error, ResponseError, web};

/// Refuses strangers; what passes is never kept by caches.
pub(super) async fn pass<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let mut response = match check(&request) {
        Ok(()) => next.call(request).await?.map_into_boxed_body(),
        Err(problem) => request.into_response(problem.error_response()),
    };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn check(request: &ServiceRequest) -> Result<(), Problem> {
    let Some(shared) = request.app_data::<web::Data<Shared>>() else {
        return Err(Problem::new(ProblemKind::Internal, "the server is not put together".to_owned()));
    };
    let access = &shared.access;
    if matches!(access, Access::Off) {
        return Err(Problem::new(ProblemKind::Off, "admin.token is not set".to_owned()));
    }
    let given = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !access.opens(given) {
        let detail =
            if given.is_empty() { "no Authorization header" } else { "these credentials are not the right ones" };
        return Err(Problem::new(ProblemKind::Unauthorized, detail.to_owned()));
    }
    let writes = !(request.method() == Method::GET || request.method() == Method::HEAD);
    if writes && is_foreign(request, &shared.config.http.proxies) {
        let detail = "the header Origin names another host".to_owned();
        return Err(Problem::new(ProblemKind::CrossOrigin, detail));
    }
    Ok(())
}

/// A page of another site has a browser send it, with the credentials that the browser remembers.
fn is_foreign(request: &ServiceRequest, proxies: &crate::config::Proxies) -> bool {
    let Some(origin) = request.headers().get(ORIGIN) else { return false };
    let host = Client::of_head(request.head(), request.app_config(), proxies).host;
    let origin = origin.to_str().unwrap_or_default();
    origin.split_once("://").is_none_or(|(_, named)| !named.eq_ignore_ascii_case(&host))
}
