//! When a server ends: signals, holders, idleness, age; and what a client that goes leaves behind.

use crate::common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use common::{KEY, Server, Start, chat_request};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_millis(1_500);

/// Holds an answer to thousands of tokens.
fn long_format() -> Value {
    let schema = json!({ "type": "array", "items": { "type": "boolean" }, "minItems": 100_000 });
    json!({ "type": "json_schema", "json_schema": { "name": "n", "schema": schema } })
}

fn send(server: &Server, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    stream
}

/// Starts a long answer, and reads until it is under way.
fn long_stream(server: &Server) -> TcpStream {
    let body = chat_request(json!({ "stream": true, "response_format": long_format() })).to_string();
    let mut stream = send(server, &body);
    let mut read = Vec::new();
    let mut buffer = [0; 256];
    while !String::from_utf8_lossy(&read).contains("\"content\":\"[") {
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "{}", String::from_utf8_lossy(&read));
        read.extend_from_slice(&buffer[..count]);
    }
    stream
}

fn long_server(arguments: &[&str]) -> Server {
    let model = format!("{}=tiny", common::tiny_model().display());
    let long = ["--model", &model, "--max-model-len", "8000"];
    Start::new().args(&long).args(arguments).start()
}

/// A holder, once the server has taken note of it.
fn hold(path: &std::path::Path) -> UnixStream {
    let start = Instant::now();
    let mut stream = loop {
        match UnixStream::connect(path) {
            Ok(stream) => break stream,
            Err(error) => assert!(start.elapsed() < SOON, "{error}"),
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let mut newline = [0; 1];
    stream.read_exact(&mut newline).unwrap();
    assert_eq!(newline, *b"\n");
    stream
}

#[test]
fn a_client_that_goes_cancels_its_request() {
    let server = long_server(&[]);
    let stream = long_stream(&server);
    let start = Instant::now();
    drop(stream);
    // The model takes one request at a time, and the first one would run for thousands of tokens.
    assert_eq!(server.chat(json!({ "max_tokens": 1 })).0, 200);
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
}

/// A request with a long answer, sent and not waited for.
fn long_request(server: &Server) -> TcpStream {
    send(server, &chat_request(json!({ "response_format": long_format() })).to_string())
}

#[test]
fn a_client_that_goes_cancels_an_answer_that_is_not_streamed_too() {
    let server = long_server(&[]);
    let connection = long_request(&server);
    std::thread::sleep(Duration::from_millis(100));
    let start = Instant::now();
    drop(connection);
    assert_eq!(server.chat(json!({ "max_tokens": 1 })).0, 200);
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
}

#[test]
fn an_answer_that_ends_while_draining_arrives_whole() {
    let mut server = long_server(&["--drain-timeout", "110"]);
    std::thread::scope(|scope| {
        let fields = json!({ "response_format": long_format(), "max_tokens": 7_000 });
        let asking = scope.spawn(|| server.chat(fields));
        std::thread::sleep(Duration::from_millis(100));
        assert!(!asking.is_finished(), "the answer takes longer than this");
        server.signal("TERM");
        let (status, answer) = asking.join().unwrap();
        assert_eq!((status, &answer["usage"]["completion_tokens"]), (200, &json!(7_000)));
    });
    assert_eq!(server.wait_exit(SOON).code(), Some(0));
}

#[test]
fn sigterm_lets_a_short_request_end_and_takes_no_more() {
    let mut server = long_server(&["--drain-timeout", "4"]);
    let _stream = long_stream(&server);
    // What waits behind it counts, too; together they take many times as long as the server gives them.
    let _waiting: Vec<_> = (0..7).map(|_| long_request(&server)).collect();
    std::thread::sleep(Duration::from_millis(200));
    let start = Instant::now();
    server.signal("TERM");
    while server.health()["ready"] == true {
        assert!(start.elapsed() < SOON);
    }
    let (status, body) = server.chat(json!({ "max_tokens": 1 }));
    assert_eq!((status, &body["error"]["code"]), (503, &json!("shutting_down")));
    let refused = server.send("POST", "/v1/responses", &[], r#"{"model":"tiny","input":"a"}"#);
    assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (503, "1"));
    assert_eq!(server.wait_exit(Duration::from_secs(4) + SOON).code(), Some(0));
    assert!(start.elapsed() >= Duration::from_secs(4), "the running request had its time");
}

#[test]
fn signals_end_an_idle_server_at_once_and_a_second_one_a_busy_server() {
    for signal in ["TERM", "INT"] {
        let mut server = long_server(&[]);
        server.signal(signal);
        assert_eq!(server.wait_exit(SOON).code(), Some(0));
    }
    let mut server = long_server(&["--drain-timeout", "60"]);
    let _stream = long_stream(&server);
    server.signal("TERM");
    std::thread::sleep(Duration::from_millis(200));
    assert!(server.is_running());
    server.signal("TERM");
    assert_eq!(server.wait_exit(SOON).code(), Some(0));
}

#[test]
fn the_last_holder_takes_the_server_with_it() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("holders");
    let mut server = Start::new()
        .tiny()
        .with_stdin()
        .args(&["--holders", path.to_str().unwrap(), "--holders-stdin"])
        .start();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let first = hold(&path);
    let second = hold(&path);
    drop(server.stdin.take());
    drop(first);
    std::thread::sleep(Duration::from_millis(300));
    assert!(server.is_running(), "one holder is left");
    assert_eq!(server.chat(json!({ "max_tokens": 1 })).0, 200);
    drop(second);
    assert_eq!(server.wait_exit(SOON).code(), Some(0));
    assert!(!path.exists(), "the socket's file is removed");
}

#[test]
fn a_server_ends_with_its_last_holder_whatever_it_is_doing() {
    // In the middle of an answer.
    let mut server = {
        let model = format!("{}=tiny", common::tiny_model().display());
        Start::new()
            .with_stdin()
            .args(&["--model", &model, "--max-model-len", "8000", "--holders-stdin"])
            .start()
    };
    let _stream = long_stream(&server);
    drop(server.stdin.take());
    assert_eq!(server.wait_exit(SOON).code(), Some(0));
    // While models are being loaded, and before anything else.
    let mut start = Start::new().with_stdin().without_waiting().args(&["--holders-stdin"]);
    for index in 0..40 {
        start = start.args(&["--model", &format!("{}=tiny-{index}", common::tiny_model().display())]);
    }
    let mut server = start.start();
    assert_eq!(server.health()["ready"], false, "forty models take longer than this");
    drop(server.stdin.take());
    assert_eq!(server.wait_exit(SOON).code(), Some(0));
}

#[test]
fn holders_may_come_back_within_the_idle_timeout() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("holders");
    let mut server = Start::new()
        .tiny()
        .with_stdin()
        .args(&["--holders", path.to_str().unwrap(), "--holders-stdin"])
        .env("CONDUIT_IDLE_TIMEOUT_SECONDS", "2")
        .start();
    drop(server.stdin.take());
    std::thread::sleep(Duration::from_secs(1));
    let holder = hold(&path);
    std::thread::sleep(Duration::from_secs(2));
    assert!(server.is_running());
    let start = Instant::now();
    drop(holder);
    assert_eq!(server.wait_exit(Duration::from_secs(2) + SOON).code(), Some(0));
    assert!(start.elapsed() >= Duration::from_secs(2));
}

