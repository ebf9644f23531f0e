use std::sync::Arc;
use std::time::Duration;

use conduit_backend::{Backend, Model};

use crate::{Retention, Vocabulary};

/// Limits of an engine.
#[derive(Clone, Copy, Debug)]
pub struct EngineOptions {
    /// Tokens of prompts in one step, beside one for each answer under way. Default 256: enough for the kernels, short
    /// enough that a long prompt does not hold up the answers beside it.
    pub step_tokens: usize,
    /// Requests that may wait for a place, for each model. Default 1024.
    pub queue_limit: usize,
    /// Tokens of the prompts that may wait for a place, for each model; one prompt may always wait. Default 4 million.
    pub queue_tokens_limit: usize,
    /// Tokens of its answer that a request is admitted with room for: so many, or a quarter of what it may have, whichever is
    /// more. Less lets more requests run at a time and pushes them back more often. Default 64.
    pub expected_answer_tokens: usize,
    /// How much of the budget, in percent, caches may come to take for what they only keep for later requests; what requests
    /// hold may take all of it. Default 50, since on the CPU weights lie in the system's memory beside the budget.
    pub kept_percent: usize,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            step_tokens: 256,
            queue_limit: 1024,
            queue_tokens_limit: 4 << 20,
            expected_answer_tokens: 64,
            kept_percent: 50,
        }
    }
}

/// A model and how it is served.
pub struct ModelSpec<B: Backend> {
    pub id: String,
    pub model: Box<dyn Model<B>>,
    /// Longest sequence in tokens, prompt and answer together.
    pub max_model_len: usize,
    /// Largest running batch.
    pub max_model_concurrency: usize,
    /// How long an idle model waits for companions before its first step.
    pub batch_wait: Duration,
    /// The tokenizer's vocabulary, and with it the tokens that end an answer.
    pub vocabulary: Arc<Vocabulary>,
    /// How long it stays where nobody asks it for anything.
    pub retention: Retention,
}
