//! `/v1/embeddings`: vectors of texts and of tokens, however they are asked for and written.

use crate::common;

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::{Server, Start, chat_request, edit_json, write_model};
use safetensors::SafeTensors;
use serde_json::{Value, json};

fn embed(server: &Server, fields: Value) -> (u16, Value) {
    let mut request = json!({ "model": "tiny" });
    request.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    server.post("/v1/embeddings", &request)
}

fn vector(embedding: &Value) -> Vec<f32> {
    embedding.as_array().unwrap().iter().map(|value| value.as_f64().unwrap() as f32).collect()
}

/// The vectors of an answer, in the order of the inputs.
fn vectors((status, answer): (u16, Value)) -> Vec<Vec<f32>> {
    assert_eq!(status, 200, "{answer}");
    let data = answer["data"].as_array().unwrap();
    let in_order = |(index, item): (usize, &Value)| {
        assert_eq!((&item["object"], &item["index"]), (&json!("embedding"), &json!(index)));
        vector(&item["embedding"])
    };
    data.iter().enumerate().map(in_order).collect()
}

fn length(vector: &[f32]) -> f64 {
    vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt()
}

fn tokens(server: &Server, text: &str) -> Value {
    server.post("/tokenize", &json!({ "model": "tiny", "prompt": text })).1["tokens"].clone()
}

#[test]
fn texts_and_tokens_alone_and_together_give_the_same_vectors() {
    let server = Start::new().tiny().start();
    let texts = ["A ship.", "The harbour at night, with all its lights.", "A ship."];
    let (status, answer) = embed(&server, json!({ "input": texts }));
    let ids: Vec<_> = texts.iter().map(|text| tokens(&server, text)).collect();
    let count: usize = ids.iter().map(|ids| ids.as_array().unwrap().len()).sum();
    assert_eq!((&answer["object"], &answer["model"]), (&json!("list"), &json!("tiny")));
    assert_eq!(answer["usage"], json!({ "prompt_tokens": count, "total_tokens": count }));
    let together = vectors((status, answer));
    assert!(together[0] == together[2] && together[0] != together[1]);
    assert!(together.iter().all(|vector| (length(vector) - 1.0).abs() < 1e-5));

    assert_eq!(vectors(embed(&server, json!({ "input": ids }))), together);
    for (index, text) in texts.iter().enumerate() {
        assert_eq!(vectors(embed(&server, json!({ "input": text })))[0], together[index]);
        assert_eq!(vectors(embed(&server, json!({ "input": ids[index] })))[0], together[index]);
    }
    // A prompt longer than a step, beside an answer.
    let long = "Ships and harbours. ".repeat(24);
    let alone = vectors(embed(&server, json!({ "input": long })));
    std::thread::scope(|scope| {
        let chat = scope.spawn(|| server.chat(json!({ "max_tokens": 64, "seed": 1 })));
        assert_eq!(vectors(embed(&server, json!({ "input": [long, "x", long] })))[2], alone[0]);
        assert_eq!(chat.join().unwrap().0, 200);
    });
}

#[test]
fn vectors_come_as_base64_and_in_fewer_dimensions() {
    let server = Start::new().tiny().start();
    let whole = vectors(embed(&server, json!({ "input": "A ship." }))).remove(0);
    let (_, answer) = embed(&server, json!({ "input": "A ship.", "encoding_format": "base64" }));
    let bytes = STANDARD.decode(answer["data"][0]["embedding"].as_str().unwrap()).unwrap();
    let decoded: Vec<_> =
        bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect();
    assert_eq!(decoded, whole);

    let cut = vectors(embed(&server, json!({ "input": "A ship.", "dimensions": 3 }))).remove(0);
    let kept = length(&whole[..3]);
    assert_eq!(cut.len(), 3);
    assert!(
        cut.iter().zip(&whole).all(|(cut, whole)| (f64::from(*cut) - f64::from(*whole) / kept).abs() < 1e-6)
    );
}

