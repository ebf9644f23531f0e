use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::AppState;
use crate::ModelConfig;
use crate::models::ModelState;

/// `GET /health`: always 200 while the process runs; `ready` once every model answers, or is loaded when it is asked for.
pub(crate) async fn health(State(state): State<AppState>) -> Json<Value> {
    state.loader.refresh();
    let failure = state.device.failure();
    let mut ready = !state.activity.is_closed() && failure.is_none();
    let models: Vec<_> = state
        .registry
        .states()
        .map(|(config, model)| {
            ready &= !model.holds_up();
            entry(config, &model, failure.as_deref())
        })
        .collect();
    Json(json!({ "ready": ready, "models": models }))
}

/// `failure` is what the device failed with, which no model survives.
fn entry(config: &ModelConfig, state: &ModelState, failure: Option<&str>) -> Value {
    let mut entry = json!({ "id": config.name, "state": state.name(), "pinned": config.is_pinned });
    if let Some(limit) = config.idle_unload {
        entry["idle_unload_seconds"] = limit.as_secs_f64().into();
    }
    let error = match (state, failure) {
        (ModelState::Failed(error), _) => Some((error.message.as_str(), error.code)),
        (ModelState::NoRoom(no_room), None) => Some((no_room.error.message.as_str(), no_room.error.code)),
        (_, failure) => failure.map(|failure| (failure, "engine_unhealthy")),
    };
    if let Some((error, code)) = error {
        // A model without room stays what it is: the next request for it tries again.
        if !matches!((state, failure), (ModelState::NoRoom(_), None)) {
            entry["state"] = "failed".into();
        }
        entry["error"] = error.into();
        entry["code"] = code.into();
    } else if let ModelState::Loading(loading) = state
        && let Some(step) = loading.step()
    {
        entry["progress"] =
            json!({ "step": step.name, "done_bytes": step.done_bytes, "total_bytes": step.total_bytes });
    }
    entry
}
