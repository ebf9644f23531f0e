use std::sync::Arc;

use crate::{GrammarObserver, GrammarSpec, Sampling};

/// Where reasoning begins and ends, for a grammar to leave it free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reasoning {
    /// Begins it, as the first token or not at all.
    pub start: u32,
    /// Ends it; the grammar holds from the next token on, up to two line breaks left aside.
    pub end: u32,
    /// Whether the prompt has begun it already.
    pub begun: bool,
}

/// What a caller wants of one model.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Token ids, at least one, fewer than the model's `max_model_len`.
    pub prompt: Vec<u32>,
    /// Longest answer in tokens; `None` takes what `max_model_len` leaves, and more than that is cut to it.
    pub max_tokens: Option<usize>,
    pub sampling: Sampling,
    /// Same seed, same answer, whatever shares the batch; `None` draws one.
    pub seed: Option<u64>,
    /// What the answer is held to.
    pub grammar: Option<Arc<GrammarSpec>>,
    /// What the model may write before the answer that the grammar holds.
    pub reasoning: Option<Reasoning>,
    /// Tokens that end the answer besides the model's own; like those they are not part of it.
    pub stop_tokens: Vec<u32>,
    /// Tokens of the answer before it may end; a grammar's end comes all the same. Default 0.
    pub min_tokens: usize,
    /// Takes the model's own ends for tokens like others, so that only `max_tokens` and `stop_tokens` end an answer. An answer
    /// with a grammar ends when it is complete, whatever is said here.
    pub ignore_eos: bool,
    /// How many of the most probable tokens to tell with each token of the answer, besides its own probability; `None`, the
    /// default, tells nothing.
    pub logprobs: Option<usize>,
    /// Who asks. Clients have equal shares of what is computed, whatever each of them asks for; requests that name none are
    /// one client's.
    pub client: Option<Arc<str>>,
    /// Is told how long the grammar takes.
    pub observer: Option<Arc<dyn GrammarObserver>>,
}
