/// What an engine says of one model; `None` where it does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct EngineMetrics {
    /// Requests that hold pages.
    pub(crate) running: usize,
    /// Requests that wait for a place or for pages.
    pub(crate) waiting: usize,
    /// Pages that requests and the prefix cache hold.
    pub(crate) kv_pages: Option<u64>,
    /// Tokens of prompts that the prefix cache was asked for, and those that it had, since the start.
    pub(crate) prefix_tokens: Option<u64>,
    pub(crate) prefix_hit_tokens: Option<u64>,
    /// Pages that the prefix cache gave up for others, since the start.
    pub(crate) evicted_pages: Option<u64>,
    /// Requests that were pushed back for want of pages, since the start.
    pub(crate) preemptions: Option<u64>,
    /// Time spent on grammars' masks, since the start.
    pub(crate) grammar_seconds: Option<f64>,
}

impl EngineMetrics {
    /// Names, descriptions and values, as gauges: the engine keeps the sums itself.
    pub(crate) fn gauges(&self) -> [(&'static str, &'static str, Option<f64>); 8] {
        let count = |value: Option<u64>| value.map(|value| value as f64);
        [
            ("lm_lite_requests_running", "Requests that are being answered.", Some(self.running as f64)),
            ("lm_lite_requests_waiting", "Requests that wait for a place.", Some(self.waiting as f64)),
            ("lm_lite_kv_pages", "Pages of the KV cache in use.", count(self.kv_pages)),
            (
                "lm_lite_prefix_cache_queried_tokens",
                "Tokens of prompts that the prefix cache was asked for since the start.",
                count(self.prefix_tokens),
            ),
            (
                "lm_lite_prefix_cache_hit_tokens",
                "Tokens of prompts that the prefix cache had since the start.",
                count(self.prefix_hit_tokens),
            ),
            (
                "lm_lite_evicted_pages",
                "Pages that the prefix cache gave up since the start.",
                count(self.evicted_pages),
            ),
            (
                "lm_lite_preemptions",
                "Requests that were pushed back for want of pages since the start.",
                count(self.preemptions),
            ),
            ("lm_lite_grammar_seconds", "Time spent on grammars since the start.", self.grammar_seconds),
        ]
    }
}
