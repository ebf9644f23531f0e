use axum::extract::State;
use axum::response::Response;
use serde_json::Value;

use super::AppState;
use super::api_error::ApiError;
use super::body::JsonObject;
use super::chat::model_name;
use super::generate::{Prompt, Question, generate};
use super::openai::{CommonParameters, Fields, Kind, refuse_chat_fields};

/// Most choices of one request.
const MAX_CHOICES: usize = 1_024;

/// `POST /v1/completions`
pub(crate) async fn completions(
    State(state): State<AppState>,
    JsonObject(request): JsonObject,
) -> Result<Response, ApiError> {
    let fields = Fields(&request);
    let model = state.model(model_name(fields)?).await?;
    let prompts = parse_prompts(fields.required("prompt")?, MAX_CHOICES)?;
    refuse_chat_fields(fields)?;
    let parameters = CommonParameters::parse(fields, Kind::Completion, model.sampling.clone())?;
    let choices = prompts.len() * parameters.choices;
    if choices > MAX_CHOICES {
        let message = format!("a request may have {MAX_CHOICES} choices, prompts times n, got {choices}");
        return Err(ApiError::bad_request("invalid_value", "prompt", message));
    }
    let question = Question { kind: Kind::Completion, model, parameters, tools: None, continues: false };
    generate(state, prompts.into_iter().map(|prompt| (question.clone(), prompt)).collect()).await
}

/// One prompt or several, as text or as token ids.
pub(super) fn parse_prompts(prompt: &Value, most: usize) -> Result<Vec<Prompt>, ApiError> {
    let expected = "a string, an array of token ids, or an array of these";
    let tokens = |prompt: &Value| {
        let token = |token: &Value| u32::try_from(token.as_u64()?).ok();
        prompt.as_array()?.iter().map(token).collect::<Option<Vec<_>>>().map(Prompt::Tokens)
    };
    let one = |prompt: &Value| match prompt {
        Value::String(text) => Some(Prompt::Text(text.clone())),
        other => tokens(other),
    };
    let several = |prompt: &Value| prompt.as_array()?.iter().map(one).collect::<Option<Vec<_>>>();
    let parsed = one(prompt).map(|prompt| vec![prompt]).or_else(|| several(prompt));
    let prompts = parsed.ok_or_else(|| ApiError::invalid_type("prompt", expected, prompt))?;
    if prompts.len() > most {
        let message = format!("prompt may have {most} prompts, got {}", prompts.len());
        return Err(ApiError::bad_request("invalid_value", "prompt", message));
    }
    Ok(prompts)
}
