//! `webhooks`: who is told of events, what waits for them, what was given up, and sending that once more.
use super::page::{Page, PageQuery};
use super::problem_kind::ProblemKind;
use super::{Problem, resource};
use crate::http::Shared;
use crate::store::{EndpointCounts, LetterFilter, OutboxLetter};
use crate::webhook::{Form, Recipient};
use actix_web::web;
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub(super) fn routes(app: &mut web::ServiceConfig) {
    app.service(resource("/webhooks", "GET").route(web::get().to(endpoints)));
    app.service(resource("/webhooks/outbox", "GET").route(web::get().to(outbox)));
    app.service(resource("/webhooks/dead-letters", "GET").route(web::get().to(dead)));
    app.service(resource("/webhooks/dead-letters/replay", "POST").route(web::post().to(replay)));
}

/// The endpoints.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminWebhooks)]
pub(super) struct EndpointsView {
    /// Each endpoint of the configuration, then others for which there is still something.
    items: Vec<EndpointView>,
}

/// Somebody who is told of events.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminWebhookEndpoint)]
pub(super) struct EndpointView {
    /// Its name in the outbox.
    #[schema(example = "openvidu-v2")]
    name: String,
    /// In which form: `openvidu-v2`, `openvidu-v2-cdr`, `livekit`; null where the configuration has it no more.
    #[schema(required, example = "openvidu-v2")]
    form: Option<&'static str>,
    /// Where it is: scheme and host, without what may be secret; null for a file.
    #[schema(required, example = "https://backend.example")]
    target: Option<String>,
    /// The events that it takes; null: all.
    #[schema(required)]
    events: Option<Vec<String>>,
    /// Letters that wait.
    waiting: u64,
    /// When the event of the oldest of them happened, ms since 1970; null where none waits.
    #[schema(required)]
    oldest_waiting_ms: Option<u64>,
    /// Letters that were given up.
    dead: u64,
}

/// A letter to an endpoint.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminLetter)]
pub(super) struct LetterView {
    /// Its number.
    id: i64,
    /// To which endpoint it goes.
    #[schema(example = "openvidu-v2")]
    endpoint: String,
    /// The id of its event, the same at every attempt.
    event_id: String,
    /// When its event happened, ms since 1970.
    created_ms: u64,
    /// When it was given up, ms since 1970; null while it waits.
    #[schema(required)]
    dead_ms: Option<u64>,
    /// Why it was; null while it waits.
    #[schema(required, example = "HTTP 410; attempts: 5")]
    complaint: Option<String>,
    /// What is sent.
    body: String,
}

/// Which letters.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct LetterQuery {
    /// Of this endpoint alone.
    endpoint: Option<String>,
    /// Most items of a page; 50 where it is absent.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// What is to be sent once more.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AdminReplayOrder, example = json!({ "endpoint": "openvidu-v2" }))]
pub(super) struct ReplayOrder {
    /// To this endpoint alone.
    endpoint: Option<String>,
    /// This letter alone.
    id: Option<i64>,
}

/// What is sent once more.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminReplay)]
pub(super) struct ReplayView {
    /// How many letters wait again; at most 1,000 by one call.
    replayed: u64,
}

fn unreadable(error: DbErr) -> Problem {
    tracing::error!(%error, "the outbox cannot be read for the admin API");
    Problem::new(ProblemKind::Unavailable, "the database cannot be reached".to_owned())
}

impl EndpointView {
    fn new(name: String, recipient: Option<&Recipient>, counts: EndpointCounts) -> Self {
        Self {
            name,
            form: recipient.map(|recipient| match recipient.form {
                Form::V2Webhook => "openvidu-v2",
                Form::V2Cdr => "openvidu-v2-cdr",
                Form::LiveKitWebhook => "livekit",
            }),
            target: recipient.and_then(|recipient| recipient.target.clone()),
            events: recipient.and_then(|recipient| recipient.events.clone()),
            waiting: counts.waiting,
            oldest_waiting_ms: counts.oldest_waiting_ms,
            dead: counts.dead,
        }
    }
}

impl From<OutboxLetter> for LetterView {
    fn from(letter: OutboxLetter) -> Self {
        let OutboxLetter { id, endpoint, event_id, created_ms, dead_ms, complaint, body } = letter;
        Self { id, endpoint, event_id, created_ms, dead_ms, complaint, body }
    }
}

