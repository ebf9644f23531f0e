use axum::extract::State;
use axum::response::Response;
use conduit_text::EncodeOptions;
use serde_json::Value;

use super::AppState;
use super::api_error::ApiError;
use super::body::JsonObject;
use super::chat::model_name;
use super::generate::{Question, generate};
use super::openai::{CommonParameters, Fields, Kind, refuse_chat_fields};

/// A completion's prompt.
enum Prompt {
    Text(String),
    Tokens(Vec<u32>),
}

/// `POST /v1/completions`
pub(crate) async fn completions(
    State(state): State<AppState>,
    JsonObject(request): JsonObject,
) -> Result<Response, ApiError> {
    let fields = Fields(&request);
    let model = state.model(model_name(fields)?)?;
    let prompt = parse_prompt(fields.required("prompt")?)?;
    refuse_chat_fields(fields)?;
    let parameters = CommonParameters::parse(fields, model.sampling)?;
    let question = Question { kind: Kind::Completion, model, parameters, tools: None, continues: false };
    let encode = move |question: &Question| match prompt {
        Prompt::Tokens(tokens) => Ok(tokens),
        Prompt::Text(text) => {
            // Control tokens count: a completion is how a caller brings a format of their own.
            let options = EncodeOptions { add_special_tokens: true, parse_special: true };
            let encoded = question.model.tokenizer.encode(&text, options);
            encoded.map_err(|error| ApiError::from_text(&error, "prompt"))
        }
    };
    generate(state, question, encode).await
}

fn parse_prompt(prompt: &Value) -> Result<Prompt, ApiError> {
    let expected = "a string, or an array of token ids; several prompts are several requests";
    let token = |token: &Value| token.as_u64().and_then(|token| u32::try_from(token).ok());
    let parsed = match prompt {
        Value::String(text) => Some(Prompt::Text(text.clone())),
        Value::Array(items) => match items.as_slice() {
            [Value::String(text)] => Some(Prompt::Text(text.clone())),
            items => items.iter().map(token).collect::<Option<_>>().map(Prompt::Tokens),
        },
        _ => None,
    };
    parsed.ok_or_else(|| ApiError::invalid_type("prompt", expected, prompt))
}
