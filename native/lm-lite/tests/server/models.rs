//! Models that are loaded and unloaded while the server runs.

use crate::common;

use std::time::{Duration, Instant};

use common::{KEY, Server, Start, chat_request, content, tiny_model, write_model};
use serde_json::{Value, json};

/// Longer than anything here takes on a busy machine.
const SOON: Duration = Duration::from_secs(60);

fn change(server: &Server, id: &str, action: &str, fields: Value) -> (u16, Value) {
    server.post(&format!("/v1/models/{id}/{action}"), &fields)
}

/// The state of a model, which `/health` and `/v1/models` agree on.
fn state(server: &Server, id: &str) -> Value {
    let (_, listed) = server.get("/v1/models", Some(KEY));
    let find = |models: &Value| {
        models.as_array().unwrap().iter().find(|model| model["id"] == id).unwrap()["state"].clone()
    };
    let state = find(&server.health()["models"]);
    assert_eq!(find(&listed["data"]), state);
    state
}

fn wait_for(server: &Server, id: &str, expected: &str) {
    let start = Instant::now();
    loop {
        let health = server.health();
        let models = health["models"].as_array().unwrap();
        if models.iter().any(|model| model["id"] == id && model["state"] == expected) {
            return;
        }
        assert!(start.elapsed() < SOON, "{health}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_model_is_unloaded_and_loaded_as_often_as_one_likes() {
    let folder = tempfile::tempdir().unwrap();
    write_model(&folder.path().join("model"));
    let model = format!("{}=org/tiny", folder.path().join("model").display());
    let server = Start::new().args(&["--model", &model]).start();
    let ask = || server.chat(json!({ "model": "org/tiny", "max_tokens": 8, "seed": 1 }));
    let before = content(&ask().1).to_owned();
    for _ in 0..2 {
        let (status, answer) = change(&server, "org/tiny", "unload", json!({}));
        assert_eq!((status, &answer["id"], &answer["state"]), (200, &json!("org/tiny"), &json!("unloaded")));
        assert_eq!(state(&server, "org/tiny"), "unloaded");
    }
    assert_eq!(server.health()["ready"], true, "it comes when it is asked for");
    for _ in 0..2 {
        let (status, answer) = change(&server, "org/tiny", "load", json!({}));
        assert_eq!((status, &answer["state"]), (200, &json!("ready")), "{answer}");
    }
    assert_eq!(content(&ask().1), before);
    change(&server, "org/tiny", "unload", json!({}));
    assert_eq!(content(&ask().1), before, "a request loads it again");
    assert_eq!(state(&server, "org/tiny"), "ready");
}

#[test]
fn several_requests_for_a_lazy_model_load_it_once_and_all_are_answered() {
    let model = format!("{}=tiny", tiny_model().display());
    let server = Start::new().args(&["--lazy", "--model", &model, "--max-model-concurrency", "4"]).start();
    assert_eq!((&server.health()["ready"], &state(&server, "tiny")), (&json!(true), &json!("unloaded")));
    std::thread::scope(|scope| {
        let asking: Vec<_> =
            (0..6).map(|_| scope.spawn(|| server.chat(json!({ "max_tokens": 4, "seed": 1 })))).collect();
        let answers: Vec<_> = asking.into_iter().map(|asking| asking.join().unwrap()).collect();
        assert!(answers.iter().all(|(status, _)| *status == 200), "{answers:?}");
    });
    let metrics = server.send("GET", "/metrics", &[], "").into_body();
    assert!(metrics.contains("lm_lite_prefix_cache_queried_tokens_total{model=\"tiny\"}"), "{metrics}");
}

#[test]
fn a_model_that_nobody_uses_is_unloaded_and_comes_again() {
    let model = format!("{}=tiny", tiny_model().display());
    let server = Start::new().args(&["--idle-unload", "0.2", "--model", &model]).without_waiting().start();
    wait_for(&server, "tiny", "unloaded");
    let (_, described) = server.get("/v1/models/tiny", Some(KEY));
    assert_eq!((&described["pinned"], &described["idle_unload_seconds"]), (&json!(false), &json!(0.2)));
    assert_eq!(server.chat(json!({ "max_tokens": 2 })).0, 200);
    wait_for(&server, "tiny", "unloaded");
}

#[test]
fn a_model_that_is_quantised_answers_and_says_what_it_is() {
    let model = format!("{}=tiny", tiny_model().display());
    let server = Start::new().args(&["--device", "cpu", "--quantization", "int8", "--model", &model]).start();
    assert_eq!(server.get("/v1/models/tiny", Some(KEY)).1["quantization"], "int8");
    assert_eq!(server.chat(json!({ "max_tokens": 4 })).0, 200);
}

#[test]
fn a_cache_of_eight_bits_answers_and_says_what_it_is() {
    let model = format!("{}=tiny", tiny_model().display());
    for (kv_dtype, told) in [("fp8", json!("fp8")), ("int8", json!("int8")), ("auto", json!(null))] {
        let flags = ["--device", "cpu", "--kv-dtype", kv_dtype, "--model", &model];
        let server = Start::new().args(&flags).start();
        assert_eq!(server.get("/v1/models/tiny", Some(KEY)).1["kv_dtype"], told);
        assert_eq!(server.chat(json!({ "max_tokens": 4 })).0, 200);
    }
}

#[test]
fn a_pinned_model_stays() {
    let server = Start::new().tiny().args(&["--pin"]).start();
    let (status, answer) = change(&server, "tiny", "unload", json!({}));
    assert_eq!((status, &answer["error"]["code"]), (409, &json!("model_pinned")));
    assert_eq!(
        (&state(&server, "tiny"), &server.health()["models"][0]["pinned"]),
        (&json!("ready"), &json!(true))
    );
    assert_eq!(change(&server, "tiny", "load", json!({})).1["state"], "ready");
}

#[test]
fn requests_that_run_come_to_their_end_before_a_model_goes_or_to_their_limit() {
    let server = Start::new().tiny().start();
    let wild = json!({ "ignore_eos": true, "temperature": 50, "top_k": -1, "top_p": 1 });
    let ask = |more: Value| {
        let mut request = chat_request(wild.clone());
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        server.post("/v1/chat/completions", &request)
    };
    let is_running = || {
        let metrics = server.send("GET", "/metrics", &[], "").into_body();
        !metrics.lines().any(|line| line == r#"lm_lite_requests_running{model="tiny"} 0"#)
    };
    let begin = |has_ended: &dyn Fn() -> bool| {
        while !is_running() && !has_ended() {
            std::thread::sleep(Duration::from_millis(1));
        }
    };
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| ask(json!({ "n": 4, "max_tokens": 400 })));
        begin(&|| asking.is_finished());
        let (status, answer) = change(&server, "tiny", "unload", json!({ "drain_seconds": 60 }));
        assert_eq!((status, &answer["state"]), (200, &json!("unloaded")));
        let (status, answer) = asking.join().unwrap();
        assert_eq!((status, &answer["usage"]["completion_tokens"]), (200, &json!(1_600)), "{answer}");
    });
    change(&server, "tiny", "load", json!({}));
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| ask(json!({ "n": 100, "max_tokens": 400 })));
        begin(&|| asking.is_finished());
        assert_eq!(change(&server, "tiny", "unload", json!({ "drain_seconds": 0 })).0, 200);
        let (status, answer) = asking.join().unwrap();
        assert_eq!((status, &answer["error"]["code"]), (503, &json!("model_unloaded")), "{answer}");
    });
}

