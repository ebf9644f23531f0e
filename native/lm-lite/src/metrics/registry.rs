use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use metrics::{describe_counter, describe_gauge, describe_histogram, with_local_recorder};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusRecorder};

use super::ModelMetrics;
use super::model_metrics::{
    END_TO_END, FORCED_TOKENS, GENERATED_TOKENS, GRAMMAR_COMPILE, GRAMMAR_MASK, INTER_TOKEN, PROMPT_TOKENS,
    QUEUE, REQUESTS, TIME_TO_FIRST_TOKEN,
};
use crate::models::{ENGINE_GAUGES, ENGINE_SUMS};

/// Seconds up to which a bucket counts, for what takes from a millisecond to minutes.
const SHORT_SECONDS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5];
const LONG_SECONDS: [f64; 14] =
    [0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 640.0];

/// The same from microseconds on.
const TINY_SECONDS: [f64; 14] =
    [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

/// Everything that is counted and measured.
pub(crate) struct Metrics {
    recorder: PrometheusRecorder,
    models: Mutex<HashMap<String, Arc<ModelMetrics>>>,
}

impl Metrics {
    /// # Errors
    /// Where the buckets above are none.
    pub(crate) fn new() -> Result<Self, BuildError> {
        let mut builder = PrometheusBuilder::new();
        for (name, buckets) in [
            (TIME_TO_FIRST_TOKEN, &LONG_SECONDS),
            (END_TO_END, &LONG_SECONDS),
            (QUEUE, &LONG_SECONDS),
            (INTER_TOKEN, &SHORT_SECONDS),
            (GRAMMAR_COMPILE, &TINY_SECONDS),
            (GRAMMAR_MASK, &TINY_SECONDS),
        ] {
            builder = builder.set_buckets_for_metric(Matcher::Full(name.to_owned()), buckets)?;
        }
        let recorder = builder.build_recorder();
        with_local_recorder(&recorder, describe);
        Ok(Self { recorder, models: Mutex::default() })
    }

    /// What one model counts.
    pub(crate) fn model(&self, name: &str) -> Arc<ModelMetrics> {
        let mut models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = models.get(name) {
            return Arc::clone(model);
        }
        let model = Arc::new(with_local_recorder(&self.recorder, || ModelMetrics::new(name)));
        models.insert(name.to_owned(), Arc::clone(&model));
        model
    }

    /// All of it as text.
    pub(crate) fn render(&self) -> String {
        self.recorder.handle().render()
    }

    /// Sums up what histograms have been given since; needed from time to time where nobody asks for them.
    pub(crate) fn tidy(&self) {
        self.recorder.handle().run_upkeep();
    }
}

fn describe() {
    describe_counter!(REQUESTS, "Requests that ended, by how.");
    describe_counter!(PROMPT_TOKENS, "Tokens of prompts.");
    describe_counter!(GENERATED_TOKENS, "Tokens that were generated.");
    describe_counter!(FORCED_TOKENS, "Generated tokens that a grammar left no choice in.");
    describe_histogram!(TIME_TO_FIRST_TOKEN, "Seconds from a request to the first token of its answer.");
    describe_histogram!(INTER_TOKEN, "Seconds between two tokens of an answer.");
    describe_histogram!(END_TO_END, "Seconds from a request to the end of its answer.");
    describe_histogram!(QUEUE, "Seconds that a request waited for its place and its pages.");
    describe_histogram!(GRAMMAR_COMPILE, "Seconds that compiling a request's grammar took.");
    describe_histogram!(GRAMMAR_MASK, "Seconds that it took to work out which tokens a grammar allows next.");
    for (name, description) in ENGINE_GAUGES {
        describe_gauge!(name, description);
    }
    for (name, description) in ENGINE_SUMS {
        describe_counter!(name, description);
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use conduit_engine::Usage;

    use super::*;
    use crate::metrics::RequestMetrics;
    use crate::models::EngineMetrics;

    #[test]
    fn what_was_counted_is_told_with_the_name_of_the_model() {
        let metrics = Metrics::new().unwrap();
        let start = Instant::now() - Duration::from_secs(3);
        let mut request = RequestMetrics::begin(metrics.model("a\"b"), start);
        request.start(Duration::from_millis(1));
        request.start(Duration::from_millis(1));
        request.token();
        request.token();
        let usage = Usage { prompt_tokens: 7, completion_tokens: 2, forced_tokens: 1, ..Usage::default() };
        request.end("stop", usage);
        let engine = EngineMetrics { running: 3, kv_pages: 5, held_kv_pages: 2, ..EngineMetrics::default() };
        // The second answer is an older one that comes late.
        for prefix_hit_tokens in [32, 16] {
            metrics.model("a\"b").tell(EngineMetrics { prefix_hit_tokens, ..engine });
        }
        let text = metrics.render();
        for line in [
            "# TYPE lm_lite_requests_total counter",
            "# TYPE lm_lite_time_to_first_token_seconds histogram",
            r#"lm_lite_requests_total{model="a\"b",outcome="stop"} 1"#,
            r#"lm_lite_prompt_tokens_total{model="a\"b"} 7"#,
            r#"lm_lite_generated_tokens_total{model="a\"b"} 2"#,
            r#"lm_lite_forced_tokens_total{model="a\"b"} 1"#,
            r#"lm_lite_time_to_first_token_seconds_bucket{model="a\"b",le="2.5"} 0"#,
            r#"lm_lite_time_to_first_token_seconds_bucket{model="a\"b",le="+Inf"} 1"#,
            r#"lm_lite_inter_token_latency_seconds_count{model="a\"b"} 1"#,
            r#"lm_lite_request_duration_seconds_count{model="a\"b"} 1"#,
            r#"lm_lite_requests_running{model="a\"b"} 3"#,
            r#"lm_lite_requests_waiting{model="a\"b"} 0"#,
            r#"lm_lite_kv_pages{model="a\"b"} 5"#,
            r#"lm_lite_kv_pages_held{model="a\"b"} 2"#,
            "# TYPE lm_lite_prefix_cache_hit_tokens_total counter",
            r#"lm_lite_prefix_cache_hit_tokens_total{model="a\"b"} 32"#,
            r#"lm_lite_request_queue_seconds_count{model="a\"b"} 1"#,
            r#"lm_lite_grammar_mask_seconds_count{model="a\"b"} 0"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }
}
