//! Answers to admin API requests with keys, on SQLite and on PostgreSQL, and over a kill of the program.
use crate::ground::{Ground, tell};
use crate::kit::{Answer, Folder, http};
use crate::program::Program;
use gateway::store::{ANSWERS_KEPT_MS, ANSWERS_MAX, KnownKey, StoredAnswer};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};

fn answer(body: Option<&str>) -> StoredAnswer {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    StoredAnswer { status: 200, headers, body: body.map(str::to_owned) }
}

#[tokio::test]
async fn a_key_is_known_as_begun_and_then_with_its_answer_over_restarts() {
    for ground in Ground::all() {
        let (store, _) = ground.open().await;
        let table = &store.handles.answers;
        for key in ["answered", "begun", "long", "struck"] {
            assert_eq!(table.begin(key, "asked", false, 5).await.unwrap(), KnownKey::New, "{}", ground.name);
        }
        table.finish("answered", &answer(Some("{\"ü\":1}"))).await.unwrap();
        table.finish("long", &answer(None)).await.unwrap();
        table.strike("struck").await.unwrap();
        store.close().await;
        let (store, _) = ground.open().await;
        let table = &store.handles.answers;
        for (key, request, known) in [
            ("answered", "asked", KnownKey::Answered(answer(Some("{\"ü\":1}")))),
            ("answered", "else", KnownKey::Other),
            ("begun", "asked", KnownKey::Begun),
            ("begun", "else", KnownKey::Other),
            ("long", "asked", KnownKey::Answered(answer(None))),
            ("struck", "else", KnownKey::New),
        ] {
            assert_eq!(table.begin(key, request, false, 6).await.unwrap(), known, "{}: {key}", ground.name);
        }
        assert_eq!(table.begin("begun", "asked", true, 7).await.unwrap(), KnownKey::New, "who knows does it anew");
        store.close().await;
    }
}

#[tokio::test]
async fn so_many_answers_are_kept_for_a_day() {
    for ground in Ground::all() {
        let (store, _) = ground.open().await;
        let beside = ground.beside().await;
        let rows: Vec<String> = (1..=ANSWERS_MAX).map(|at| format!("('{at}', 'asked', {at})")).collect();
        let insert = "INSERT INTO admin_answer (idempotency_key, request, began_ms) VALUES";
        tell(&beside, &format!("{insert} {}", rows.join(", "))).await;
        let table = &store.handles.answers;
        let begin = |key: &'static str, now_ms| async move { table.begin(key, "asked", false, now_ms).await.unwrap() };
        assert_eq!(begin("one more", 2_000).await, KnownKey::New, "{}", ground.name);
        assert_eq!(begin("3", 2_000).await, KnownKey::Begun, "{}", ground.name);
        assert_eq!(begin("1", 2_000).await, KnownKey::New, "{}: the oldest went", ground.name);
        let day_later = 2_000 + ANSWERS_KEPT_MS;
        assert_eq!(begin("one more", day_later).await, KnownKey::Begun, "{}", ground.name);
        assert_eq!(begin("one more", day_later + 1).await, KnownKey::New, "{}: too old", ground.name);
        beside.close().await.unwrap();
        store.close().await;
    }
}

async fn drain(port: u16, key: &str) -> Answer {
    let headers = [("authorization", "Bearer MY_SECRET"), ("idempotency-key", key)];
    http(port, "POST", "/admin/v1/drain", &headers, "").await
}

async fn beside(folder: &Folder) -> DatabaseConnection {
    let mut options = ConnectOptions::new(format!("sqlite://{}", folder.0.join("viaduct.db").display()));
    options.sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

#[tokio::test]
async fn a_key_gives_its_first_answer_after_a_kill_and_what_the_kill_cut_off_is_said_to_be() {
    let folder = Folder::new();
    let program = Program::start(&folder, &[]);
    let mut answered = Vec::new();
    for number in 0..5 {
        let key = format!("key{number}");
        let answer = drain(program.port, &key).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answered.push((key, answer.body));
    }
    // Its work is done, its answer is never written.
    let database = beside(&folder).await;
    let held = "CREATE TRIGGER held BEFORE UPDATE ON admin_answer BEGIN SELECT RAISE(FAIL, 'held'); END";
    tell(&database, held).await;
    assert_eq!(drain(program.port, "cut").await.status, 503);
    program.kill();
    tell(&database, "DROP TRIGGER held").await;
    database.close().await.unwrap();

    let program = Program::start(&folder, &[]);
    for (key, body) in answered {
        let again = drain(program.port, &key).await;
        assert!(again.head.to_lowercase().contains("idempotent-replayed: true"), "{again:?}");
        assert_eq!((again.status, again.body), (200, body), "{key}");
    }
    let cut = drain(program.port, "cut").await;
    assert_eq!((cut.status, cut.json()["type"].as_str()), (409, Some("/docs/problems#idempotency-key-interrupted")));
    let server = http(program.port, "GET", "/admin/v1/drain", &[("authorization", "Bearer MY_SECRET")], "").await;
    assert_eq!(server.json()["draining"], false, "nothing was done again: {server:?}");
}
