/// What an engine says of one model: how much there is at the moment, and how much there has been over all the times that it
/// was loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct EngineMetrics {
    /// Requests that hold pages.
    pub(crate) running: usize,
    /// Requests that wait for a place or for pages.
    pub(crate) waiting: usize,
    /// Pages that requests and the prefix cache hold.
    pub(crate) kv_pages: usize,
    /// Those of them that requests hold.
    pub(crate) held_kv_pages: usize,
    /// Tokens of prompts that the prefix cache was asked for, and those that it had.
    pub(crate) prefix_tokens: u64,
    pub(crate) prefix_hit_tokens: u64,
    /// Pages that the prefix cache gave up for others.
    pub(crate) evicted_pages: u64,
    /// Requests that were pushed back for want of pages.
    pub(crate) preemptions: u64,
}

/// How much there is at the moment: names and descriptions, in the order of [`EngineMetrics::gauges`].
pub(crate) const ENGINE_GAUGES: [(&str, &str); 4] = [
    ("lm_lite_requests_running", "Requests that are being answered."),
    ("lm_lite_requests_waiting", "Requests that wait for a place."),
    ("lm_lite_kv_pages", "Pages of the KV cache in use."),
    ("lm_lite_kv_pages_held", "Pages of the KV cache that requests hold."),
];

/// How much there has been: names and descriptions, in the order of [`EngineMetrics::sums`].
pub(crate) const ENGINE_SUMS: [(&str, &str); 4] = [
    ("lm_lite_prefix_cache_queried_tokens_total", "Tokens of prompts that the prefix cache was asked for."),
    ("lm_lite_prefix_cache_hit_tokens_total", "Tokens of prompts that the prefix cache had."),
    ("lm_lite_evicted_pages_total", "Pages that the prefix cache gave up."),
    ("lm_lite_preemptions_total", "Requests that were pushed back for want of pages."),
];

impl EngineMetrics {
    pub(crate) fn gauges(&self) -> [f64; ENGINE_GAUGES.len()] {
        [self.running, self.waiting, self.kv_pages, self.held_kv_pages].map(|number| number as f64)
    }

    pub(crate) const fn sums(&self) -> [u64; ENGINE_SUMS.len()] {
        [self.prefix_tokens, self.prefix_hit_tokens, self.evicted_pages, self.preemptions]
    }
}
