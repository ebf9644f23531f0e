use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use conduit_backend::Backend;

use crate::counters::Counters;
use crate::hold::Holds;
use crate::memory::{ModelKey, PageUse};
use crate::{ModelSpec, ModelTotals, Retention, Vocabulary};

/// The least and the most that a client is told to wait before it asks again.
const RETRY_SECONDS: std::ops::RangeInclusive<u64> = 1..=60;

/// What both sides of the engine's thread know of a model.
pub(crate) struct ModelHandle {
    pub(crate) id: String,
    pub(crate) key: ModelKey,
    pub(crate) max_model_len: usize,
    pub(crate) max_concurrency: usize,
    pub(crate) vocab_size: usize,
    pub(crate) hidden_size: usize,
    /// Whether it answers; otherwise it only embeds.
    pub(crate) has_logits: bool,
    pub(crate) weight_bytes: u64,
    pub(crate) is_pinned: bool,
    pub(crate) vocabulary: Arc<Vocabulary>,
    /// Requests that hold no pages, and the tokens of their prompts.
    pub(crate) waiting: AtomicUsize,
    pub(crate) waiting_tokens: AtomicUsize,
    /// Requests that hold pages.
    pub(crate) running: AtomicUsize,
    /// Takes no more requests, because it is about to be unloaded.
    pub(crate) is_closing: AtomicBool,
    /// Keep it loaded though nobody asks it for anything yet.
    pub(crate) holds: Holds,
    pub(crate) counters: Arc<Counters>,
    /// A running mean.
    answer_millis: AtomicU64,
    extents: AtomicUsize,
    pages_in_use: AtomicUsize,
    pages_kept: AtomicUsize,
    /// Evicted pages that have been counted.
    counted_evictions: AtomicU64,
}

/// What a model has to do, and what it has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelStatus {
    pub id: String,
    /// Whether it takes no more requests, because it is about to be unloaded.
    pub is_closing: bool,
    pub is_pinned: bool,
    /// Requests that wait for a place or for pages, and the tokens of their prompts.
    pub waiting: usize,
    pub waiting_tokens: usize,
    /// Requests that hold pages.
    pub running: usize,
    pub weight_bytes: u64,
    /// Extents of its KV cache, of 32 MiB each.
    pub extents: usize,
    /// Pages of 16 tokens that requests hold, and those that are kept for their content only.
    pub pages_in_use: usize,
    pub pages_kept: usize,
    pub totals: ModelTotals,
}

impl ModelHandle {
    pub(crate) fn new<B: Backend>(spec: &ModelSpec<B>, key: ModelKey, counters: Arc<Counters>) -> Self {
        Self {
            id: spec.id.clone(),
            key,
            max_model_len: spec.max_model_len,
            max_concurrency: spec.max_model_concurrency,
            vocab_size: spec.model.vocab_size(),
            hidden_size: spec.model.hidden_size(),
            has_logits: spec.model.has_logits(),
            weight_bytes: spec.model.weight_bytes(),
            is_pinned: spec.retention == Retention::Pinned,
            vocabulary: Arc::clone(&spec.vocabulary),
            waiting: AtomicUsize::new(0),
            waiting_tokens: AtomicUsize::new(0),
            running: AtomicUsize::new(0),
            is_closing: AtomicBool::new(false),
            holds: Holds::default(),
            counters,
            answer_millis: AtomicU64::new(0),
            extents: AtomicUsize::new(0),
            pages_in_use: AtomicUsize::new(0),
            pages_kept: AtomicUsize::new(0),
            counted_evictions: AtomicU64::new(0),
        }
    }

    /// A request with such a prompt waits no more.
    pub(crate) fn stop_waiting(&self, prompt_tokens: usize) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        self.waiting_tokens.fetch_sub(prompt_tokens, Ordering::Relaxed);
    }

    pub(crate) fn status(&self) -> ModelStatus {
        let [waiting, waiting_tokens, running, extents, pages_in_use, pages_kept] = [
            &self.waiting,
            &self.waiting_tokens,
            &self.running,
            &self.extents,
            &self.pages_in_use,
            &self.pages_kept,
        ]
        .map(|counter| counter.load(Ordering::Relaxed));
        ModelStatus {
            id: self.id.clone(),
            is_closing: self.is_closing.load(Ordering::Relaxed),
            is_pinned: self.is_pinned,
            waiting,
            waiting_tokens,
            running,
            weight_bytes: self.weight_bytes,
            extents,
            pages_in_use,
            pages_kept,
            totals: self.counters.totals(),
        }
    }

    pub(crate) fn publish_pages(&self, pages: PageUse) {
        self.extents.store(pages.extents, Ordering::Relaxed);
        self.pages_in_use.store(pages.in_use, Ordering::Relaxed);
        self.pages_kept.store(pages.kept, Ordering::Relaxed);
        let counted = self.counted_evictions.swap(pages.evicted, Ordering::Relaxed);
        self.counters.evicted_pages.fetch_add(pages.evicted.saturating_sub(counted), Ordering::Relaxed);
    }

    /// An answer has ended that took so long to compute.
    pub(crate) fn answered(&self, duration: Duration) {
        let mean = self.answer_millis.load(Ordering::Relaxed);
        let next = (mean * 7 + duration.as_millis() as u64).div_ceil(8);
        self.answer_millis.store(next, Ordering::Relaxed);
    }

    /// About how long it takes until half of those that wait have a place.
    pub(crate) fn retry_after_seconds(&self) -> u64 {
        let rounds = self.waiting.load(Ordering::Relaxed) / 2 / self.max_concurrency;
        let millis = self.answer_millis.load(Ordering::Relaxed) * rounds as u64;
        millis.div_ceil(1_000).clamp(*RETRY_SECONDS.start(), *RETRY_SECONDS.end())
    }
}
