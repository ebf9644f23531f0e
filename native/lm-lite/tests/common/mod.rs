//! Real servers with tiny models, and a client.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use conduit_testkit::model::{Family, TinyModel};
use serde_json::{Value, json};
use tempfile::TempDir;

pub const KEY: &str = "test-key";

/// The folder of a small model; made once a test binary.
pub fn tiny_model() -> &'static Path {
    static MODEL: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, folder) = MODEL.get_or_init(|| {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("tiny");
        write_model(&folder);
        (root, folder)
    });
    folder
}

pub fn write_model(folder: &Path) {
    TinyModel::small(Family::Qwen3).write(folder).unwrap();
}

/// The server's program: the one of this build, unless `CONDUIT_TEST_LM_LITE` names another, as where tests run without the build.
fn binary() -> OsString {
    std::env::var_os("CONDUIT_TEST_LM_LITE").unwrap_or_else(|| env!("CARGO_BIN_EXE_lm-lite").into())
}

/// How a server is started.
pub struct Start {
    command: Command,
    stdin: Stdio,
    ready: bool,
}

impl Start {
    /// With a key, on a free port.
    pub fn new() -> Self {
        Self::with("1", "1GiB")
    }

    /// With so many threads and so much memory.
    pub fn with(threads: &str, memory_limit: &str) -> Self {
        let mut command = Command::new(binary());
        command.args(["serve", "--port", "0", "--threads", threads, "--memory-limit", memory_limit]);
        for variable in [
            "MODELS",
            "RUST_LOG",
            "CONDUIT_IDLE_TIMEOUT_SECONDS",
            "CONDUIT_MAX_LIFETIME_SECONDS",
            "CONDUIT_END_REQUESTS",
            "CONDUIT_REQUIRE_GPU",
            "LM_LITE_DEVICE",
            "LM_LITE_DRAIN_TIMEOUT_SECONDS",
        ] {
            command.env_remove(variable);
        }
        command.env("LM_LITE_API_KEY", KEY).env("HF_HUB_OFFLINE", "1").env("HF_HUB_CACHE", "/nowhere");
        Self { command, stdin: Stdio::null(), ready: true }
    }

    /// The tiny model, called `tiny`.
    pub fn tiny(self) -> Self {
        let model = format!("{}=tiny", tiny_model().display());
        self.args(&["--model", &model, "--max-model-len", "512", "--max-model-concurrency", "4"])
    }

    pub fn args(mut self, arguments: &[&str]) -> Self {
        self.command.args(arguments);
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub fn with_stdin(mut self) -> Self {
        self.stdin = Stdio::piped();
        self
    }

    /// Does not wait until the models are ready.
    pub fn without_waiting(mut self) -> Self {
        self.ready = false;
        self
    }

    /// Writes the log to this file.
    pub fn log_to(mut self, path: &Path) -> Self {
        self.command.stderr(std::fs::File::create(path).unwrap());
        self
    }

    /// Runs a server that is expected not to start; gives its status and its log.
    pub fn fails(mut self) -> (ExitStatus, String) {
        let output = self.command.stdin(self.stdin).output().unwrap();
        (output.status, String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Starts a server that is expected neither to listen nor to end.
    pub fn start_deaf(mut self) -> Server {
        let mut child = self.command.stdin(self.stdin).stdout(Stdio::piped()).spawn().unwrap();
        let stdin = child.stdin.take();
        Server { child, port: 0, stdin }
    }

    pub fn start(self) -> Server {
        let ready = self.ready;
        let mut server = self.start_deaf();
        let mut line = String::new();
        BufReader::new(server.child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let listening: Value = serde_json::from_str(&line).expect("the server says that it listens");
        assert_eq!(listening["event"], "listening");
        server.port = listening["port"].as_u64().unwrap() as u16;
        if ready {
            server.wait_loaded();
            assert_eq!(server.health()["ready"], true, "{}", server.health());
        }
        server
    }
}

/// A running server; it is killed when this is dropped.
pub struct Server {
    child: Child,
    pub port: u16,
    pub stdin: Option<ChildStdin>,
}

impl Server {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, name: &str) {
        let status =
            Command::new("kill").args([&format!("-{name}"), &self.pid().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// The exit status, which has to come within this time.
    pub fn wait_exit(&mut self, within: Duration) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < within, "the server still runs after {within:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub fn health(&self) -> Value {
        let (status, body) = self.get("/health", None);
        assert_eq!(status, 200);
        body
    }

    /// Waits until no model is being loaded any more.
    pub fn wait_loaded(&self) {
        let start = Instant::now();
        while self.health()["models"].as_array().unwrap().iter().any(|model| model["state"] == "loading") {
            assert!(start.elapsed() < Duration::from_secs(60), "{}", self.health());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub fn get(&self, path: &str, key: Option<&str>) -> (u16, Value) {
        let mut request = agent().get(self.url(path));
        if let Some(key) = key {
            request = request.header("Authorization", format!("Bearer {key}"));
        }
        read(request.call().unwrap())
    }

    pub fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.post_text(path, &body.to_string(), "application/json", Some(KEY))
    }

    pub fn post_text(&self, path: &str, body: &str, kind: &str, key: Option<&str>) -> (u16, Value) {
        let mut request = agent().post(self.url(path)).header("Content-Type", kind);
        if let Some(key) = key {
            request = request.header("Authorization", format!("Bearer {key}"));
        }
        read(request.send(body).unwrap())
    }

    /// An answer with its headers, to a request with further ones; one with a body is sent as JSON.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> ureq::http::Response<String> {
        let mut request = ureq::http::Request::builder().method(method).uri(self.url(path));
        request = request.header("Authorization", format!("Bearer {KEY}"));
        if !body.is_empty() {
            request = request.header("Content-Type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = agent().run(request.body(body.to_owned()).unwrap()).unwrap();
        let (parts, mut body) = response.into_parts();
        ureq::http::Response::from_parts(parts, body.read_to_string().unwrap())
    }

    /// A chat of one message with the tiny model, with further fields.
    pub fn chat(&self, fields: Value) -> (u16, Value) {
        self.post("/v1/chat/completions", &chat_request(fields))
    }

    /// The data of all events of a stream.
    pub fn stream(&self, path: &str, body: &Value) -> Vec<String> {
        let request = agent().post(self.url(path)).header("Authorization", format!("Bearer {KEY}"));
        let mut response = request.send_json(body).unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut text = String::new();
        response.body_mut().as_reader().read_to_string(&mut text).unwrap();
        let data = |event: &str| event.strip_prefix("data: ").map(ToOwned::to_owned);
        text.split("\n\n").filter_map(data).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Changes a JSON file.
pub fn edit_json(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    change(&mut file);
    std::fs::write(path, file.to_string()).unwrap();
}

pub fn chat_request(fields: Value) -> Value {
    let mut request =
        json!({ "model": "tiny", "messages": [{ "role": "user", "content": "Say something." }] });
    request.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    request
}

pub fn content(answer: &Value) -> &str {
    answer["choices"][0]["message"]["content"].as_str().unwrap_or_else(|| panic!("no content in {answer}"))
}

fn agent() -> ureq::Agent {
    let timeout = Some(Duration::from_secs(120));
    ureq::Agent::config_builder().http_status_as_error(false).timeout_global(timeout).build().into()
}

fn read(mut response: ureq::http::Response<ureq::Body>) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.body_mut().read_to_string().unwrap();
    (status, serde_json::from_str(&text).unwrap_or_else(|_| panic!("status {status} with no JSON: {text}")))
}
