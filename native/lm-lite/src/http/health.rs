use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::AppState;
use crate::models::{Loading, ModelState};

/// `GET /health`: always 200 while the process runs; `ready` once every model answers.
pub(crate) async fn health(State(state): State<AppState>) -> Json<Value> {
    let failure = state.device.failure();
    let mut ready = !state.activity.is_closed();
    let models: Vec<_> = state
        .registry
        .states()
        .map(|(id, model)| {
            let failed = |error: &str, code: &str| json!({ "id": id, "state": "failed", "error": error, "code": code });
            let entry = match (model, &failure) {
                (ModelState::Failed(error), _) => failed(&error.message, error.code),
                (_, Some(failure)) => failed(failure, "engine_unhealthy"),
                (ModelState::Loading(loading), None) => loading_entry(id, &loading),
                (ModelState::Ready(_), None) => json!({ "id": id, "state": "ready" }),
            };
            ready &= entry["state"] == "ready";
            entry
        })
        .collect();
    Json(json!({ "ready": ready, "models": models }))
}

fn loading_entry(id: &str, loading: &Loading) -> Value {
    let mut entry = json!({ "id": id, "state": "loading" });
    if let Some(step) = loading.step() {
        entry["progress"] =
            json!({ "step": step.name, "done_bytes": step.done_bytes, "total_bytes": step.total_bytes });
    }
    entry
}
