//! What of the v2 REST API needs a whole server: files, the machine, addresses.
use crate::kit::{Folder, http, start, v2_api};
use gateway::app::Running;
use gateway::config::{self, Proxies};
use serde_json::json;

#[tokio::test]
async fn the_openapi_document_is_served() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let answer = http(server.port, "GET", "/openapi.json", &[], "").await;
    assert_eq!(answer.status, 200);
    assert!(answer.json()["paths"]["/openvidu/api/sessions"]["post"].is_object());
    server.stop().await;
}

#[tokio::test]
async fn layouts_are_served_from_their_folder_and_from_nowhere_else() {
    let folder = Folder::new();
    let layouts = folder.0.join("layouts");
    std::fs::create_dir_all(layouts.join("mine")).unwrap();
    std::fs::write(layouts.join("mine/index.html"), "<p>mine</p>").unwrap();
    std::fs::write(folder.0.join("secret.txt"), "secret").unwrap();
    std::os::unix::fs::symlink(folder.0.join("secret.txt"), layouts.join("mine/link.txt")).unwrap();
    let mut config = config::dev(&folder.0).unwrap();
    config.v2.recording.custom_layout = layouts.display().to_string();
    let server = Running::start(config).await.unwrap();
    // OPENVIDUAPP and the secret of development mode.
    let headers = [("authorization", "Basic T1BFTlZJRFVBUFA6TVlfU0VDUkVU")];
    let get = async |path: &str| http(server.port, "GET", &format!("/openvidu/layouts/{path}"), &headers, "").await;
    let answer = get("mine/index.html").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "<p>mine</p>"));
    for path in
        ["mine/none.html", "mine", "mine/link.txt", "../secret.txt", "..%2Fsecret.txt", "mine/..%2f..%2fsecret.txt"]
    {
        let answer = get(path).await;
        assert!(answer.status == 403 && !answer.body.contains("secret"), "{path}: {answer:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn the_rest_api_may_be_kept_to_some_addresses() {
    for (ranges, status) in [("10.0.0.0/8", 403), ("127.0.0.0/8", 200)] {
        let folder = Folder::new();
        let mut config = config::dev(&folder.0).unwrap();
        config.v2.restapi_access = Some(Proxies::parse([ranges]).unwrap());
        let server = Running::start(config).await.unwrap();
        assert_eq!(v2_api(server.port, "GET", "/sessions", json!(null)).await.status, status, "{ranges}");
        let answer = http(server.port, "GET", "/openvidu", &[], "").await;
        assert_eq!(answer.status, 400, "clients may come from anywhere: {answer:?}");
        server.stop().await;
    }
}

#[tokio::test]
async fn the_media_node_is_this_machine() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let node = v2_api(server.port, "GET", "/media-nodes", json!(null)).await.json()["content"][0].clone();
    assert_eq!((&node["id"], &node["status"]), (&json!("media_local"), &json!("running")));
    assert!(node["load"].as_f64().is_none_or(|load| (0.0..=100.0).contains(&load)), "{node}");
    let now_ms = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as u64;
    assert!(node["launchingTime"].as_u64().is_some_and(|at| at <= now_ms && now_ms - at < 60_000), "{node}");
    server.stop().await;
}
