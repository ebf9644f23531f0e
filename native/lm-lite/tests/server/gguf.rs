//! Models in GGUF files, which are named by their path.

use conduit_testkit::golden::Golden;
use serde_json::json;

use crate::common::{KEY, Start};

#[test]
fn a_gguf_file_answers_chats_and_says_how_its_weights_are_stored() {
    let file = Golden::named("qwen3-q4_k_m").folder.join("model.gguf");
    let server = Start::new()
        .args(&["--max-model-len", "128", "--model", &format!("{}=tiny", file.display())])
        .start();
    let (status, answer) = server.chat(json!({ "model": "tiny", "max_tokens": 8, "seed": 1 }));
    assert_eq!(status, 200, "{answer}");
    assert!(answer["usage"]["completion_tokens"].as_u64() >= Some(1), "{answer}");
    let (_, listed) = server.get("/v1/models", Some(KEY));
    assert_eq!(listed["data"][0]["quantization"], "q4_k_m", "{listed}");
}