/// Lists who is told of events, how much waits for each and how much was given up.
#[utoipa::path(get, path = "/admin/v1/webhooks", tag = "admin", operation_id = "adminListWebhooks",
    responses((status = 200, description = "The endpoints", body = EndpointsView),
              (status = 503, description = "The database cannot be reached")))]
pub(super) async fn endpoints(shared: web::Data<Shared>) -> Result<web::Json<EndpointsView>, Problem> {
    let mut counts = shared.store.outbox.counts().await.map_err(unreadable)?;
    let known = shared.recipients.iter().map(|recipient| {
        let of_endpoint = counts.remove(&recipient.endpoint).unwrap_or_default();
        EndpointView::new(recipient.endpoint.clone(), Some(recipient), of_endpoint)
    });
    let mut items: Vec<EndpointView> = known.collect();
    items.extend(counts.into_iter().map(|(name, counts)| EndpointView::new(name, None, counts)));
    Ok(web::Json(EndpointsView { items }))
}

/// Lists the letters that wait, oldest first.
#[utoipa::path(get, path = "/admin/v1/webhooks/outbox", tag = "admin", operation_id = "adminListOutbox", params(LetterQuery),
    responses((status = 200, description = "A page of letters", body = Page<LetterView>),
              (status = 400, description = "A limit or cursor that makes no sense"),
              (status = 503, description = "The database cannot be reached")))]
pub(super) async fn outbox(
    shared: web::Data<Shared>,
    query: web::Query<LetterQuery>,
) -> Result<web::Json<Page<LetterView>>, Problem> {
    letters(&shared, &query, false).await
}

/// Lists the letters that were given up, oldest first.
#[utoipa::path(get, path = "/admin/v1/webhooks/dead-letters", tag = "admin", operation_id = "adminListDeadLetters", params(LetterQuery),
    responses((status = 200, description = "A page of letters", body = Page<LetterView>),
              (status = 400, description = "A limit or cursor that makes no sense"),
              (status = 503, description = "The database cannot be reached")))]
pub(super) async fn dead(
    shared: web::Data<Shared>,
    query: web::Query<LetterQuery>,
) -> Result<web::Json<Page<LetterView>>, Problem> {
    letters(&shared, &query, true).await
}

async fn letters(shared: &Shared, query: &LetterQuery, dead: bool) -> Result<web::Json<Page<LetterView>>, Problem> {
    let page = PageQuery::new(query.limit, query.cursor.clone());
    let (limit, after) = (page.limit()?, page.after::<i64>()?.unwrap_or(0));
    let filter = LetterFilter { dead, endpoint: query.endpoint.clone(), id: None };
    let found = shared.store.outbox.letters(&filter, after, limit as u64 + 1).await.map_err(unreadable)?;
    Ok(web::Json(Page::of(found, limit, |letter| letter.id).map(LetterView::from)))
}

/// Has letters that were given up wait again, behind what waits already: all, those to one endpoint, or one. Receivers see
/// them under the ids that they had.
#[utoipa::path(post, path = "/admin/v1/webhooks/dead-letters/replay", tag = "admin", operation_id = "adminReplayDeadLetters",
    params(("Idempotency-Key" = Option<String>, Header, description = "Sent again with it, this is done once", max_length = 255)),
    request_body(content = Option<ReplayOrder>, content_type = "application/json"),
    responses((status = 200, description = "How many wait again", body = ReplayView),
              (status = 400, description = "A body that is no such order"),
              (status = 404, description = "No such letter was given up"),
              (status = 409, description = "The first request with this key is not done yet, was cut off by the server's end, or its answer was too long to be kept"),
              (status = 422, description = "The key was used for another request"),
              (status = 503, description = "The database cannot be reached")))]
pub(super) async fn replay(shared: web::Data<Shared>, body: web::Bytes) -> Result<web::Json<ReplayView>, Problem> {
    let order: ReplayOrder = super::optional_json(&body)?.unwrap_or_default();
    let filter = LetterFilter { dead: true, endpoint: order.endpoint, id: order.id };
    let (replayed, endpoints) = shared.store.outbox.replay(&filter).await.map_err(unreadable)?;
    if replayed == 0 && filter.id.is_some() {
        return Err(Problem::not_found("dead letter"));
    }
    for recipient in shared.recipients.iter().filter(|recipient| endpoints.contains(&recipient.endpoint)) {
        recipient.news.notify_one();
    }
    tracing::info!(replayed, "dead letters wait again, by the admin API");
    Ok(web::Json(ReplayView { replayed }))
}
