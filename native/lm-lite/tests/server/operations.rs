//! What those see who run a server: metrics, ids of requests, the log, and clients that are slow or strange.

use crate::common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use common::{KEY, Start, chat_request};
use serde_json::{Value, json};

#[test]
fn metrics_are_told_with_the_models_names() {
    let server = Start::new().tiny().start();
    let answer = server.chat(json!({ "max_tokens": 8, "seed": 3 })).1;
    let mut request = chat_request(json!({ "max_tokens": 8, "seed": 3 }));
    request["stream"] = json!(true);
    server.stream("/v1/chat/completions", &request);
    let response = server.send("GET", "/metrics", &[], "");
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
    let text = response.body();
    let value = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(&format!("{name} ")));
        let line = line.unwrap_or_else(|| panic!("{name} is not in\n{text}"));
        line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap()
    };
    let tokens = |name: &str| 2.0 * answer["usage"][name].as_f64().unwrap();
    assert_eq!(value(r#"lm_lite_prompt_tokens_total{model="tiny"}"#), tokens("prompt_tokens"));
    assert_eq!(value(r#"lm_lite_generated_tokens_total{model="tiny"}"#), tokens("completion_tokens"));
    assert_eq!(value(r#"lm_lite_request_duration_seconds_count{model="tiny"}"#), 2.0);
    assert_eq!(value(r#"lm_lite_time_to_first_token_seconds_count{model="tiny"}"#), 2.0);
    assert_eq!(value(r#"lm_lite_requests_running{model="tiny"}"#), 0.0);
    assert_eq!(value(r#"lm_lite_request_queue_seconds_count{model="tiny"}"#), 2.0);
    assert_eq!(value(r#"lm_lite_grammar_compile_seconds_count{model="tiny"}"#), 0.0);
    assert_eq!(value(r#"lm_lite_prefix_cache_queried_tokens_total{model="tiny"}"#), tokens("prompt_tokens"),);
    // The second prompt is the first one, whose full blocks of 16 tokens are known.
    let full_blocks = (answer["usage"]["prompt_tokens"].as_u64().unwrap() - 1) / 16 * 16;
    assert_eq!(value(r#"lm_lite_prefix_cache_hit_tokens_total{model="tiny"}"#), full_blocks as f64);
    let outcomes = ["stop", "length", "error", "cancelled"];
    let ended = outcomes
        .map(|outcome| value(&format!(r#"lm_lite_requests_total{{model="tiny",outcome="{outcome}"}}"#)));
    assert_eq!((ended.iter().sum::<f64>(), ended[2] + ended[3]), (2.0, 0.0));
    server.chat(json!({ "structured_outputs": { "regex": "[a-z]{5}" } }));
    let after = server.send("GET", "/metrics", &[], "");
    let count = |name: &str| {
        let line = format!("{name}_count{{model=\"tiny\"}} ");
        let found = after.body().lines().find_map(|text| text.strip_prefix(&line));
        found.unwrap_or_else(|| panic!("{name} is not in\n{}", after.body())).parse::<u64>().unwrap()
    };
    assert_eq!(count("lm_lite_grammar_compile_seconds"), 1);
    assert!(count("lm_lite_grammar_mask_seconds") >= 1);
    assert_eq!(server.get("/metrics", None).0, 401);
}

#[test]
fn each_request_has_an_id_its_own_if_it_brings_one() {
    let server = Start::new().tiny().start();
    let body = chat_request(json!({ "max_tokens": 1 })).to_string();
    for (method, path, body) in
        [("POST", "/v1/chat/completions", body.as_str()), ("GET", "/health", ""), ("GET", "/nowhere", "")]
    {
        let id = |given: &[(&str, &str)]| {
            let response = server.send(method, path, given, body);
            response.headers()["x-request-id"].to_str().unwrap().to_owned()
        };
        assert_eq!(id(&[("x-request-id", "mine-1")]), "mine-1");
        let made = id(&[]);
        assert!(made.starts_with("req_") && made != id(&[]), "{made}");
        assert_ne!(id(&[("x-request-id", &"x".repeat(200))]).len(), 200);
    }
}

#[test]
fn the_log_is_json_where_asked_has_the_ids_and_never_a_prompt_or_an_answer() {
    let root = tempfile::tempdir().unwrap();
    let log = root.path().join("log");
    let start = Start::new().tiny().log_to(&log).env("RUST_LOG", "trace").args(&["--log-format", "json"]);
    let server = start.start();
    let body = chat_request(json!({
        "messages": [{ "role": "user", "content": "the-secret-question" }],
        "structured_outputs": { "choice": ["the-secret-answer"] },
    }));
    let answer =
        server.send("POST", "/v1/chat/completions", &[("x-request-id", "mine-1")], &body.to_string());
    assert!(answer.body().contains("the-secret-answer"));
    server
        .chat(json!({ "messages": [{ "role": "user", "content": "the-secret-question" }], "max_tokens": 0 }));
    drop(server);
    let text = std::fs::read_to_string(log).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of_request: Vec<_> = lines.iter().filter(|line| line["span"]["id"] == "mine-1").collect();
    let has = |message: &str| of_request.iter().any(|line| line["message"] == message);
    assert!(has("answered") && has("responded"), "{text}");
    for secret in ["the-secret-question", "the-secret-answer", KEY] {
        assert!(!text.contains(secret), "{secret} is in the log");
    }
}

#[test]
fn pages_of_other_origins_get_no_leave() {
    let server = Start::new().tiny().start();
    for (method, path) in [("OPTIONS", "/v1/chat/completions"), ("GET", "/v1/models"), ("GET", "/health")] {
        let headers = [("Origin", "https://example.com"), ("Access-Control-Request-Method", "POST")];
        let response = server.send(method, path, &headers, "");
        let allowed = response.headers().keys().any(|name| name.as_str().starts_with("access-control"));
        assert!(!allowed, "{method} {path}");
    }
}

fn connect(port: u16, body: &str, length: usize) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

#[test]
fn a_client_that_sends_no_more_of_its_request_is_told_so() {
    let server = Start::new().tiny().args(&["--client-timeout", "0.5"]).start();
    let mut stream = connect(server.port, "{\"model\":", 5_000);
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
    // Or of its head, in which case nobody listens.
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.write_all(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n").unwrap();
    let mut rest = Vec::new();
    // An end or a reset, and not the end of the minute.
    if let Err(error) = stream.read_to_end(&mut rest) {
        assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock);
    }
    assert_eq!(server.chat(json!({ "max_tokens": 1 })).0, 200);
}

#[test]
fn a_client_that_reads_slowly_does_not_stall_the_batch() {
    let server = Start::new().tiny().start();
    let schema = json!({ "type": "array", "items": { "type": "boolean" }, "minItems": 100_000 });
    let format = json!({ "type": "json_schema", "json_schema": { "name": "n", "schema": schema } });
    let body = chat_request(json!({ "stream": true, "response_format": format })).to_string();
    let slow: Vec<_> = (0..3).map(|_| connect(server.port, &body, body.len())).collect();
    // These three never read; the model takes four at a time.
    for seed in 0..3 {
        assert_eq!(server.chat(json!({ "max_tokens": 5, "seed": seed })).0, 200);
    }
    // Their answers end all the same, at their limit.
    let start = Instant::now();
    loop {
        let metrics = server.send("GET", "/metrics", &[], "").into_body();
        if metrics.lines().any(|line| line == r#"lm_lite_requests_running{model="tiny"} 0"#) {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(120), "{metrics}");
        std::thread::sleep(Duration::from_millis(50));
    }
    drop(slow);
}
