use std::sync::atomic::{AtomicU64, Ordering};

/// What has happened to models of one name, over all the times that one was loaded.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) prompt_tokens: AtomicU64,
    pub(crate) cached_tokens: AtomicU64,
    pub(crate) answer_tokens: AtomicU64,
    pub(crate) pushed_back: AtomicU64,
    pub(crate) evicted_pages: AtomicU64,
}

/// What models of one name have done since the engine began, over all the times that one was loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModelTotals {
    /// Tokens of all prompts, and how many of them had been computed for an earlier request.
    pub prompt_tokens: u64,
    pub cached_tokens: u64,
    pub answer_tokens: u64,
    /// How often a request was pushed back because pages ran out.
    pub pushed_back: u64,
    /// Pages that were given up while their content was still of use.
    pub evicted_pages: u64,
}

impl Counters {
    pub(crate) fn totals(&self) -> ModelTotals {
        let [prompt_tokens, cached_tokens, answer_tokens, pushed_back, evicted_pages] = [
            &self.prompt_tokens,
            &self.cached_tokens,
            &self.answer_tokens,
            &self.pushed_back,
            &self.evicted_pages,
        ]
        .map(|counter| counter.load(Ordering::Relaxed));
        ModelTotals { prompt_tokens, cached_tokens, answer_tokens, pushed_back, evicted_pages }
    }
}
