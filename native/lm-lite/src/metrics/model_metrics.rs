use std::sync::Arc;
use std::time::{Duration, Instant};

use conduit_engine::{GrammarObserver, Usage};
use metrics::{Counter, Histogram, counter, histogram};

use super::engine_counts::EngineCounts;
use crate::models::EngineMetrics;

pub(super) const REQUESTS: &str = "lm_lite_requests_total";
pub(super) const PROMPT_TOKENS: &str = "lm_lite_prompt_tokens_total";
pub(super) const GENERATED_TOKENS: &str = "lm_lite_generated_tokens_total";
pub(super) const FORCED_TOKENS: &str = "lm_lite_forced_tokens_total";
pub(super) const TIME_TO_FIRST_TOKEN: &str = "lm_lite_time_to_first_token_seconds";
pub(super) const INTER_TOKEN: &str = "lm_lite_inter_token_latency_seconds";
pub(super) const END_TO_END: &str = "lm_lite_request_duration_seconds";
pub(super) const QUEUE: &str = "lm_lite_request_queue_seconds";
pub(super) const GRAMMAR_COMPILE: &str = "lm_lite_grammar_compile_seconds";
pub(super) const GRAMMAR_MASK: &str = "lm_lite_grammar_mask_seconds";

/// How requests end.
const OUTCOMES: [&str; 5] = ["stop", "length", "embedded", "error", "cancelled"];

/// What one model counts.
#[derive(Debug)]
pub(crate) struct ModelMetrics {
    requests: [(&'static str, Counter); OUTCOMES.len()],
    prompt_tokens: Counter,
    generated_tokens: Counter,
    forced_tokens: Counter,
    time_to_first_token: Histogram,
    inter_token: Histogram,
    end_to_end: Histogram,
    queue: Histogram,
    grammar_compile: Histogram,
    grammar_mask: Histogram,
    engine: EngineCounts,
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
            forced_tokens: counter!(FORCED_TOKENS, "model" => label()),
            time_to_first_token: histogram!(TIME_TO_FIRST_TOKEN, "model" => label()),
            inter_token: histogram!(INTER_TOKEN, "model" => label()),
            end_to_end: histogram!(END_TO_END, "model" => label()),
            queue: histogram!(QUEUE, "model" => label()),
            grammar_compile: histogram!(GRAMMAR_COMPILE, "model" => label()),
            grammar_mask: histogram!(GRAMMAR_MASK, "model" => label()),
            engine: EngineCounts::new(model),
        }
    }

    /// Takes what the engine says now.
    pub(crate) fn tell(&self, engine: EngineMetrics) {
        self.engine.tell(engine);
    }
}

impl GrammarObserver for ModelMetrics {
    fn compiled(&self, duration: Duration) {
        self.grammar_compile.record(duration);
    }

    fn masked(&self, duration: Duration) {
        self.grammar_mask.record(duration);
    }
}

/// Measures one request, from its arrival to its end.
pub(crate) struct RequestMetrics {
    model: Arc<ModelMetrics>,
    started: Instant,
    last_token: Option<Instant>,
    has_started: bool,
}

impl RequestMetrics {
    pub(crate) const fn begin(model: Arc<ModelMetrics>, started: Instant) -> Self {
        Self { model, started, last_token: None, has_started: false }
    }

    /// How long it has been there.
    pub(crate) fn seconds(&self) -> f32 {
        self.started.elapsed().as_secs_f32()
    }

    /// It is being computed, after it has waited for so long; counts once.
    pub(crate) fn start(&mut self, waited: Duration) {
        if !std::mem::replace(&mut self.has_started, true) {
            self.model.queue.record(waited);
        }
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
    pub(crate) fn end(&self, outcome: &str, usage: Usage) {
        for (_, requests) in self.model.requests.iter().filter(|(name, _)| *name == outcome) {
            requests.increment(1);
        }
        self.model.prompt_tokens.increment(usage.prompt_tokens as u64);
        self.model.generated_tokens.increment(usage.completion_tokens as u64);
        self.model.forced_tokens.increment(usage.forced_tokens as u64);
        self.model.end_to_end.record(self.started.elapsed());
    }
}
