use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use conduit_engine::Embedded;
use serde::Serialize;

use super::request::EncodingFormat;

/// The body of an answer, as OpenAI has it.
#[derive(Serialize)]
pub(super) struct EmbeddingsAnswer {
    object: &'static str,
    data: Vec<Item>,
    model: String,
    usage: Usage,
}

#[derive(Serialize)]
struct Item {
    object: &'static str,
    index: usize,
    embedding: Vector,
}

/// Numbers are written as f32, in the fewest digits that give them back.
#[derive(Serialize)]
#[serde(untagged)]
enum Vector {
    Numbers(Vec<f32>),
    Base64(String),
}

#[derive(Serialize)]
struct Usage {
    prompt_tokens: usize,
    total_tokens: usize,
}

impl EmbeddingsAnswer {
    pub(super) fn new(model: &str, embedded: Vec<Embedded>, format: EncodingFormat) -> Self {
        let tokens = embedded.iter().map(|embedded| embedded.usage.prompt_tokens).sum();
        let item = |(index, embedded): (usize, Embedded)| Item {
            object: "embedding",
            index,
            embedding: write(embedded.vector, format),
        };
        Self {
            object: "list",
            data: embedded.into_iter().enumerate().map(item).collect(),
            model: model.to_owned(),
            usage: Usage { prompt_tokens: tokens, total_tokens: tokens },
        }
    }
}

fn write(vector: Vec<f32>, format: EncodingFormat) -> Vector {
    match format {
        EncodingFormat::Float => Vector::Numbers(vector),
        EncodingFormat::Base64 => {
            let bytes: Vec<u8> = vector.into_iter().flat_map(f32::to_le_bytes).collect();
            Vector::Base64(STANDARD.encode(bytes))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn vectors_are_short_numbers_or_little_endian_bytes() {
        let written = |format| serde_json::to_string(&write(vec![1.0, -0.1], format)).unwrap();
        assert_eq!(written(EncodingFormat::Float), "[1.0,-0.1]");
        assert_eq!(written(EncodingFormat::Base64), json!("AACAP83MzL0=").to_string());
    }
}
