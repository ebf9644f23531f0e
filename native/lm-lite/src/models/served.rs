use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use conduit_engine::Sampling;
use conduit_gguf::Gguf;
use conduit_text::{ChatTemplate, ReasoningMarkers, TextError, Tokenizer, ToolCallFormat};
use serde_json::{Map, Value};

use super::load_error::LoadError;
use super::{EmbeddingRecipe, gguf_defaults};

/// What the front needs of a loaded model: everything about its text.
pub(crate) struct ServedModel {
    pub(crate) name: String,
    pub(crate) tokenizer: Arc<Tokenizer>,
    /// Base models have none; they only complete text.
    pub(crate) template: Result<ChatTemplate, TextError>,
    /// How it marks its reasoning, where it reasons.
    pub(crate) reasoning: Option<ReasoningMarkers>,
    /// How it writes calls of functions, where its template says so in a way that is known.
    pub(crate) tool_calls: Option<ToolCallFormat>,
    /// How its embeddings are made, or what this server does not have of that.
    pub(crate) embedding: Result<EmbeddingRecipe, String>,
    /// How its weights are stored, where its file names that.
    pub(crate) weight_format: Option<&'static str>,
    /// What requests that say nothing about sampling get.
    pub(crate) sampling: Sampling,
    pub(crate) max_model_len: usize,
    /// When it became ready, in seconds since 1970.
    pub(crate) created: u64,
}

impl ServedModel {
    /// Reads the tokenizer, template and defaults of a folder, or of a GGUF file.
    pub(super) fn read(name: &str, folder: &Path, max_model_len: usize) -> Result<Self, LoadError> {
        let tokenizer = Tokenizer::load(folder)?;
        let template = ChatTemplate::load(folder, &tokenizer);
        let reasoning =
            template.as_ref().ok().and_then(|template| ReasoningMarkers::find(&tokenizer, template));
        let tool_calls =
            template.as_ref().ok().and_then(|template| ToolCallFormat::find(&tokenizer, template));
        let (embedding, sampling, weight_format) = if Gguf::is_at(folder) {
            let gguf = Gguf::open(folder)?;
            let sampling = sampling_of(&gguf_defaults::sampling(&gguf)?);
            (gguf_defaults::embedding(&gguf)?, sampling, gguf_defaults::weight_format(&gguf)?)
        } else {
            (EmbeddingRecipe::read(folder)?, read_sampling(folder)?, None)
        };
        Ok(Self {
            name: name.to_owned(),
            reasoning,
            tool_calls,
            tokenizer: Arc::new(tokenizer),
            template,
            embedding,
            weight_format,
            sampling,
            max_model_len,
            created: unix_seconds(),
        })
    }
}

pub(crate) fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_secs())
}

/// What the publisher recommends in `generation_config.json`.
fn read_sampling(folder: &Path) -> Result<Sampling, LoadError> {
    let path = folder.join("generation_config.json");
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Sampling::default()),
        Err(error) => return Err(LoadError::new("unreadable_file", format!("{}: {error}", path.display()))),
    };
    let config: Map<String, Value> = serde_json::from_slice(&text).map_err(|error| {
        LoadError::new("malformed_file", format!("{} is malformed: {error}", path.display()))
    })?;
    Ok(sampling_of(&config))
}

fn sampling_of(config: &Map<String, Value>) -> Sampling {
    // Values that mean nothing are passed over, so that requests that say nothing are never refused for them.
    let number = |name: &str, range: RangeInclusive<f32>| {
        config
            .get(name)
            .and_then(Value::as_f64)
            .map(|value| value as f32)
            .filter(|value| range.contains(value))
    };
    let default = Sampling::default();
    Sampling {
        temperature: number("temperature", 0.0..=f32::MAX).unwrap_or(default.temperature),
        top_p: number("top_p", f32::MIN_POSITIVE..=1.0).unwrap_or(default.top_p),
        top_k: config.get("top_k").and_then(Value::as_u64).map_or(default.top_k, |top_k| top_k as u32),
        min_p: number("min_p", 0.0..=1.0).unwrap_or(default.min_p),
        repetition_penalty: number("repetition_penalty", f32::MIN_POSITIVE..=f32::MAX)
            .unwrap_or(default.repetition_penalty),
        ..default
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sampling_has_the_publishers_defaults() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read_sampling(folder.path()).unwrap(), Sampling::default());
        let file = folder.path().join("generation_config.json");
        std::fs::write(
            &file,
            r#"{"temperature": 0.6, "top_k": 20, "top_p": 0, "min_p": null, "repetition_penalty": 1.05}"#,
        )
        .unwrap();
        let expected =
            Sampling { temperature: 0.6, top_k: 20, repetition_penalty: 1.05, ..Sampling::default() };
        assert_eq!(read_sampling(folder.path()).unwrap(), expected);
        std::fs::write(&file, "{").unwrap();
        assert!(read_sampling(folder.path()).unwrap_err().to_string().contains("generation_config.json"));
    }
}
