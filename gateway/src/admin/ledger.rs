//! Idempotency keys: a POST that is sent again with its key is not done again, but answered as the first time.
//!
//! Keys and answers are in the store: a key before its request is done, an answer before it is sent, so that both outlast a
//! kill. In memory is only what the store cannot know: what is being done at the moment, and what came to nothing.
use super::Problem;
use super::problem_kind::ProblemKind;
use crate::clock;
use crate::store::{ANSWER_BYTES_MAX, AnswerError, AnswerTable, KnownKey, StoredAnswer};
use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, ETAG, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, ResponseError};
use aws_lc_rs::digest;
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The header with the key.
pub(super) const KEY: &str = "idempotency-key";
/// The header of an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// Characters of a key.
const KEY_CHARS_MAX: usize = 255;
/// Keys that are remembered here beside those whose requests are being done.
const LOOSE_MAX: usize = 1_024;
/// How long they are.
const LOOSE_FOR: Duration = Duration::from_secs(24 * 3_600);
/// Headers that are kept of an answer.
const HEADERS: [HeaderName; 2] = [CONTENT_TYPE, ETAG];

/// The requests with keys; cheap to clone.
#[derive(Clone, Debug)]
pub struct Ledger {
    table: AnswerTable,
    open: Arc<Mutex<HashMap<String, Entry>>>,
}

/// What the store does not know of a key.
#[derive(Debug)]
struct Entry {
    /// What was asked: method, path, body.
    request: String,
    state: State,
    since: Instant,
}

#[derive(Debug)]
enum State {
    /// It is being done.
    Doing,
    /// It came to nothing: a client that hung up, a fault of the server's. It may be done anew.
    Undone,
    /// It was done; its answer could not be stored yet.
    Unkept(Kept),
}