#[test]
fn what_cannot_be_changed_is_said() {
    let root = tempfile::tempdir().unwrap();
    let broken = root.path().join("broken");
    write_model(&broken);
    std::fs::rename(broken.join("config.json"), root.path().join("config.json")).unwrap();
    let model = format!("{}=broken", broken.display());
    let server = Start::new().tiny().args(&["--model", &model]).without_waiting().start();
    server.wait_loaded();
    for (path, status, code) in [
        ("none/load", 404, "model_not_found"),
        ("none/unload", 404, "model_not_found"),
        ("tiny/reload", 404, "unknown_url"),
        ("tiny", 404, "unknown_url"),
        ("broken/load", 503, "model_failed"),
    ] {
        let (found, answer) = server.post(&format!("/v1/models/{path}"), &json!({}));
        assert_eq!((found, &answer["error"]["code"]), (status, &json!(code)), "{path}");
    }
    let (status, answer) = change(&server, "tiny", "unload", json!({ "drain_seconds": -1 }));
    assert_eq!((status, &answer["error"]["param"]), (400, &json!("drain_seconds")));
    assert_eq!(server.post_text("/v1/models/tiny/unload", "{}", "text/plain", Some(KEY)).0, 415);
    assert_eq!(server.post_text("/v1/models/tiny/unload", "{}", "application/json", None).0, 401);
    // What was wrong is mended.
    std::fs::rename(root.path().join("config.json"), broken.join("config.json")).unwrap();
    assert_eq!(change(&server, "broken", "load", json!({})).1["state"], "ready");
    assert_eq!(server.health()["ready"], true);
}
