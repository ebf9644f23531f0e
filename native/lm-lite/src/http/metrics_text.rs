use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use super::AppState;

/// `GET /metrics`: what was counted and measured, in Prometheus' text form.
pub(super) async fn metrics_text(State(state): State<AppState>) -> impl IntoResponse {
    let names = state.registry.configs().map(|config| config.name.as_str());
    let models: Vec<_> = names.filter_map(|name| Some((name, state.device.metrics(name)?))).collect();
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], state.metrics.render(&models))
}
