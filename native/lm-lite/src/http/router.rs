use std::panic::AssertUnwindSafe;

use axum::Router;
use axum::extract::Request;
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::FutureExt;

use super::AppState;
use super::api_error::ApiError;
use super::auth::require_key;
use super::change_model::change_model;
use super::chat::chat_completions;
use super::completions::completions;
use super::embeddings::embeddings;
use super::health::health;
use super::list_models::{get_model, list_models};
use super::metrics_text::metrics_text;
use super::request_log::log_request;
use super::responses::responses;
use super::tokenize::{detokenize, tokenize};

pub(crate) fn router(state: AppState) -> Router {
    Router::new()
        .route("/v1/models", get(list_models))
        .route("/v1/models/{*id}", get(get_model).post(change_model))
        .route("/v1/chat/completions", post(chat_completions))
        .route("/v1/completions", post(completions))
        .route("/v1/responses", post(responses))
        .route("/v1/embeddings", post(embeddings))
        .route("/tokenize", post(tokenize))
        .route("/detokenize", post(detokenize))
        .route("/metrics", get(metrics_text))
        .fallback(no_route)
        // Before the key is asked for, so that it is for these answers too.
        .method_not_allowed_fallback(no_method)
        .layer(from_fn_with_state(state.clone(), require_key))
        .route("/health", get(health))
        .method_not_allowed_fallback(no_method)
        .layer(from_fn(catch_panics))
        .layer(from_fn(log_request))
        .with_state(state)
}

pub(super) async fn no_route(method: Method, uri: Uri) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "unknown_url", format!("unknown URL: {method} {}", uri.path()))
}

async fn no_method(method: Method, uri: Uri) -> ApiError {
    let message = format!("{} does not answer {method}", uri.path());
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
}

/// A request that meets a fault gets an answer, and takes nobody's connection with it.
async fn catch_panics(request: Request, next: Next) -> Response {
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    answer.unwrap_or_else(|_| ApiError::internal().into_response())
}
