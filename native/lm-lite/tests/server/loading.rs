//! Models that cannot be loaded, beside one that can, and what keeps a server from starting.

use crate::common;

use std::path::Path;

use common::{KEY, Start, content, tiny_model, write_model};
use conduit_testkit::model::Damage;
use serde_json::{Value, json};

fn damaged(root: &Path, name: &str, damage: Damage) -> String {
    let folder = root.join(name);
    write_model(&folder);
    damage.inflict(&folder).unwrap();
    format!("{}={name}", folder.display())
}

#[test]
fn what_cannot_be_loaded_is_told_and_leaves_the_others_serving() {
    let root = tempfile::tempdir().unwrap();
    let damages = [
        ("truncated", Damage::Truncated("model.safetensors"), "damaged_file", "model.safetensors"),
        ("without-weights", Damage::Missing("model.safetensors"), "missing_file", "safetensors"),
        ("without-config", Damage::Missing("config.json"), "missing_file", "config.json"),
        ("without-tokenizer", Damage::Missing("tokenizer.json"), "missing_file", "tokenizer.json"),
        ("no-json", Damage::NotJson("tokenizer.json"), "malformed_file", "tokenizer.json"),
        ("unknown", Damage::UnknownArchitecture, "unsupported_architecture", "MambaForCausalLM"),
    ];
    let mut start =
        Start::new().tiny().without_waiting().args(&["--model", "org/absent", "--model", "/no/such/folder"]);
    for (name, damage, _, _) in damages {
        start = start.args(&["--model", &damaged(root.path(), name, damage)]);
    }
    let no_template = damaged(root.path(), "base", Damage::NoChatTemplate);
    let server = start.args(&["--model", &no_template]).start();
    server.wait_loaded();

    let health = server.health();
    assert_eq!(health["ready"], false);
    let state = |id: &str| {
        health["models"].as_array().unwrap().iter().find(|model| model["id"] == id).unwrap().clone()
    };
    let absent = [
        ("org/absent", Damage::UnknownArchitecture, "model_not_found", "org/absent"),
        ("/no/such/folder", Damage::UnknownArchitecture, "model_not_found", "/no/such/folder"),
    ];
    for (name, _, code, named) in damages.into_iter().chain(absent) {
        let model = state(name);
        assert_eq!((&model["state"], &model["code"]), (&json!("failed"), &json!(code)), "{model}");
        assert!(model["error"].as_str().unwrap().contains(named), "{model}");
        let (status, body) = server.chat(json!({ "model": name }));
        assert_eq!((status, &body["error"]["code"]), (503, &json!("model_failed")), "{body}");
        assert!(body["error"]["message"].as_str().unwrap().contains(named), "{body}");
    }
    assert_eq!(state("tiny")["state"], "ready");
    assert_eq!(server.chat(json!({ "max_tokens": 2 })).0, 200);

    assert_eq!(state("base")["state"], "ready");
    let (status, body) = server.chat(json!({ "model": "base" }));
    assert_eq!((status, &body["error"]["code"]), (400, &json!("no_chat_template")));
    let completion = json!({ "model": "base", "prompt": "Once", "max_tokens": 2 });
    assert_eq!(server.post("/v1/completions", &completion).0, 200);
    let (_, list) = server.get("/v1/models", Some(KEY));
    let states = list["data"].as_array().unwrap().iter().map(|model| model["state"].as_str().unwrap());
    assert_eq!(states.filter(|state| *state == "failed").count(), 8);
}

#[test]
fn several_models_answer_in_one_process() {
    let root = tempfile::tempdir().unwrap();
    let other = root.path().join("other");
    write_model(&other);
    let models = json!([
        { "id": tiny_model().to_str().unwrap(), "max_model_len": 128, "max_model_concurrency": 2 },
        { "id": other.to_str().unwrap(), "model_batch_execute_timeout_ms": 1 },
    ]);
    let server = Start::new().env("MODELS", &models.to_string()).start();
    let ask = |id: &str| {
        let answer = server.chat(json!({ "model": id, "seed": 1, "max_tokens": 10 })).1;
        content(&answer).to_owned()
    };
    let ids: Vec<_> = models.as_array().unwrap().iter().map(|model| model["id"].as_str().unwrap()).collect();
    let alone: Vec<_> = ids.iter().map(|id| ask(id)).collect();
    assert_eq!(alone[0], alone[1], "the same weights and seed");
    std::thread::scope(|scope| {
        for index in 0..8 {
            let (id, alone, ask) = (ids[index % 2], &alone[index % 2], &ask);
            scope.spawn(move || assert_eq!(ask(id), *alone));
        }
    });
}

#[test]
fn ids_are_found_in_the_hugging_face_cache() {
    let root = tempfile::tempdir().unwrap();
    let repository = root.path().join("hub/models--org--tiny");
    write_model(&repository.join("snapshots/abc"));
    std::fs::create_dir_all(repository.join("refs")).unwrap();
    std::fs::write(repository.join("refs/main"), "abc").unwrap();
    let home = root.path().to_str().unwrap();
    let server =
        Start::new().without_env("HF_HUB_CACHE").env("HF_HOME", home).args(&["--model", "org/tiny"]).start();
    assert_eq!(server.chat(json!({ "model": "org/tiny", "max_tokens": 2 })).0, 200);
}

#[test]
fn a_server_that_cannot_serve_says_why() {
    let fails = |start: Start, named: &str| {
        let (status, log) = start.fails();
        assert_eq!(status.code(), Some(2), "{log}");
        assert!(log.contains(named), "{log}");
    };
    fails(Start::new(), "no model");
    fails(Start::new().args(&["--model", "a", "--model", "a"]), "two models are named");
    fails(Start::new().env("MODELS", "[{\"id\": \"a\", \"quantization\": \"fp8\"}]"), "quantization");
    fails(Start::new().tiny().env("MODELS", "[]"), "--model and by MODELS");
    fails(Start::new().tiny().env("LM_LITE_API_KEY", ""), "LM_LITE_API_KEY is empty");
    fails(
        Start::new().tiny().without_env("LM_LITE_API_KEY").args(&["--host", "0.0.0.0"]),
        "LM_LITE_API_KEY is not set",
    );
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (status, log) = Start::new().tiny().args(&["--port", &port]).fails();
    assert!(
        status.code() == Some(2)
            && (log.contains("cannot listen") || log.contains("cannot be used multiple times")),
        "{log}"
    );
}

#[test]
fn without_a_key_a_loopback_server_is_open() {
    let server = Start::new().tiny().without_env("LM_LITE_API_KEY").start();
    assert_eq!(server.get("/v1/models", None).0, 200);
    let request: Value = common::chat_request(json!({ "max_tokens": 1 }));
    assert_eq!(
        server.post_text("/v1/chat/completions", &request.to_string(), "application/json", None).0,
        200
    );
}
