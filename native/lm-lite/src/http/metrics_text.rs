use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use super::AppState;

/// `GET /metrics`: what was counted and measured, in Prometheus' text form.
pub(super) async fn metrics_text(State(state): State<AppState>) -> impl IntoResponse {
    state.measure();
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], state.metrics.render())
}
