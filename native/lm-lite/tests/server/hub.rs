//! Downloads, from a stand-in that answers as the Hugging Face Hub does.
#![cfg(feature = "hub")]

use crate::common;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use common::{Start, tiny_model};
use serde_json::json;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const TOKEN: &str = "hf_secret";

#[derive(Clone, Default)]
struct Hub {
    /// Files that were downloaded, in that order.
    served: Arc<Mutex<Vec<String>>>,
}

impl Hub {
    /// Gives the address of a hub that has the tiny model as `org/tiny`, for those with the token.
    fn start(&self) -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new()
            .route("/api/models/org/tiny/revision/main", get(info))
            .route("/org/tiny/resolve/main/{file}", get(file))
            .with_state(self.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, routes).await.unwrap();
            });
        });
        format!("http://{address}")
    }
}

fn is_known(headers: &HeaderMap) -> bool {
    headers.get("authorization").is_some_and(|value| value == format!("Bearer {TOKEN}").as_str())
}

async fn info(headers: HeaderMap) -> Response {
    if !is_known(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let files = std::fs::read_dir(tiny_model()).unwrap();
    let mut siblings: Vec<_> =
        files.map(|file| json!({ "rfilename": file.unwrap().file_name().to_str() })).collect();
    siblings.extend(["README.md", "pytorch_model.bin"].map(|file| json!({ "rfilename": file })));
    axum::Json(json!({ "sha": COMMIT, "siblings": siblings })).into_response()
}

async fn file(State(hub): State<Hub>, Path(file): Path<String>, headers: HeaderMap) -> Response {
    let Ok(content) = std::fs::read(tiny_model().join(&file)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let range =
        headers.get("range").and_then(|range| range.to_str().ok()?.strip_prefix("bytes=")).unwrap_or("0-");
    let (start, end) = range.split_once('-').unwrap();
    let start: usize = start.parse().unwrap();
    let end = end.parse().map_or(content.len(), |end: usize| end + 1);
    if end == content.len() {
        hub.served.lock().unwrap().push(file.clone());
    }
    let headers = [
        ("etag", format!("\"etag-of-{file}\"")),
        ("x-repo-commit", COMMIT.to_owned()),
        ("content-range", format!("bytes {start}-{}/{}", end - 1, content.len())),
    ];
    (StatusCode::PARTIAL_CONTENT, headers, content[start..end].to_vec()).into_response()
}

#[test]
fn an_id_is_downloaded_once_into_the_cache() {
    let root = tempfile::tempdir().unwrap();
    let cache = root.path().join("hub");
    let hub = Hub::default();
    let address = hub.start();
    let start = |offline: &str| {
        Start::new()
            .env("HF_HUB_CACHE", cache.to_str().unwrap())
            .env("HF_ENDPOINT", &address)
            .env("HF_TOKEN", TOKEN)
            .env("HF_HUB_OFFLINE", offline)
            .args(&["--model", "org/tiny", "--max-model-len", "64"])
            .without_waiting()
            .start()
    };
    let offline = start("1");
    offline.wait_loaded();
    assert_eq!(offline.health()["models"][0]["code"], "model_not_found");
    assert!(hub.served.lock().unwrap().is_empty());

    for _ in 0..2 {
        let server = start("0");
        server.wait_loaded();
        assert_eq!(server.health()["ready"], true, "{}", server.health());
    }
    let served = hub.served.lock().unwrap().clone();
    let mut expected: Vec<_> = std::fs::read_dir(tiny_model())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    expected.sort();
    let mut files = served.clone();
    files.sort();
    assert_eq!(files, expected, "each file once, and nothing else");
    assert_eq!(served.last().map(String::as_str), Some("config.json"));
    let reference: PathBuf = cache.join("models--org--tiny/refs/main");
    assert_eq!(std::fs::read_to_string(reference).unwrap(), COMMIT);
}

#[test]
fn what_the_hub_refuses_is_told() {
    let root = tempfile::tempdir().unwrap();
    let server = Start::new()
        .env("HF_HUB_CACHE", root.path().to_str().unwrap())
        .env("HF_ENDPOINT", &Hub::default().start())
        .env("HF_TOKEN", "wrong")
        .env("HF_HUB_OFFLINE", "0")
        .args(&["--model", "org/tiny", "--model", "org/other"])
        .without_waiting()
        .start();
    server.wait_loaded();
    let health = server.health();
    for (index, status) in [(0, "401"), (1, "404")] {
        let error = health["models"][index]["error"].as_str().unwrap();
        assert!(error.contains("downloading it failed") && error.contains(status), "{error}");
    }
}
