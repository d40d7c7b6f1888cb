//! The program killed with -9 in the middle of a call, and started again.
use crate::kit::{Folder, PATIENCE, V2Client, v2_api, v2_token};
use crate::program::Program;
use crate::receiver::{Receiver, shorts};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use serde_json::Value;
use std::collections::HashSet;

fn program(folder: &Folder, backend: u16) -> Program {
    let endpoint = Receiver::url(backend);
    let settings = [
        ("OPENVIDU_WEBHOOK", "true"),
        ("OPENVIDU_WEBHOOK_ENDPOINT", endpoint.as_str()),
        ("VIADUCT_OUTBOX_RETRY_MAX", "1"),
    ];
    Program::start(folder, &settings)
}

/// Looks at the database beside the program that writes it.
async fn database(folder: &Folder) -> DatabaseConnection {
    let path = folder.0.join("viaduct.db");
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=ro", path.display()));
    options.sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

/// Waits until an event is written down.
async fn written(database: &DatabaseConnection, name: &str) {
    let rows = format!("SELECT id FROM event WHERE name = '{name}'");
    let looked = async {
        loop {
            let found =
                database.query_all_raw(sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, rows.as_str()));
            if !found.await.unwrap().is_empty() {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, looked).await.expect("it is written in time");
}

#[tokio::test]
async fn events_of_a_killed_server_arrive_and_what_was_live_ends() {
    let (folder, backend) = (Folder::new(), Receiver::free_port().await);
    let first = program(&folder, backend);
    let port = first.port;
    let used = v2_token(port, "room").await;
    let unused = v2_token(port, "room").await;
    v2_api(port, "POST", "/sessions", serde_json::json!({ "customSessionId": "idle" })).await;
    let mut alice = V2Client::connect(port).await;
    alice.join("room", &used).await;
    written(&database(&folder).await, "participantJoined").await;
    first.kill();

    let mut receiver = Receiver::listen(backend).await;
    let again = program(&folder, backend);
    let port = again.port;
    assert_eq!(v2_api(port, "GET", "/sessions/idle", Value::Null).await.status, 200);
    let mut bob = V2Client::connect(port).await;
    bob.join("room", &unused).await;
    assert_eq!(v2_api(port, "DELETE", "/sessions/room", Value::Null).await.status, 204);
    let told = receiver.until("sessionDestroyed").await;
    let of_room: Vec<_> = told.into_iter().filter(|arrival| arrival.body["sessionId"] == "room").collect();
    assert_eq!(
        shorts(&of_room),
        [
            "sessionCreated",
            "participantJoined",
            "participantLeft nodeCrashed",
            "participantJoined",
            "participantLeft sessionClosedByServer",
            "sessionDestroyed sessionClosedByServer",
        ]
    );
    let ids: HashSet<&str> = of_room.iter().map(|arrival| arrival.id()).collect();
    assert_eq!(ids.len(), of_room.len(), "no event came twice");
    let unique: HashSet<&str> =
        of_room.iter().map(|arrival| arrival.body["uniqueSessionId"].as_str().unwrap()).collect();
    assert_eq!(unique.len(), 1, "it is the same session all along");
}