#[test]
fn a_socket_that_a_killed_server_left_behind_is_taken_over() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("holders");
    let arguments = ["--holders", path.to_str().unwrap()];
    let first = Start::new().tiny().args(&arguments).start();
    let (status, log) = Start::new().tiny().args(&arguments).fails();
    assert_eq!(status.code(), Some(2), "{log}");
    assert!(log.contains("holders"), "{log}");
    first.signal("KILL");
    drop(first);
    assert!(path.exists());
    let mut second = Start::new().tiny().args(&arguments).start();
    drop(hold(&path));
    second.wait_exit(Duration::from_secs(10) + SOON);
}

#[test]
fn without_holders_idleness_counts_from_the_last_request() {
    let mut server = Start::new().tiny().args(&["--idle-timeout", "2"]).start();
    std::thread::sleep(Duration::from_millis(1_200));
    assert_eq!(server.chat(json!({ "max_tokens": 1 })).0, 200);
    std::thread::sleep(Duration::from_millis(1_200));
    assert!(server.is_running());
    assert_eq!(server.wait_exit(Duration::from_secs(2) + SOON).code(), Some(0));
}

#[test]
fn the_longest_lifetime_ends_a_busy_server() {
    let mut server = long_server(&["--max-lifetime", "2"]);
    let _stream = long_stream(&server);
    assert_eq!(server.wait_exit(Duration::from_secs(2) + SOON).code(), Some(0));
}

#[test]
fn the_port_is_written_to_its_file() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("port");
    let server = Start::new().tiny().args(&["--port-file", path.to_str().unwrap()]).start();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), server.port.to_string());
}