#[test]
fn what_is_wrong_is_told_with_the_field() {
    let server = Start::new().tiny().start();
    let long = "ship ".repeat(2_000);
    for (fields, param, code) in [
        (json!({}), "input", "missing_required_parameter"),
        (json!({ "input": 5 }), "input", "invalid_type"),
        (json!({ "input": [] }), "input", "empty_prompt"),
        (json!({ "input": ["a", ""] }), "input", "empty_prompt"),
        (json!({ "input": ["a", long] }), "input", "context_length_exceeded"),
        (json!({ "input": [[1, 99_999_999]] }), "input", "invalid_token"),
        (json!({ "input": vec!["a"; 2_049] }), "input", "invalid_value"),
        (json!({ "input": "a", "dimensions": 0 }), "dimensions", "invalid_value"),
        (json!({ "input": "a", "dimensions": 1_000_000 }), "dimensions", "invalid_value"),
        (json!({ "input": "a", "encoding_format": "ubinary" }), "encoding_format", "invalid_value"),
        (
            json!({ "input": "a", "truncate_prompt_tokens": 5 }),
            "truncate_prompt_tokens",
            "unsupported_parameter",
        ),
    ] {
        let (status, answer) = embed(&server, fields.clone());
        assert_eq!(status, 400, "{fields}: {answer}");
        assert_eq!(
            (&answer["error"]["param"], &answer["error"]["code"]),
            (&json!(param), &json!(code)),
            "{answer}"
        );
    }
    let message = embed(&server, json!({ "input": ["a", long] })).1["error"]["message"].to_string();
    assert!(message.contains("input 1 has") && message.contains("512"), "{message}");
    assert_eq!(server.post("/v1/embeddings", &json!({ "model": "none", "input": "a" })).0, 404);
}

#[test]
fn as_many_inputs_as_clients_send_at_once_are_taken_and_counted_as_one_request() {
    let server = Start::new().tiny().start();
    let answers = vectors(embed(&server, json!({ "input": vec!["a"; 2_048] })));
    assert_eq!(answers.len(), 2_048);
    assert!(answers.iter().all(|vector| *vector == answers[0]));
    let metrics = server.send("GET", "/metrics", &[], "").into_body();
    let count = r#"lm_lite_requests_total{model="tiny",outcome="embedded"} 1"#;
    assert!(metrics.lines().any(|line| line == count), "{metrics}");
}

/// A model as embedding models are published: without its head, its tensors named accordingly, with an end that the
/// tokenizer appends, and modules.
fn write_embedding_model(folder: &Path, pooling: &str, modules: &[(&str, &str)]) {
    write_model(folder);
    let weights = folder.join("model.safetensors");
    let bytes = std::fs::read(&weights).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let below = tensors.tensors().into_iter();
    let below = below.filter_map(|(name, view)| Some((name.strip_prefix("model.")?.to_owned(), view)));
    std::fs::write(&weights, safetensors::serialize(below, None).unwrap()).unwrap();
    edit_json(&folder.join("config.json"), |config| config["tie_word_embeddings"] = json!(false));
    edit_json(&folder.join("tokenizer.json"), |file| {
        let added = file["added_tokens"].as_array().unwrap().iter();
        let end = added.clone().find(|token| token["content"] == "<|im_end|>").unwrap();
        file["post_processor"] = json!({
            "type": "TemplateProcessing",
            "single": [{ "Sequence": { "id": "A", "type_id": 0 } }, { "SpecialToken": { "id": "<|im_end|>", "type_id": 0 } }],
            "pair": [{ "Sequence": { "id": "A", "type_id": 0 } }, { "Sequence": { "id": "B", "type_id": 1 } }],
            "special_tokens": { "<|im_end|>": { "id": "<|im_end|>", "ids": [end["id"]], "tokens": ["<|im_end|>"] } },
        });
    });
    let modules: Value = modules
        .iter()
        .map(|(path, kind)| json!({ "path": path, "type": format!("sentence_transformers.models.{kind}") }))
        .collect();
    std::fs::write(folder.join("modules.json"), modules.to_string()).unwrap();
    std::fs::create_dir(folder.join("1_Pooling")).unwrap();
    std::fs::write(folder.join("1_Pooling/config.json"), json!({ pooling: true }).to_string()).unwrap();
}

