use axum::extract::State;
use axum::response::Response;
use conduit_text::ChatInput;
use serde_json::{Map, Value};

use super::AppState;
use super::api_error::ApiError;
use super::body::JsonObject;
use super::generate::{Prompt, Question, generate};
use super::openai::{CommonParameters, Fields, Kind, Tools, parse_messages};
use crate::models::ServedModel;

/// A chat as its template takes it.
pub(crate) struct Chat {
    messages: Vec<Value>,
    variables: Option<Map<String, Value>>,
    add_generation_prompt: bool,
    continue_final_message: bool,
}

/// `POST /v1/chat/completions`
pub(crate) async fn chat_completions(
    State(state): State<AppState>,
    JsonObject(request): JsonObject,
) -> Result<Response, ApiError> {
    let fields = Fields(&request);
    let (question, chat) = ask(&state, fields).await?;
    generate(state, vec![(question, Prompt::Chat(chat))]).await
}

/// What a chat's request asks for, and of what.
pub(super) async fn ask(state: &AppState, fields: Fields<'_>) -> Result<(Question, Chat), ApiError> {
    let model = state.model(model_name(fields)?).await?;
    let chat = Chat::parse(fields)?;
    let tools = Tools::parse(fields)?;
    let parameters = CommonParameters::parse(fields, Kind::Chat, model.sampling.clone())?;
    let continues = chat.continue_final_message;
    Ok((Question { kind: Kind::Chat, model, parameters, tools, continues }, chat))
}

/// The field `model` of any request.
pub(super) fn model_name(fields: Fields<'_>) -> Result<&str, ApiError> {
    let model = fields.required("model")?;
    model.as_str().ok_or_else(|| ApiError::invalid_type("model", "a string", model))
}

impl Chat {
    pub(super) fn parse(fields: Fields<'_>) -> Result<Self, ApiError> {
        let continue_final_message = fields.boolean("continue_final_message")?.unwrap_or_default();
        Ok(Self {
            messages: parse_messages(fields)?,
            variables: parse_variables(fields)?,
            add_generation_prompt: fields
                .boolean("add_generation_prompt")?
                .unwrap_or(!continue_final_message),
            continue_final_message,
        })
    }

    /// The tokens of the prompt.
    pub(super) fn encode(&self, model: &ServedModel, tools: Option<&Tools>) -> Result<Vec<u32>, ApiError> {
        let failed = |error: &conduit_text::TextError| ApiError::from_text(error, "messages");
        let template = model.template.as_ref().map_err(failed)?;
        let input = ChatInput {
            tools: tools.map(|tools| tools.definitions.as_slice()),
            variables: self.variables.as_ref(),
            add_generation_prompt: self.add_generation_prompt,
            continue_final_message: self.continue_final_message,
            ..ChatInput::new(&self.messages)
        };
        let prompt = template.render(&model.tokenizer, &input).map_err(|error| failed(&error))?;
        model.tokenizer.encode_prompt(&prompt).map_err(|error| failed(&error))
    }
}

/// `chat_template_kwargs`, and what `reasoning_effort` means to templates that can do without reasoning.
fn parse_variables(fields: Fields<'_>) -> Result<Option<Map<String, Value>>, ApiError> {
    let given = fields.object("chat_template_kwargs")?.map(|variables| variables.0.clone());
    if fields.get("reasoning_effort").is_none_or(|effort| effort != "none") {
        return Ok(given);
    }
    let mut variables = given.unwrap_or_default();
    variables.entry("enable_thinking").or_insert(Value::Bool(false));
    Ok(Some(variables))
}
