use axum::Json;
use axum::extract::{Path, State};
use conduit_backend::{KvDType, Quantization};
use serde_json::{Value, json};

use super::AppState;
use super::api_error::ApiError;
use crate::ModelConfig;
use crate::models::{ModelState, unix_seconds};

/// `GET /v1/models`: all models, with how far they are.
pub(crate) async fn list_models(State(state): State<AppState>) -> Json<Value> {
    state.loader.refresh();
    let models: Vec<_> = state.registry.states().map(|(config, model)| describe(config, &model)).collect();
    Json(json!({ "object": "list", "data": models }))
}

/// `GET /v1/models/{id}`
pub(crate) async fn get_model(
    State(state): State<AppState>,
    Path(name): Path<String>,
) -> Result<Json<Value>, ApiError> {
    state.loader.refresh();
    let (config, model) = state.entry(&name)?;
    Ok(Json(describe(config, &model)))
}

/// A model as OpenAI has it, with its state.
pub(super) fn describe(config: &ModelConfig, state: &ModelState) -> Value {
    let (created, stored) = match state {
        ModelState::Ready(model) => (model.created, model.weight_format),
        _ => (unix_seconds(), None),
    };
    json!({
        "id": config.name,
        "object": "model",
        "created": created,
        "owned_by": "lm-lite",
        "max_model_len": config.max_model_len,
        "quantization": config.quantization.map(Quantization::name).or(stored),
        "kv_dtype": config.kv_dtype.map(KvDType::name),
        "state": state.name(),
        "pinned": config.is_pinned,
        "idle_unload_seconds": config.idle_unload.map(|limit| limit.as_secs_f64()),
    })
}
