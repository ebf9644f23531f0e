//! Servers whose machine goes on without them: when they ask for its end, and when they do not.

use crate::common;

use std::net::TcpListener;
use std::time::Duration;

use common::Start;
use serde_json::{Value, json};

const SOON: Duration = Duration::from_millis(1_500);

/// Asks for the end of the machine where nobody ever answers.
fn unanswered() -> (TcpListener, Value) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, json!([{ "method": "DELETE", "url": url, "headers": { "Authorization": "Bearer ${HOME}" } }]))
}

#[test]
fn a_server_whose_machine_goes_on_does_not_end_by_itself() {
    for limit in ["--idle-timeout", "--max-lifetime"] {
        let (listener, requests) = unanswered();
        let start = Start::new().tiny().env("CONDUIT_END_REQUESTS", &requests.to_string());
        let mut server = start.args(&[limit, "1"]).without_waiting().start();
        listener.accept().unwrap();
        server.wait_loaded();
        let health = server.health();
        assert_eq!((&health["ready"], &health["models"][0]["state"]), (&json!(false), &json!("ready")));
        let (status, body) = server.chat(json!({ "max_tokens": 1 }));
        assert_eq!((status, &body["error"]["code"]), (503, &json!("shutting_down")));
        assert!(server.is_running());
        server.signal("TERM");
        assert_eq!(server.wait_exit(SOON).code(), Some(0));
    }
}

#[test]
fn a_server_that_cannot_start_ends_its_machine_too() {
    let (listener, requests) = unanswered();
    let start = || {
        let requests = requests.to_string();
        Start::new().tiny().env("CONDUIT_END_REQUESTS", &requests).args(&["--port-file", "/nowhere/port"])
    };
    let mut server = start().args(&["--idle-timeout", "1"]).start_deaf();
    listener.accept().unwrap();
    server.signal("TERM");
    assert_eq!(server.wait_exit(SOON).code(), Some(0));
    // Without a limit nothing would ever come of it.
    let (status, log) = start().fails();
    assert_eq!(status.code(), Some(2), "{log}");
}

#[test]
fn a_server_that_a_signal_ends_leaves_its_machine_alone() {
    let (listener, requests) = unanswered();
    let hub = TcpListener::bind("127.0.0.1:0").unwrap();
    // A model that is being loaded has its time as a request has, and of this hub nothing ever comes.
    let mut server = Start::new()
        .env("CONDUIT_END_REQUESTS", &requests.to_string())
        .env("HF_ENDPOINT", &format!("http://{}", hub.local_addr().unwrap()))
        .env("HF_HUB_OFFLINE", "0")
        .args(&["--model", "org/model", "--max-lifetime", "2", "--drain-timeout", "60"])
        .without_waiting()
        .start();
    server.signal("TERM");
    assert_eq!(server.wait_exit(Duration::from_secs(50)).code(), Some(0));
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "nobody was asked for the end of the machine");
}

#[test]
fn requests_that_could_not_be_sent_keep_a_server_from_starting() {
    for (requests, named) in [
        ("no JSON", "CONDUIT_END_REQUESTS is no JSON"),
        (
            r#"[{"method": "DELETE", "url": "https://x/${NO_SUCH_VARIABLE}", "headers": {}}]"#,
            "CONDUIT_END_REQUESTS[0]: url: the environment variable NO_SUCH_VARIABLE is not set",
        ),
    ] {
        let (status, log) = Start::new().tiny().env("CONDUIT_END_REQUESTS", requests).fails();
        assert_eq!(status.code(), Some(2), "{log}");
        assert!(log.contains(named), "{log}");
    }
}
