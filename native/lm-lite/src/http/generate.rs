use std::sync::Arc;

use axum::Json;
use axum::response::{IntoResponse, Response};
use conduit_engine::{GrammarSpec, Otherwise, Reasoning, Request};
use conduit_text::{ReasoningMarkers, ReasoningState, ToolCallFormat};

use super::AppState;
use super::answer::{Answer, Reading};
use super::api_error::ApiError;
use super::collected::collect;
use super::openai::{AnswerHead, CommonParameters, Format, Kind, Tools};
use super::stream::stream;
use crate::lifecycle::Guard;
use crate::models::ServedModel;

/// What is asked of a model.
pub(crate) struct Question {
    pub(crate) kind: Kind,
    pub(crate) model: Arc<ServedModel>,
    pub(crate) parameters: CommonParameters,
    /// Functions that the answer may call.
    pub(crate) tools: Option<Tools>,
    /// The answer goes on with a message that has begun.
    pub(crate) continues: bool,
}

/// Answers a question whose prompt `encode` makes, which runs where it may take its time.
pub(crate) async fn generate(
    state: AppState,
    question: Question,
    encode: impl FnOnce(&Question) -> Result<Vec<u32>, ApiError> + Send + 'static,
) -> Result<Response, ApiError> {
    let head = AnswerHead::new(question.kind, &question.model.name);
    let (streams, include_usage) = (question.parameters.stream, question.parameters.include_usage);
    let answer = begin(state, question, encode).await?;
    if streams {
        return Ok(stream(head, answer, include_usage));
    }
    Ok(Json(head.answer(&collect(answer).await?)).into_response())
}

/// Begins to answer a question; see [`generate`].
pub(crate) async fn begin(
    state: AppState,
    question: Question,
    encode: impl FnOnce(&Question) -> Result<Vec<u32>, ApiError> + Send + 'static,
) -> Result<Answer, ApiError> {
    let Some(running) = state.activity.request() else {
        return Err(ApiError::unavailable("shutting_down", "this server is shutting down"));
    };
    let start = move || {
        let prompt = encode(&question)?;
        submit(&state, question, prompt, running)
    };
    tokio::task::spawn_blocking(start).await.map_err(|_| ApiError::internal())?
}

fn submit(
    state: &AppState,
    question: Question,
    prompt: Vec<u32>,
    running: Guard,
) -> Result<Answer, ApiError> {
    let Question { kind, model, parameters, tools, continues } = question;
    let CommonParameters { max_tokens, sampling, seed, stops, format, .. } = parameters;
    let tools = match tools {
        Some(tools) => Some((tool_call_format(&model)?, tools)),
        None => None,
    };
    let format = match &tools {
        Some((calls, tools)) => Some(with_calls(calls, tools, format)?),
        None => format,
    };
    let (grammar, grammar_param) = match format {
        Some(Format { grammar, param }) => (Some(grammar), param),
        None => (None, ""),
    };
    let prompt_tokens = prompt.len();
    // A completion is the model's text as it comes.
    let markers = model.reasoning.filter(|_| kind == Kind::Chat);
    let reasoning = markers.map(|markers| {
        let tokenizer = &model.tokenizer;
        let state = if continues {
            markers.state_within(tokenizer, &prompt)
        } else {
            markers.state_after(tokenizer, &prompt)
        };
        (markers, state)
    });
    let request = Request {
        prompt,
        max_tokens,
        sampling,
        seed,
        grammar,
        reasoning: reasoning.and_then(|(markers, state)| left_free(markers, state)),
        stop_tokens: Vec::new(),
    };
    let prompt_param = match kind {
        Kind::Chat => "messages",
        Kind::Completion => "prompt",
    };
    let generation = state
        .device
        .submit(&model.name, request)
        .map_err(|error| ApiError::from_submit(error, prompt_param, grammar_param))?;
    let calls = tools.map(|(format, tools)| (format, tools.parser(format)));
    Ok(Answer::new(model, generation, prompt_tokens, Reading { reasoning, calls, stops }, running))
}

fn tool_call_format(model: &ServedModel) -> Result<ToolCallFormat, ApiError> {
    model.tool_calls.ok_or_else(|| {
        let message = "tools: this model's chat template has no calls of functions in a form that this server knows; use \
            response_format";
        ApiError::bad_request("unsupported_parameter", "tools", message)
    })
}

/// Holds an answer to calls of functions, or to what it was held to without them.
fn with_calls(calls: &ToolCallFormat, tools: &Tools, format: Option<Format>) -> Result<Format, ApiError> {
    let otherwise = match format {
        None => Otherwise::Text,
        Some(Format { grammar: GrammarSpec::JsonSchema(schema), .. }) => Otherwise::Schema(schema),
        Some(Format { grammar: GrammarSpec::JsonObject, .. }) => {
            Otherwise::Schema(serde_json::json!({ "type": "object" }))
        }
        Some(Format { param, .. }) => {
            let message = format!("{param} goes together with tools only where it asks for JSON");
            return Err(ApiError::bad_request("unsupported_parameter", param, message));
        }
    };
    Ok(Format { grammar: GrammarSpec::Calls(tools.grammar(calls, otherwise)), param: "tools" })
}

/// The reasoning that a grammar leaves free.
fn left_free(ReasoningMarkers { start, end }: ReasoningMarkers, state: ReasoningState) -> Option<Reasoning> {
    match state {
        ReasoningState::Possible => Some(Reasoning { start, end, begun: false }),
        ReasoningState::Begun => Some(Reasoning { start, end, begun: true }),
        ReasoningState::Over => None,
    }
}
