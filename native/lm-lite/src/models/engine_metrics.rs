/// What an engine says of one model.
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
    /// Tokens of prompts that the prefix cache was asked for, and those that it had, since the model was loaded.
    pub(crate) prefix_tokens: u64,
    pub(crate) prefix_hit_tokens: u64,
    /// Pages that the prefix cache gave up for others, since the model was loaded.
    pub(crate) evicted_pages: u64,
    /// Requests that were pushed back for want of pages, since the model was loaded.
    pub(crate) preemptions: u64,
}

impl EngineMetrics {
    /// Names, descriptions and values, as gauges: the engine keeps the sums itself.
    pub(crate) fn gauges(&self) -> [(&'static str, &'static str, f64); 8] {
        [
            ("lm_lite_requests_running", "Requests that are being answered.", self.running as f64),
            ("lm_lite_requests_waiting", "Requests that wait for a place.", self.waiting as f64),
            ("lm_lite_kv_pages", "Pages of the KV cache in use.", self.kv_pages as f64),
            ("lm_lite_kv_pages_held", "Pages of the KV cache that requests hold.", self.held_kv_pages as f64),
            (
                "lm_lite_prefix_cache_queried_tokens",
                "Tokens of prompts that the prefix cache was asked for since the model was loaded.",
                self.prefix_tokens as f64,
            ),
            (
                "lm_lite_prefix_cache_hit_tokens",
                "Tokens of prompts that the prefix cache had since the model was loaded.",
                self.prefix_hit_tokens as f64,
            ),
            (
                "lm_lite_evicted_pages",
                "Pages that the prefix cache gave up since the model was loaded.",
                self.evicted_pages as f64,
            ),
            (
                "lm_lite_preemptions",
                "Requests that were pushed back for want of pages since the model was loaded.",
                self.preemptions as f64,
            ),
        ]
    }
}
