use std::sync::Arc;
use std::time::Instant;

use metrics::{Counter, Histogram, counter, histogram};

pub(super) const REQUESTS: &str = "lm_lite_requests_total";
pub(super) const PROMPT_TOKENS: &str = "lm_lite_prompt_tokens_total";
pub(super) const GENERATED_TOKENS: &str = "lm_lite_generated_tokens_total";
pub(super) const TIME_TO_FIRST_TOKEN: &str = "lm_lite_time_to_first_token_seconds";
pub(super) const INTER_TOKEN: &str = "lm_lite_inter_token_latency_seconds";
pub(super) const END_TO_END: &str = "lm_lite_request_duration_seconds";

/// How requests end.
const OUTCOMES: [&str; 5] = ["stop", "length", "embedded", "error", "cancelled"];

/// What one model counts.
pub(crate) struct ModelMetrics {
    requests: [(&'static str, Counter); OUTCOMES.len()],
    prompt_tokens: Counter,
    generated_tokens: Counter,
    time_to_first_token: Histogram,
    inter_token: Histogram,
    end_to_end: Histogram,
}

impl ModelMetrics {
    /// Registers them with the recorder that holds for the moment.
    pub(super) fn new(model: &str) -> Self {
        let label = || model.to_owned();
        Self {
            requests: OUTCOMES
                .map(|outcome| (outcome, counter!(REQUESTS, "model" => label(), "outcome" => outcome))),
            prompt_tokens: counter!(PROMPT_TOKENS, "model" => label()),
            generated_tokens: counter!(GENERATED_TOKENS, "model" => label()),
            time_to_first_token: histogram!(TIME_TO_FIRST_TOKEN, "model" => label()),
            inter_token: histogram!(INTER_TOKEN, "model" => label()),
            end_to_end: histogram!(END_TO_END, "model" => label()),
        }
    }
}

/// Measures one request, from its arrival to its end.
pub(crate) struct RequestMetrics {
    model: Arc<ModelMetrics>,
    started: Instant,
    last_token: Option<Instant>,
}

impl RequestMetrics {
    pub(crate) const fn begin(model: Arc<ModelMetrics>, started: Instant) -> Self {
        Self { model, started, last_token: None }
    }

    /// How long it has been there.
    pub(crate) fn seconds(&self) -> f32 {
        self.started.elapsed().as_secs_f32()
    }

    /// A token has come.
    pub(crate) fn token(&mut self) {
        let now = Instant::now();
        match self.last_token.replace(now) {
            None => self.model.time_to_first_token.record(now - self.started),
            Some(last) => self.model.inter_token.record(now - last),
        }
    }

    /// `outcome` is `stop`, `length`, `embedded`, `error` or `cancelled`.
    pub(crate) fn end(&self, outcome: &str, prompt_tokens: usize, generated_tokens: usize) {
        for (_, requests) in self.model.requests.iter().filter(|(name, _)| *name == outcome) {
            requests.increment(1);
        }
        self.model.prompt_tokens.increment(prompt_tokens as u64);
        self.model.generated_tokens.increment(generated_tokens as u64);
        self.model.end_to_end.record(self.started.elapsed());
    }
}
