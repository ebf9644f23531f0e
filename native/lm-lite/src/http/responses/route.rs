use std::collections::VecDeque;

use axum::Json;
use axum::extract::State;
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use serde_json::{Value, json};

use super::builder::ResponseBuilder;
use super::items::id;
use super::request::{as_chat, renamed};
use crate::http::AppState;
use crate::http::answer::{Answer, Next};
use crate::http::api_error::ApiError;
use crate::http::body::JsonObject;
use crate::http::chat::ask;
use crate::http::generate::{Prompt, begin};
use crate::http::openai::Fields;
use crate::http::stream::respond;
use crate::models::unix_seconds;

/// `POST /v1/responses`
pub(crate) async fn responses(
    State(state): State<AppState>,
    JsonObject(request): JsonObject,
) -> Result<Response, ApiError> {
    let fields = Fields(&request);
    let chat = as_chat(fields)?;
    let (question, chat) = ask(&state, Fields(&chat)).await.map_err(renamed)?;
    let builder = ResponseBuilder::new(head(fields, &question.model.name));
    let streams = question.parameters.stream;
    let answers = begin(state, question, Prompt::Chat(chat)).await.map_err(renamed)?;
    let answer = answers.into_iter().next().ok_or_else(ApiError::internal)?;
    if streams {
        return Ok(stream(builder, answer));
    }
    collect(builder, answer).await.map(|response| Json(response).into_response())
}

async fn collect(mut builder: ResponseBuilder, mut answer: Answer) -> Result<Value, ApiError> {
    loop {
        match answer.next().await {
            Next::Piece(piece) => builder.push(piece),
            Next::End(Err(error)) => return Err(error),
            Next::End(end) => return Ok(builder.finish(end)),
        }
        builder.take_events();
    }
}

struct Streaming {
    builder: ResponseBuilder,
    /// `None` once it has ended.
    answer: Option<Answer>,
    ready: VecDeque<Value>,
}

fn stream(mut builder: ResponseBuilder, answer: Answer) -> Response {
    let ready = builder.take_events().into();
    let state = Streaming { builder, answer: Some(answer), ready };
    respond(unfold(state, |mut state| async move {
        while state.ready.is_empty() {
            match state.answer.as_mut()?.next().await {
                Next::Piece(piece) => state.builder.push(piece),
                Next::End(end) => {
                    state.answer = None;
                    state.builder.finish(end);
                }
            }
            state.ready.extend(state.builder.take_events());
        }
        let event = state.ready.pop_front()?;
        let name = event["type"].as_str().unwrap_or_default();
        Some((Event::default().event(name).data(event.to_string()), state))
    }))
}

/// The response as far as it is known before the model answers.
fn head(fields: Fields<'_>, model: &str) -> Value {
    let given = |name: &str| fields.get(name).cloned();
    let or_null = |name: &str| given(name).unwrap_or_default();
    json!({
        "id": id("resp"),
        "object": "response",
        "created_at": unix_seconds(),
        "status": "in_progress",
        "background": false,
        "error": null,
        "incomplete_details": null,
        "instructions": or_null("instructions"),
        "max_output_tokens": or_null("max_output_tokens"),
        "metadata": given("metadata").unwrap_or_else(|| json!({})),
        "model": model,
        "output": [],
        "parallel_tool_calls": given("parallel_tool_calls").unwrap_or(Value::Bool(true)),
        "previous_response_id": null,
        "reasoning": given("reasoning").unwrap_or_else(|| json!({ "effort": null, "summary": null })),
        "store": false,
        "temperature": or_null("temperature"),
        "text": given("text").unwrap_or_else(|| json!({ "format": { "type": "text" } })),
        "tool_choice": given("tool_choice").unwrap_or_else(|| "auto".into()),
        "tools": given("tools").unwrap_or_else(|| json!([])),
        "top_p": or_null("top_p"),
        "truncation": "disabled",
        "usage": null,
        "user": or_null("user"),
    })
}
