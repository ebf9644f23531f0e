use std::time::Instant;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use conduit_engine::{Embedding, EmbeddingRequest};
use futures_util::future::try_join_all;
use tracing::Span;

use super::answer::EmbeddingsAnswer;
use super::request::EmbeddingsRequest;
use super::running::Running;
use crate::http::AppState;
use crate::http::api_error::ApiError;
use crate::http::body::JsonObject;
use crate::http::chat::model_name;
use crate::http::generate::Prompt;
use crate::http::openai::Fields;
use crate::metrics::RequestMetrics;
use crate::models::HeldModel;

/// `POST /v1/embeddings`
pub(in crate::http) async fn embeddings(
    State(state): State<AppState>,
    JsonObject(request): JsonObject,
) -> Result<Response, ApiError> {
    let fields = Fields(&request);
    let model = state.model(model_name(fields)?).await?;
    let EmbeddingsRequest { inputs, format, dimensions } = EmbeddingsRequest::parse(fields)?;
    let (arrived, span) = (Instant::now(), Span::current());
    // Tokenizing may take its time.
    let start = move || {
        let _entered = span.enter();
        submit(&state, model, inputs, dimensions, arrived)
    };
    let submitted = tokio::task::spawn_blocking(start).await.map_err(|_| ApiError::internal())?;
    let (running, embeddings) = submitted?;
    match try_join_all(embeddings.into_iter().map(Embedding::get)).await {
        Ok(embedded) => {
            let answer = EmbeddingsAnswer::new(&running.model.name, embedded, format);
            running.succeed();
            Ok(Json(answer).into_response())
        }
        Err(error) => {
            let error = ApiError::from(error);
            running.fail(&error);
            Err(error)
        }
    }
}

fn submit(
    state: &AppState,
    model: HeldModel,
    inputs: Vec<Prompt>,
    dimensions: Option<usize>,
    arrived: Instant,
) -> Result<(Running, Vec<Embedding>), ApiError> {
    let recipe = model.embedding.as_ref().map_err(|reason| {
        let message = format!(
            "the model {:?} cannot embed here: {reason}; this server pools the first token, the last one or the mean of all, \
             with or without a Normalize module behind",
            model.name
        );
        ApiError::bad_request("unsupported_model", "model", message)
    })?;
    let encode =
        |input: Prompt| input.encode(&model, None).map_err(|error| error.with_param(|_| "input".to_owned()));
    let inputs = inputs.into_iter().map(encode).collect::<Result<Vec<_>, _>>()?;
    let (count, prompt_tokens) = (inputs.len(), inputs.iter().map(Vec::len).sum());
    let (pooling, normalize) = (recipe.pooling, recipe.normalize);
    let request = EmbeddingRequest { inputs, pooling, dimensions, normalize, client: None };
    let embeddings = state
        .device
        .embed(&model.name, request)
        .map_err(|error| ApiError::from_submit(error, "input", ""))?;
    let running = Running {
        metrics: RequestMetrics::begin(state.metrics.model(&model.name), arrived),
        model: model.served,
        inputs: count,
        prompt_tokens,
        span: Span::current(),
        is_over: false,
        _guard: model.running,
    };
    Ok((running, embeddings))
}
