use std::sync::Arc;

use axum::Json;
use axum::response::{IntoResponse, Response};
use conduit_engine::{Reasoning, Request};
use conduit_text::{ReasoningMarkers, ReasoningState};

use super::AppState;
use super::answer::{Answer, Piece};
use super::api_error::ApiError;
use super::openai::{AnswerHead, CommonParameters, Kind};
use super::stream::stream;
use crate::models::ServedModel;

/// Answers a prompt that `encode` makes, which runs where it may take its time.
pub(crate) async fn generate(
    state: AppState,
    kind: Kind,
    model: Arc<ServedModel>,
    parameters: CommonParameters,
    encode: impl FnOnce(&ServedModel) -> Result<Vec<u32>, ApiError> + Send + 'static,
) -> Result<Response, ApiError> {
    let Some(running) = state.activity.request() else {
        return Err(ApiError::unavailable("shutting_down", "this server is shutting down"));
    };
    let head = AnswerHead::new(kind, &model.name);
    let CommonParameters { stream: streams, include_usage, max_tokens, sampling, seed, stops, grammar } =
        parameters;
    let start = move || -> Result<Answer, ApiError> {
        let prompt = encode(&model)?;
        let prompt_tokens = prompt.len();
        // A completion is the model's text as it comes.
        let markers = model.reasoning.filter(|_| kind == Kind::Chat);
        let reasoning = markers.map(|markers| (markers, markers.state_after(&model.tokenizer, &prompt)));
        let request = Request {
            prompt,
            max_tokens,
            sampling,
            seed,
            grammar,
            reasoning: reasoning.and_then(|(markers, state)| left_free(markers, state)),
            ..Request::default()
        };
        let prompt_param = match kind {
            Kind::Chat => "messages",
            Kind::Completion => "prompt",
        };
        let generation = state
            .device
            .submit(&model.name, request)
            .map_err(|error| ApiError::from_submit(error, prompt_param))?;
        Ok(Answer::new(model, generation, prompt_tokens, reasoning, &stops, running))
    };
    let answer = tokio::task::spawn_blocking(start).await.map_err(|_| ApiError::internal())??;
    if streams {
        return Ok(stream(head, answer, include_usage));
    }
    Ok(Json(collect(&head, answer).await?).into_response())
}

/// The reasoning that a grammar leaves free.
fn left_free(ReasoningMarkers { start, end }: ReasoningMarkers, state: ReasoningState) -> Option<Reasoning> {
    match state {
        ReasoningState::Possible => Some(Reasoning { start, end, begun: false }),
        ReasoningState::Begun => Some(Reasoning { start, end, begun: true }),
        ReasoningState::Over => None,
    }
}

async fn collect(head: &AnswerHead, mut answer: Answer) -> Result<serde_json::Value, ApiError> {
    let (mut reasoning, mut text) = (String::new(), String::new());
    while let Some(piece) = answer.next().await {
        match piece {
            Piece::Reasoning(piece) => reasoning.push_str(&piece),
            Piece::Text(piece) => text.push_str(&piece),
            Piece::End(end) => return Ok(head.answer(&reasoning, &text, &end?)),
        }
    }
    Err(ApiError::internal())
}
