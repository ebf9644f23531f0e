use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::AppState;
use super::api_error::ApiError;
use crate::models::{ModelState, ServedModel};

/// `GET /v1/models`: the models that answer.
pub(crate) async fn list_models(State(state): State<AppState>) -> Json<Value> {
    let models: Vec<_> = state
        .registry
        .states()
        .filter_map(|(_, model)| match model {
            ModelState::Ready(model) => Some(describe(&model)),
            ModelState::Loading(_) | ModelState::Failed(_) => None,
        })
        .collect();
    Json(json!({ "object": "list", "data": models }))
}

/// `GET /v1/models/{id}`
pub(crate) async fn get_model(
    State(state): State<AppState>,
    Path(name): Path<String>,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(describe(&*state.model(&name)?)))
}

fn describe(model: &ServedModel) -> Value {
    json!({
        "id": model.name,
        "object": "model",
        "created": model.created,
        "owned_by": "lm-lite",
        "max_model_len": model.max_model_len,
    })
}