#[test]
fn the_folder_of_an_embedding_model_says_how_it_is_used() {
    const MODULES: [(&str, &str); 3] =
        [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")];
    let root = tempfile::tempdir().unwrap();
    let of = |name: &str, pooling: &str, modules: &[(&str, &str)]| {
        let folder = root.path().join(name);
        write_embedding_model(&folder, pooling, modules);
        format!("{}={name}", folder.display())
    };
    let models = [
        of("last", "pooling_mode_lasttoken", &MODULES),
        of("mean", "pooling_mode_mean_tokens", &MODULES),
        of("raw", "pooling_mode_mean_tokens", &MODULES[..2]),
        of("first", "pooling_mode_cls_token", &MODULES),
        of("max", "pooling_mode_max_tokens", &MODULES),
    ];
    let models: Vec<_> = models.iter().flat_map(|model| ["--model", model]).collect();
    let server = Start::new().args(&models).args(&["--max-model-len", "64"]).start();
    let embed =
        |model: &str, input: Value| server.post("/v1/embeddings", &json!({ "model": model, "input": input }));
    let ids = server.post("/tokenize", &json!({ "model": "last", "prompt": "A ship." })).1["tokens"].clone();
    let ids: Vec<u64> = ids.as_array().unwrap().iter().map(|id| id.as_u64().unwrap()).collect();
    let (status, answer) = embed("last", json!("A ship."));
    assert_eq!(answer["usage"]["prompt_tokens"], ids.len(), "with the end that the tokenizer appends");
    let last = vectors((status, answer)).remove(0);
    assert_eq!(vectors(embed("last", json!(ids)))[0], last);
    let without_end = vectors(embed("last", json!(ids[..ids.len() - 1]))).remove(0);
    assert_ne!(without_end, last);

    // What is pooled of all starts of the prompt tells the hidden state of each token.
    let means: Vec<_> =
        (1..=ids.len()).map(|end| vectors(embed("raw", json!(ids[..end]))).remove(0)).collect();
    let (before, all) = (&means[ids.len() - 2], &means[ids.len() - 1]);
    let count = ids.len() as f32;
    let last_state: Vec<_> =
        all.iter().zip(before).map(|(all, before)| all * count - before * (count - 1.0)).collect();
    assert_same_direction(&last_state, &last);
    assert_same_direction(all, &vectors(embed("mean", json!(ids)))[0]);
    assert_same_direction(&means[0], &vectors(embed("first", json!(ids)))[0]);
    assert!((length(all) - 1.0).abs() > 1e-3, "the raw mean is normalised");

    let (status, answer) = embed("max", json!("A ship."));
    assert_eq!((status, &answer["error"]["code"]), (400, &json!("unsupported_model")));
    assert!(answer["error"]["message"].to_string().contains("max_tokens"), "{answer}");
    let mut chat = chat_request(json!({}));
    chat["model"] = json!("last");
    let (status, answer) = server.post("/v1/chat/completions", &chat);
    assert_eq!((status, &answer["error"]["code"]), (400, &json!("unsupported_model")), "{answer}");
}

/// `normalized` is `vector` divided by its length.
fn assert_same_direction(vector: &[f32], normalized: &[f32]) {
    let length = length(vector);
    for (value, expected) in vector.iter().zip(normalized) {
        assert!(
            (f64::from(*value) / length - f64::from(*expected)).abs() < 1e-4,
            "{vector:?} and {normalized:?}"
        );
    }
}
