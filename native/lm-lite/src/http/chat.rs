use axum::extract::State;
use axum::response::Response;
use conduit_text::ChatInput;
use serde_json::{Map, Value};

use super::AppState;
use super::api_error::ApiError;
use super::body::JsonObject;
use super::generate::generate;
use super::openai::{CommonParameters, Fields, Kind, parse_messages};
use crate::models::ServedModel;

/// `POST /v1/chat/completions`
pub(crate) async fn chat_completions(
    State(state): State<AppState>,
    JsonObject(request): JsonObject,
) -> Result<Response, ApiError> {
    let fields = Fields(&request);
    let model = state.model(model_name(fields)?)?;
    let messages = parse_messages(fields)?;
    let variables = fields.object("chat_template_kwargs")?.map(|variables| variables.0.clone());
    let parameters = CommonParameters::parse(fields, model.sampling)?;
    let encode = move |model: &ServedModel| encode(model, &messages, variables.as_ref());
    generate(state, Kind::Chat, model, parameters, encode).await
}

/// The field `model` of any request.
pub(super) fn model_name(fields: Fields<'_>) -> Result<&str, ApiError> {
    let model = fields.required("model")?;
    model.as_str().ok_or_else(|| ApiError::invalid_type("model", "a string", model))
}

fn encode(
    model: &ServedModel,
    messages: &[Value],
    variables: Option<&Map<String, Value>>,
) -> Result<Vec<u32>, ApiError> {
    let failed = |error: &conduit_text::TextError| ApiError::from_text(error, "messages");
    let template = model.template.as_ref().map_err(failed)?;
    let input = ChatInput { variables, ..ChatInput::new(messages) };
    let prompt = template.render(&model.tokenizer, &input).map_err(|error| failed(&error))?;
    model.tokenizer.encode_prompt(&prompt).map_err(|error| failed(&error))
}
