//! Downloads, from a stand-in that answers as the Hugging Face Hub does.
#![cfg(feature = "hub")]

use crate::common;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
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
    /// Where each download of the weights began.
    starts: Arc<Mutex<Vec<usize>>>,
    /// How many more downloads of the weights have a wrong byte at their end.
    broken: Arc<AtomicUsize>,
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

const WEIGHTS: &str = "model.safetensors";

/// As the Hub names files: large ones by their SHA-256.
fn etag(file: &str, content: &[u8]) -> String {
    if file != WEIGHTS {
        return format!("etag-of-{file}");
    }
    let hash = ring::digest::digest(&ring::digest::SHA256, content);
    hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
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
    if start >= content.len() {
        return StatusCode::RANGE_NOT_SATISFIABLE.into_response();
    }
    let etag = format!("\"{}\"", etag(&file, &content));
    let mut sent = content[start..end].to_vec();
    if end == content.len() {
        hub.served.lock().unwrap().push(file.clone());
        if file == WEIGHTS {
            hub.starts.lock().unwrap().push(start);
            let breaks = |left: usize| left.checked_sub(1);
            if hub.broken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, breaks).is_ok() {
                *sent.last_mut().unwrap() ^= 1;
            }
        }
    }
    let headers = [
        ("etag", etag),
        ("x-repo-commit", COMMIT.to_owned()),
        ("content-range", format!("bytes {start}-{}/{}", end - 1, content.len())),
    ];
    (StatusCode::PARTIAL_CONTENT, headers, sent).into_response()
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

/// A server that downloads the tiny model from a hub, once it has loaded it or given up.
fn download(hub: &Hub, cache: &std::path::Path) -> common::Server {
    let server = Start::new()
        .env("HF_HUB_CACHE", cache.to_str().unwrap())
        .env("HF_ENDPOINT", &hub.start())
        .env("HF_TOKEN", TOKEN)
        .env("HF_HUB_OFFLINE", "0")
        .args(&["--model", "org/tiny", "--max-model-len", "64"])
        .without_waiting()
        .start();
    server.wait_loaded();
    server
}

/// Where weights lie in a cache, but for the ending of what is not complete.
fn blob(cache: &std::path::Path) -> PathBuf {
    let blobs = cache.join("models--org--tiny/blobs");
    std::fs::create_dir_all(&blobs).unwrap();
    blobs.join(etag(WEIGHTS, &std::fs::read(tiny_model().join(WEIGHTS)).unwrap()))
}

#[test]
fn a_download_that_was_broken_off_goes_on_where_it_was() {
    let weights = std::fs::read(tiny_model().join(WEIGHTS)).unwrap();
    // All of it is there where a process ends before it gives the file its name.
    for (there, start) in [(weights.len() / 2, weights.len() / 2), (weights.len(), 0)] {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(blob(root.path()).with_extension("part"), &weights[..there]).unwrap();
        let hub = Hub::default();
        let server = download(&hub, root.path());
        assert_eq!(server.health()["ready"], true, "{}", server.health());
        assert_eq!(*hub.starts.lock().unwrap(), [start]);
        assert_eq!(std::fs::read(blob(root.path())).unwrap(), weights);
    }
}

#[test]
fn weights_with_other_bytes_than_the_hub_says_are_downloaded_again() {
    let root = tempfile::tempdir().unwrap();
    let hub = Hub { broken: Arc::new(AtomicUsize::new(1)), ..Hub::default() };
    let server = download(&hub, root.path());
    assert_eq!(server.health()["ready"], true, "{}", server.health());
    assert_eq!(*hub.starts.lock().unwrap(), [0, 0]);

    // A process that was killed before it looked has left them.
    let root = tempfile::tempdir().unwrap();
    let snapshot = root.path().join("models--org--tiny/snapshots").join(COMMIT);
    std::fs::create_dir_all(&snapshot).unwrap();
    std::fs::create_dir_all(root.path().join("models--org--tiny/refs")).unwrap();
    std::fs::write(root.path().join("models--org--tiny/refs/main"), COMMIT).unwrap();
    std::fs::write(blob(root.path()), "half of them").unwrap();
    std::os::unix::fs::symlink(blob(root.path()), snapshot.join(WEIGHTS)).unwrap();
    let hub = Hub::default();
    let server = download(&hub, root.path());
    assert_eq!(server.health()["ready"], true, "{}", server.health());
    assert_eq!(*hub.starts.lock().unwrap(), [0]);
}

#[test]
fn weights_that_stay_broken_are_refused_and_not_kept() {
    let root = tempfile::tempdir().unwrap();
    let hub = Hub { broken: Arc::new(AtomicUsize::new(2)), ..Hub::default() };
    let server = download(&hub, root.path());
    let error = server.health()["models"][0]["error"].as_str().unwrap().to_owned();
    assert!(error.contains("model.safetensors: its bytes are not those"), "{error}");
    assert!(!blob(root.path()).exists());
    // Whoever tries again begins anew.
    let again = server.post("/v1/models/org/tiny/load", &json!({}));
    assert_eq!((again.0, &again.1["state"]), (200, &json!("ready")), "{}", again.1);
}
