use axum::Json;
use axum::extract::State;
use conduit_text::EncodeOptions;
use serde_json::{Value, json};

use super::AppState;
use super::api_error::ApiError;
use super::body::JsonObject;
use super::chat::{Chat, model_name};
use super::openai::{Fields, Tools};

/// `POST /tokenize`: the tokens of `prompt`, or of `messages` as the model's template renders them.
pub(super) async fn tokenize(
    State(state): State<AppState>,
    JsonObject(request): JsonObject,
) -> Result<Json<Value>, ApiError> {
    let fields = Fields(&request);
    let model = state.model(model_name(fields)?).await?;
    let with_texts = fields.boolean("return_token_strs")?.unwrap_or_default();
    let input = Input::parse(fields)?;
    let encode = move || {
        let tokens = match input {
            Input::Text(text, options) => model
                .tokenizer
                .encode(&text, options)
                .map_err(|error| ApiError::from_text(&error, "prompt"))?,
            Input::Chat(chat, tools) => chat.encode(&model, tools.as_ref())?,
        };
        let texts = with_texts.then(|| {
            let text =
                |token: &u32| String::from_utf8_lossy(model.tokenizer.token_bytes(*token)).into_owned();
            tokens.iter().map(text).collect::<Vec<_>>()
        });
        Ok(json!({
            "count": tokens.len(), "max_model_len": model.max_model_len, "tokens": tokens, "token_strs": texts,
        }))
    };
    tokio::task::spawn_blocking(encode).await.map_err(|_| ApiError::internal())?.map(Json)
}

enum Input {
    Text(String, EncodeOptions),
    Chat(Box<Chat>, Option<Tools>),
}

impl Input {
    fn parse(fields: Fields<'_>) -> Result<Self, ApiError> {
        if fields.get("messages").is_some() {
            return Ok(Self::Chat(Box::new(Chat::parse(fields)?), Tools::parse(fields)?));
        }
        let prompt = fields.required("prompt")?;
        let text = prompt.as_str().ok_or_else(|| ApiError::invalid_type("prompt", "a string", prompt))?;
        let add_special_tokens = fields.boolean("add_special_tokens")?.unwrap_or(true);
        // Control tokens count, as in completions.
        Ok(Self::Text(text.to_owned(), EncodeOptions { add_special_tokens, parse_special: true }))
    }
}

/// `POST /detokenize`: the text of `tokens`, control tokens included.
pub(super) async fn detokenize(
    State(state): State<AppState>,
    JsonObject(request): JsonObject,
) -> Result<Json<Value>, ApiError> {
    let fields = Fields(&request);
    let model = state.model(model_name(fields)?).await?;
    let given = fields.required("tokens")?;
    let wrong = || ApiError::invalid_type("tokens", "an array of token ids", given);
    let tokens = given.as_array().ok_or_else(wrong)?;
    let token = |token: &Value| u32::try_from(token.as_u64()?).ok();
    let tokens: Vec<_> = tokens.iter().map(token).collect::<Option<_>>().ok_or_else(wrong)?;
    let vocab_size = model.tokenizer.vocab_size();
    if let Some(token) = tokens.iter().find(|token| **token as usize >= vocab_size) {
        let message = format!("token {token} lies outside the tokenizer's vocabulary of {vocab_size} tokens");
        return Err(ApiError::bad_request("invalid_token", "tokens", message));
    }
    Ok(Json(json!({ "prompt": model.tokenizer.decode(&tokens, false) })))
}
