use std::sync::Arc;

use conduit_engine::Usage;
use tracing::Span;

use crate::http::api_error::ApiError;
use crate::lifecycle::Guard;
use crate::metrics::RequestMetrics;
use crate::models::ServedModel;

/// A request under way. Its end is logged and counted once; dropping it before that is a cancellation.
pub(super) struct Running {
    pub(super) model: Arc<ServedModel>,
    pub(super) inputs: usize,
    pub(super) prompt_tokens: usize,
    pub(super) metrics: RequestMetrics,
    pub(super) span: Span,
    pub(super) is_over: bool,
    pub(super) _guard: Arc<Guard>,
}

impl Running {
    pub(super) fn succeed(mut self) {
        self.tell("embedded");
    }

    pub(super) fn fail(mut self, error: &ApiError) {
        let Self { inputs, prompt_tokens, .. } = self;
        self.span.in_scope(|| {
            let model = &self.model.name;
            tracing::error!(model, inputs, prompt_tokens, ?error, "failed");
        });
        self.tell("error");
    }

    fn tell(&mut self, outcome: &str) {
        self.is_over = true;
        if outcome != "error" {
            let Self { inputs, prompt_tokens, .. } = *self;
            self.span.in_scope(|| {
                let (model, seconds) = (&self.model.name, self.metrics.seconds());
                tracing::info!(model, inputs, prompt_tokens, seconds, outcome, "embedded");
            });
        }
        let usage = Usage { prompt_tokens: self.prompt_tokens, ..Usage::default() };
        self.metrics.end(outcome, usage);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.is_over {
            self.tell("cancelled");
        }
    }
}