/// An answer that is kept.
#[derive(Clone, Debug)]
struct Kept {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

/// What a key means.
enum Meaning {
    /// Do it.
    New,
    /// It was answered so.
    Answered(HttpResponse),
    /// It was answered so, which is not stored yet.
    Unkept(Kept),
}

impl Ledger {
    /// One whose keys and answers are in this table.
    pub fn new(table: AnswerTable) -> Self {
        Self { table, open: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the key for one request; gives what was known here.
    fn take(&self, key: &str, request: &str, now: Instant) -> Result<(Doing, Option<State>), Problem> {
        let mut open = self.lock();
        forget(&mut open, now);
        let before = match open.remove(key) {
            Some(entry) => {
                let answer = if entry.request != request {
                    Err(reused())
                } else if matches!(entry.state, State::Doing) {
                    Err(Problem::new(ProblemKind::KeyInUse, "it is still being done".to_owned()))
                } else {
                    Ok(())
                };
                if let Err(problem) = answer {
                    open.insert(key.to_owned(), entry);
                    return Err(problem);
                }
                Some(entry.state)
            }
            None => None,
        };
        open.insert(key.to_owned(), Entry { request: request.to_owned(), state: State::Doing, since: now });
        Ok((Doing { ledger: self.clone(), key: key.to_owned(), left: Some(State::Undone) }, before))
    }

    /// What the key means; where it is to be done, it is written that it was begun.
    async fn begin(&self, doing: &mut Doing, request: &str, before: Option<State>) -> Result<Meaning, Problem> {
        let again = match before {
            Some(State::Unkept(kept)) => {
                doing.left = Some(State::Unkept(kept.clone()));
                return Ok(Meaning::Unkept(kept));
            }
            Some(State::Undone | State::Doing) => true,
            None => false,
        };
        let known = self.table.begin(&doing.key, request, again, clock::now().unix_ms).await.map_err(away)?;
        if known != KnownKey::New {
            doing.left = None;
        }
        match known {
            KnownKey::New => Ok(Meaning::New),
            KnownKey::Other => Err(reused()),
            KnownKey::Begun => {
                let detail = "it was begun, and no answer of it is known".to_owned();
                Err(Problem::new(ProblemKind::KeyInterrupted, detail))
            }
            KnownKey::Answered(stored) => Kept::read(stored).map(|kept| Meaning::Answered(kept.answer(true))),
        }
    }

    /// Stores an answer, or that there is none.
    async fn end(&self, doing: &mut Doing, kept: &Kept) -> Result<(), Problem> {
        if kept.status.is_server_error() {
            // Where it cannot be struck out now, this is remembered here.
            if self.table.strike(&doing.key).await.is_ok() {
                doing.left = None;
            }
            return Ok(());
        }
        doing.left = Some(State::Unkept(kept.clone()));
        self.table.finish(&doing.key, &kept.write()).await.map_err(away)?;
        doing.left = None;
        Ok(())
    }
}

/// Bounds what is remembered here in number and time.
fn forget(open: &mut HashMap<String, Entry>, now: Instant) {
    let is_loose = |entry: &Entry| !matches!(entry.state, State::Doing);
    open.retain(|_, entry| !is_loose(entry) || now.saturating_duration_since(entry.since) < LOOSE_FOR);
    while open.values().filter(|entry| is_loose(entry)).count() >= LOOSE_MAX {
        let oldest = open.iter().filter(|(_, entry)| is_loose(entry)).min_by_key(|(_, entry)| entry.since);
        let Some(key) = oldest.map(|(key, _)| key.clone()) else { return };
        open.remove(&key);
    }
}

fn reused() -> Problem {
    Problem::new(ProblemKind::KeyReused, "it came with another method, path or body".to_owned())
}

fn away(error: AnswerError) -> Problem {
    tracing::error!(%error, "an idempotency key of the admin API cannot be looked up or written");
    Problem::new(ProblemKind::Unavailable, "the database does not take idempotency keys at the moment".to_owned())
}

/// Does a POST with a key once.
pub(super) async fn pass<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let key = request.headers().get(KEY).filter(|_| request.method() == Method::POST).cloned();
    let (Some(key), Some(ledger)) = (key, request.app_data::<Ledger>().cloned()) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let key = match key.to_str() {
        Ok(key) if !key.is_empty() && key.len() <= KEY_CHARS_MAX => key.to_owned(),
        Ok(_) | Err(_) => {
            let detail = format!("Idempotency-Key: write 1 to {KEY_CHARS_MAX} printable characters");
            return Ok(request.into_response(Problem::invalid(detail).error_response()));
        }
    };
    let body = request.extract::<Bytes>().await?;
    let asked = fingerprint(request.method(), request.path(), &body);
    request.set_payload(Payload::from(body));
    let (mut doing, before) = match ledger.take(&key, &asked, clock::now().instant) {
        Ok(taken) => taken,
        Err(problem) => return Ok(request.into_response(problem.error_response())),
    };
    match ledger.begin(&mut doing, &asked, before).await {
        Err(problem) => Ok(request.into_response(problem.error_response())),
        Ok(Meaning::Answered(answer)) => Ok(request.into_response(answer)),
        Ok(Meaning::Unkept(kept)) => {
            let stored = ledger.end(&mut doing, &kept).await;
            let answer = stored.map_or_else(|problem| problem.error_response(), |()| kept.answer(true));
            Ok(request.into_response(answer))
        }
        Ok(Meaning::New) => {
            let (request, response) = next.call(request).await?.into_parts();
            let kept = Kept::of(response.map_into_boxed_body()).await?;
            let stored = ledger.end(&mut doing, &kept).await;
            let answer = stored.map_or_else(|problem| problem.error_response(), |()| kept.answer(false));
            Ok(ServiceResponse::new(request, answer))
        }
    }
}

/// A request that is being done: however it ends, what is to be known of its key is left behind.
struct Doing {
    ledger: Ledger,
    key: String,
    /// `None`: the store knows all.
    left: Option<State>,
}

impl Drop for Doing {
    fn drop(&mut self) {
        let mut open = self.ledger.lock();
        match self.left.take() {
            Some(state) => {
                if let Some(entry) = open.get_mut(&self.key) {
                    entry.state = state;
                }
            }
            None => {
                open.remove(&self.key);
            }
        }
    }
}

impl Kept {
    async fn of(response: HttpResponse) -> Result<Self, Error> {
        let status = response.status();
        let header = |name: &HeaderName| response.headers().get(name).map(|value| (name.clone(), value.clone()));
        let headers = HEADERS.iter().filter_map(header).collect();
        let unread = |_| Error::from(Problem::new(ProblemKind::Internal, "the answer could not be read".to_owned()));
        let body = to_bytes(response.into_body()).await.map_err(unread)?;
        Ok(Self { status, headers, body })
    }

    /// As the store has it. Databases do not take every text.
    fn write(&self) -> StoredAnswer {
        let header = |(name, value): &(HeaderName, HeaderValue)| {
            value.to_str().ok().map(|value| (name.as_str().to_owned(), value.to_owned()))
        };
        let text = std::str::from_utf8(&self.body).ok();
        let text = text.filter(|text| text.len() <= ANSWER_BYTES_MAX && !text.contains('\0'));
        StoredAnswer {
            status: self.status.as_u16(),
            headers: self.headers.iter().filter_map(header).collect(),
            body: text.map(str::to_owned),
        }
    }

