//! What the server counts and measures, in Prometheus' form.

mod engine_counts;
mod model_metrics;
mod registry;

pub(crate) use model_metrics::{ModelMetrics, RequestMetrics};
pub(crate) use registry::Metrics;
