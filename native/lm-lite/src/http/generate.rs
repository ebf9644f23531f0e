use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::response::{IntoResponse, Response};
use conduit_engine::{GrammarObserver, GrammarSpec, Otherwise, Reasoning, Request};
use conduit_text::{EncodeOptions, ReasoningMarkers, ReasoningState, ToolCallFormat};
use futures_util::future::try_join_all;
use tracing::Span;

use super::AppState;
use super::answer::{Answer, Reading};
use super::api_error::ApiError;
use super::chat::Chat;
use super::collected::collect;
use super::openai::{AnswerHead, CommonParameters, Format, Kind, Tools};
use super::stream::stream;
use crate::metrics::{ModelMetrics, RequestMetrics};
use crate::models::{HeldModel, ServedModel};

/// What is asked of a model.
#[derive(Clone)]
pub(crate) struct Question {
    pub(crate) kind: Kind,
    pub(crate) model: HeldModel,
    pub(crate) parameters: CommonParameters,
    /// Functions that the answer may call.
    pub(crate) tools: Option<Tools>,
    /// The answer goes on with a message that has begun.
    pub(crate) continues: bool,
}

/// Answers with the choices of each question, one question's after the other's; all are of one kind, and streamed or not.
pub(crate) async fn generate(
    state: AppState,
    questions: Vec<(Question, Prompt)>,
) -> Result<Response, ApiError> {
    let Some((first, _)) = questions.first() else { return Err(ApiError::internal()) };
    let head = AnswerHead::new(first.kind, &first.model.name, first.parameters.logprobs.is_some());
    let (streams, include_usage) = (first.parameters.stream, first.parameters.include_usage);
    let begun = questions.into_iter().map(|(question, prompt)| begin(state.clone(), question, prompt));
    let answers = try_join_all(begun).await?.into_iter().flatten().collect::<Vec<_>>();
    if streams {
        return Ok(stream(head, answers, include_usage));
    }
    Ok(Json(head.answer(&try_join_all(answers.into_iter().map(collect)).await?)).into_response())
}

/// What a model is to go on with.
pub(crate) enum Prompt {
    Chat(Chat),
    Text(String),
    Tokens(Vec<u32>),
}

impl Prompt {
    pub(super) fn encode(self, model: &ServedModel, tools: Option<&Tools>) -> Result<Vec<u32>, ApiError> {
        match self {
            Self::Chat(chat) => chat.encode(model, tools),
            Self::Tokens(tokens) => Ok(tokens),
            Self::Text(text) => {
                // Control tokens count: a completion is how a caller brings a format of their own.
                let options = EncodeOptions { add_special_tokens: true, parse_special: true };
                let encoded = model.tokenizer.encode(&text, options);
                encoded.map_err(|error| ApiError::from_text(&error, "prompt"))
            }
        }
    }
}

/// Begins to answer a question, as often as it wants.
pub(crate) async fn begin(
    state: AppState,
    question: Question,
    prompt: Prompt,
) -> Result<Vec<Answer>, ApiError> {
    let (arrived, span) = (Instant::now(), Span::current());
    // Where it may take its time.
    let start = move || {
        let _entered = span.enter();
        let prompt = prompt.encode(&question.model, question.tools.as_ref())?;
        submit(&state, question, prompt, arrived)
    };
    tokio::task::spawn_blocking(start).await.map_err(|_| ApiError::internal())?
}

fn submit(
    state: &AppState,
    question: Question,
    prompt: Vec<u32>,
    arrived: Instant,
) -> Result<Vec<Answer>, ApiError> {
    let Question { kind, model, parameters, tools, continues } = question;
    let CommonParameters { choices, max_tokens, sampling, seed, format, .. } = parameters;
    let CommonParameters { stops, includes_stop, skips_special, .. } = parameters;
    let CommonParameters { stop_tokens, min_tokens, ignores_eos, logprobs, .. } = parameters;
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
    let metrics = state.metrics.model(&model.name);
    let observer: Arc<dyn GrammarObserver> = Arc::<ModelMetrics>::clone(&metrics);
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
        stop_tokens,
        min_tokens,
        ignore_eos: ignores_eos,
        logprobs,
        observer: Some(observer),
        ..Request::default()
    };
    let prompt_param = match kind {
        Kind::Chat => "messages",
        Kind::Completion => "prompt",
    };
    let generations = state
        .device
        .submit(&model.name, request, choices)
        .map_err(|error| ApiError::from_submit(error, prompt_param, grammar_param))?;
    let calls = tools.map(|(format, tools)| (format, tools.parser(format)));
    let reading = Reading { reasoning, calls, stops, includes_stop, skips_special };
    // The engine keeps the model from here on.
    let HeldModel { served, running, hold } = model;
    drop(hold);
    let answer = |(choice, generation)| {
        let metrics = RequestMetrics::begin(Arc::clone(&metrics), arrived);
        let (served, reading, running) = (Arc::clone(&served), reading.clone(), Arc::clone(&running));
        Answer::new(served, generation, (prompt_tokens, choice > 0), reading, metrics, running)
    };
    Ok(generations.into_iter().enumerate().map(answer).collect())
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
        Some(Format { grammar, param }) => match &*grammar {
            GrammarSpec::JsonSchema(schema) => Otherwise::Schema(schema.clone()),
            GrammarSpec::JsonObject => Otherwise::Schema(serde_json::json!({ "type": "object" })),
            _ => {
                let message = format!("{param} goes together with tools only where it asks for JSON");
                return Err(ApiError::bad_request("unsupported_parameter", param, message));
            }
        },
    };
    Ok(Format { grammar: Arc::new(GrammarSpec::Calls(tools.grammar(calls, otherwise))), param: "tools" })
}

/// The reasoning that a grammar leaves free.
fn left_free(ReasoningMarkers { start, end }: ReasoningMarkers, state: ReasoningState) -> Option<Reasoning> {
    match state {
        ReasoningState::Possible => Some(Reasoning { start, end, begun: false }),
        ReasoningState::Begun => Some(Reasoning { start, end, begun: true }),
        ReasoningState::Over => None,
    }
}
