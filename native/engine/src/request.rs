use crate::{GrammarSpec, Sampling};

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
    pub grammar: Option<GrammarSpec>,
    /// Tokens that end the answer besides the model's own; like those they are not part of it.
    pub stop_tokens: Vec<u32>,
}
