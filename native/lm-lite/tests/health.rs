//! The command `lm-lite health`, as containers are checked with it.

mod common;

use std::process::{Command, Output};

use common::{Server, Start, tiny_model};
use serde_json::Value;

/// Also where a proxy is set, which nothing of this machine is asked through.
fn health(port: u16, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lm-lite"))
        .arg("health")
        .args(arguments)
        .env("LM_LITE_HOST", "0.0.0.0")
        .env("LM_LITE_PORT", port.to_string())
        .env("http_proxy", "http://127.0.0.1:1")
        .output()
        .unwrap()
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

#[test]
fn a_server_that_is_ready_is_healthy() {
    let server = Start::new().tiny().start();
    let output = health(server.port, &[]);
    assert_eq!(code(&output), Some(0), "{output:?}");
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed, server.health());
}

#[test]
fn a_server_whose_model_has_failed_is_alive_only() {
    let model = format!("{}=tiny", tiny_model().join("none").display());
    let server: Server = Start::new().args(&["--model", &model]).without_waiting().start();
    server.wait_loaded();
    assert_eq!(code(&health(server.port, &[])), Some(1));
    assert_eq!(code(&health(server.port, &["--alive"])), Some(0));
}

#[test]
fn a_server_that_is_gone_is_neither() {
    let server = Start::new().tiny().start();
    let port = server.port;
    drop(server);
    for arguments in [&[][..], &["--alive"]] {
        let output = health(port, arguments);
        assert_eq!(code(&output), Some(1), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("http://127.0.0.1"), "{output:?}");
    }
}
