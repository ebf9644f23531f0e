//! What a GGUF file says beside weights and tokenizer.

use conduit_engine::Pooling;
use conduit_gguf::Gguf;
use serde_json::{Map, Value, json};

use super::EmbeddingRecipe;
use super::load_error::LoadError;

/// Names of how most of the weights are stored, by the numbers of llama.cpp's `llama_ftype`.
const FORMATS: [(u64, &str); 12] = [
    (0, "f32"),
    (1, "f16"),
    (2, "q4_0"),
    (3, "q4_1"),
    (7, "q8_0"),
    (8, "q5_0"),
    (9, "q5_1"),
    (14, "q4_k_s"),
    (15, "q4_k_m"),
    (16, "q5_k_s"),
    (17, "q5_k_m"),
    (18, "q6_k"),
];

/// How its weights are stored; `None` where it does not say, or they are as they were trained.
pub(super) fn weight_format(gguf: &Gguf) -> Result<Option<&'static str>, LoadError> {
    let number = gguf.metadata().unsigned("general.file_type")?;
    let known = FORMATS.iter().find(|(known, _)| Some(*known) == number);
    Ok(known.map(|(_, name)| *name).filter(|name| name.starts_with('q')))
}

/// How its hidden states become embeddings.
///
/// `Err` within says what this server does not have of that.
pub(super) fn embedding(gguf: &Gguf) -> Result<Result<EmbeddingRecipe, String>, LoadError> {
    let metadata = gguf.metadata();
    let architecture = metadata.text("general.architecture")?.unwrap_or_default();
    let pooling = match metadata.unsigned(&format!("{architecture}.pooling_type"))? {
        // None is a decoder that was not made for it.
        None | Some(0 | 3) => Pooling::Last,
        Some(1) => Pooling::Mean,
        Some(2) => Pooling::First,
        Some(other) => return Ok(Err(format!("its pooling is number {other} of llama.cpp"))),
    };
    Ok(Ok(EmbeddingRecipe { pooling, ..EmbeddingRecipe::DEFAULT }))
}

/// What the publisher recommends, by the names of `generation_config.json`.
pub(super) fn sampling(gguf: &Gguf) -> Result<Map<String, Value>, LoadError> {
    const NUMBERS: [(&str, &str); 4] = [
        ("temperature", "general.sampling.temp"),
        ("top_p", "general.sampling.top_p"),
        ("min_p", "general.sampling.min_p"),
        ("repetition_penalty", "general.sampling.penalty_repeat"),
    ];
    let metadata = gguf.metadata();
    let mut config = Map::new();
    for (name, key) in NUMBERS {
        if let Some(number) = metadata.float(key)? {
            config.insert(name.to_owned(), json!(number));
        }
    }
    if let Some(top_k) = metadata.unsigned("general.sampling.top_k")? {
        config.insert("top_k".to_owned(), json!(top_k));
    }
    Ok(config)
}
