use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{Method, StatusCode, Uri};
use serde_json::Value;

use super::AppState;
use super::api_error::ApiError;
use super::body::JsonObject;
use super::list_models::describe;
use super::openai::Fields;
use super::router::no_route;
use crate::models::ModelState;

/// `POST /v1/models/{id}/load` and `POST /v1/models/{id}/unload`; answers once that is done, or was done before.
pub(super) async fn change_model(
    State(state): State<AppState>,
    Path(path): Path<String>,
    method: Method,
    uri: Uri,
    JsonObject(request): JsonObject,
) -> Result<Json<Value>, ApiError> {
    state.loader.refresh();
    match path.rsplit_once('/') {
        Some((name, "load")) => load(&state, name).await,
        Some((name, "unload")) => unload(&state, name, Fields(&request)).await,
        _ => Err(no_route(method, uri).await),
    }
}

async fn load(state: &AppState, name: &str) -> Result<Json<Value>, ApiError> {
    let (config, _) = state.entry(name)?;
    // One that is on its way out comes back once it is gone.
    let running = Arc::new(state.running()?);
    while !state.loader.begin_load(name, Arc::clone(&running)) {
        state.registry.settled(name).await;
    }
    match state.registry.settled(name).await {
        Some(ModelState::Failed(error)) => Err(ApiError::unavailable(
            "model_failed",
            format!("the model {name:?} could not be loaded: {error}"),
        )),
        Some(ModelState::NoRoom(no_room)) => {
            Err(ApiError::no_room(name, &no_room.error, no_room.pause(Instant::now())))
        }
        Some(settled) => Ok(Json(describe(config, &settled))),
        None => Err(ApiError::internal()),
    }
}

async fn unload(state: &AppState, name: &str, fields: Fields<'_>) -> Result<Json<Value>, ApiError> {
    let limit = drain_limit(fields)?.unwrap_or(state.drain_timeout);
    let (config, model) = state.entry(name)?;
    let conflict = |code, message| Err(ApiError::new(StatusCode::CONFLICT, code, message));
    if config.is_pinned {
        return conflict("model_pinned", format!("the model {name:?} is pinned, and is never unloaded"));
    }
    if let ModelState::Loading(_) = model {
        return conflict(
            "model_loading",
            format!("the model {name:?} is being loaded; unload it after that"),
        );
    }
    state.loader.begin_unload(name, limit, state.running()?);
    match state.registry.settled(name).await {
        Some(settled) => Ok(Json(describe(config, &settled))),
        None => Err(ApiError::internal()),
    }
}

/// How long the model's requests may go on, by the request.
fn drain_limit(fields: Fields<'_>) -> Result<Option<Duration>, ApiError> {
    const NAME: &str = "drain_seconds";
    let Some(seconds) = fields.number(NAME)? else { return Ok(None) };
    let limit = Duration::try_from_secs_f32(seconds).map_err(|_| {
        let message = format!("{NAME} must be a number of seconds, got {seconds}");
        ApiError::bad_request("invalid_value", NAME, message)
    });
    limit.map(Some)
}