    fn read(stored: StoredAnswer) -> Result<Self, Problem> {
        let Some(body) = stored.body else {
            let detail = format!("it was answered with status {}", stored.status);
            return Err(Problem::new(ProblemKind::AnswerNotKept, detail));
        };
        let of_known = |(name, value): &(String, String)| {
            let name = HEADERS.into_iter().find(|known| known.as_str() == name)?;
            Some((name, HeaderValue::from_str(value).ok()?))
        };
        let headers = stored.headers.iter().filter_map(of_known).collect();
        let status = StatusCode::from_u16(stored.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Ok(Self { status, headers, body: Bytes::from(body) })
    }

    fn answer(self, replayed: bool) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status);
        for header in self.headers {
            answer.insert_header(header);
        }
        if replayed {
            answer.insert_header((REPLAYED, "true"));
        }
        answer.body(self.body)
    }
}

/// Of method, path and body, in hexadecimal.
fn fingerprint(method: &Method, path: &str, body: &[u8]) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in [method.as_str().as_bytes(), path.as_bytes(), body] {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{ANSWERS_MAX, Store};
    use crate::webhook::Scribe;
    use actix_web::dev::Service;
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use actix_web::{App, web};
    use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// A database, gone with the test.
    struct Ground {
        folder: PathBuf,
        store: Store,
        beside: DatabaseConnection,
    }

    impl Ground {
        async fn new() -> Self {
            static NUMBER: AtomicU32 = AtomicU32::new(0);
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let folder = std::env::temp_dir().join(format!("viaduct-ledger-{}-{number}", std::process::id()));
            std::fs::create_dir_all(&folder).unwrap();
            let config = crate::config::dev(&folder).unwrap();
            let opened = Store::open(&folder, &config.database, config.events.store, Scribe::default()).await;
            let beside = Database::connect(format!("sqlite://{}", folder.join("viaduct.db").display())).await.unwrap();
            Self { folder, store: opened.unwrap().0, beside }
        }

        /// A ledger that knows only what is stored, as after a start.
        fn ledger(&self) -> Ledger {
            Ledger::new(self.store.handles().answers)
        }

        async fn tell(&self, statement: &str) {
            self.beside.execute_unprepared(statement).await.unwrap();
        }
    }

    impl Drop for Ground {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }

    /// Counts how often it is asked; what it answers is said by the body.
    async fn work(count: web::Data<AtomicU32>, body: Bytes) -> HttpResponse {
        let number = count.fetch_add(1, Ordering::Relaxed);
        match body.as_ref() {
            b"fault" if number == 0 => HttpResponse::InternalServerError().finish(),
            b"long" => HttpResponse::Ok().body("x".repeat(ANSWER_BYTES_MAX + 1)),
            body => HttpResponse::Created().insert_header((ETAG, "\"t\"")).body(format!("{number} {}", body.len())),
        }
    }

    macro_rules! app {
        ($ledger:expr, $count:expr) => {{
            let resource = web::resource("/do").wrap(from_fn(pass)).route(web::post().to(work));
            init_service(App::new().app_data($count.clone()).app_data($ledger).service(resource)).await
        }};
    }

    fn post(key: Option<&str>, body: &'static str) -> TestRequest {
        let request = TestRequest::post().uri("/do").set_payload(body);
        match key {
            Some(key) => request.insert_header((KEY, key)),
            None => request,
        }
    }

    /// Sends a request; gives status, whether it is a repeated answer, and the text.
    async fn send<S, R>(app: &S, request: R) -> (u16, bool, String)
    where
        S: Service<R, Response = ServiceResponse<BoxBody>, Error = Error>,
    {
        let answer = call_service(app, request).await;
        assert_eq!(answer.headers().contains_key(ETAG), answer.status() == 201);
        let (status, replayed) = (answer.status().as_u16(), answer.headers().contains_key(REPLAYED));
        (status, replayed, String::from_utf8(read_body(answer).await.to_vec()).unwrap())
    }

    #[actix_web::test]
    async fn a_post_with_a_key_is_done_once_and_another_body_is_refused() {
        let (ground, count) = (Ground::new().await, web::Data::new(AtomicU32::new(0)));
        let ledger = ground.ledger();
        let served = app!(ledger.clone(), &count);
        for (key, body, status, expected, replayed) in [
            (Some("a"), "body", 201, "0 4", false),
            (Some("a"), "body", 201, "0 4", true),
            (Some("a"), "other", 422, "", false),
            (Some("b"), "other", 201, "1 5", false),
            (None, "other", 201, "2 5", false),
            (None, "other", 201, "3 5", false),
            (Some(""), "body", 400, "", false),
        ] {
            let answer = send(&served, post(key, body).to_request()).await;
            assert_eq!((answer.0, answer.1), (status, replayed), "{key:?} {body}");
            assert!(expected.is_empty() || answer.2 == expected, "{key:?} {answer:?}");
        }
        assert!(ledger.lock().is_empty(), "the store knows all");
        let later = app!(ground.ledger(), &count);
        assert_eq!(
            send(&later, post(Some("a"), "body").to_request()).await,
            (201, true, "0 4".to_owned()),
            "after a start"
        );
        assert_eq!(send(&later, post(Some("a"), "other").to_request()).await.0, 422);
    }

    #[actix_web::test]
    async fn a_fault_is_tried_anew_and_what_a_kill_cut_off_is_said_to_be() {
        let (ground, count) = (Ground::new().await, web::Data::new(AtomicU32::new(0)));
        let served = app!(ground.ledger(), &count);
        assert_eq!(send(&served, post(Some("f"), "fault").to_request()).await.0, 500);
        assert_eq!(send(&served, post(Some("f"), "fault").to_request()).await, (201, false, "1 5".to_owned()));
        ground.tell("UPDATE admin_answer SET status = NULL").await;
        let (status, _, body) = send(&served, post(Some("f"), "fault").to_request()).await;
        assert!(status == 409 && body.contains("idempotency-key-interrupted"), "{status} {body}");
        assert_eq!(send(&served, post(Some("long"), "long").to_request()).await.0, 200);
        let (status, _, body) = send(&served, post(Some("long"), "long").to_request()).await;
        assert!(status == 409 && body.contains("answered with status 200"), "{status} {body}");
        assert_eq!(count.load(Ordering::Relaxed), 3);
    }

    #[actix_web::test]
    async fn what_was_done_while_its_answer_could_not_be_stored_is_not_done_again() {
        let (ground, count) = (Ground::new().await, web::Data::new(AtomicU32::new(0)));
        let served = app!(ground.ledger(), &count);
        ground.tell("CREATE TRIGGER held BEFORE UPDATE ON admin_answer BEGIN SELECT RAISE(FAIL, 'held'); END").await;
        for _ in 0..2 {
            assert_eq!(send(&served, post(Some("k"), "body").to_request()).await.0, 503);
        }
        ground.tell("DROP TRIGGER held").await;
        assert_eq!(send(&served, post(Some("k"), "body").to_request()).await, (201, true, "0 4".to_owned()));
        ground.tell("CREATE TRIGGER held BEFORE INSERT ON admin_answer BEGIN SELECT RAISE(FAIL, 'held'); END").await;
        assert_eq!(send(&served, post(Some("l"), "body").to_request()).await.0, 503);
        assert_eq!(count.load(Ordering::Relaxed), 1, "it is not begun either");
        ground.tell("DROP TRIGGER held").await;
        assert_eq!(send(&served, post(Some("l"), "body").to_request()).await.2, "1 4");
    }

    #[actix_web::test]
    async fn what_is_remembered_here_is_bounded_in_number_and_time() {
        let (ground, start) = (Ground::new().await, Instant::now());
        let ledger = ground.ledger();
        let (first, _) = ledger.take("first", "asked", start).unwrap();
        assert!(ledger.take("first", "asked", start).is_err(), "it is being done");
        assert!(ledger.take("first", "else", start).is_err(), "another request");
        for number in 0..2 * ANSWERS_MAX {
            // They hang up, one after the other.
            let at = start + Duration::from_millis(number);
            drop(ledger.take(&number.to_string(), "asked", at).unwrap());
        }
        assert_eq!(ledger.lock().len(), LOOSE_MAX + 1);
        let again = ledger.take("2047", "asked", start).unwrap();
        assert!(matches!(again.1, Some(State::Undone)));
        drop(again);
        drop(first);
        assert!(ledger.take("later", "asked", start + LOOSE_FOR * 2).unwrap().1.is_none());
        assert_eq!(ledger.lock().len(), 1);
    }
}
