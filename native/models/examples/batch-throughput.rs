//! What the CPU kernels alone reach at a constant batch: the plans that the engine records, without scheduler, grammar, text
//! and HTTP.
//!
//! `batch-throughput <model folder> [threads] [quantization]`
//!
//! Reads lines `{"batch": 8, "prompt_tokens": 64, "answer_tokens": 64}` and answers each with a line
//! `{"seconds": f64, "prompt_seconds": f64}`: all prompts, as many at once as the engine lets into a step, then greedy steps
//! of the whole batch, each enqueued before the last is collected. A prompt's end gives the first token of its answer.

use std::collections::HashMap;
use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::time::Instant;

use conduit_backend::{
    BLOCK_TOKENS, Backend, Bucket, Budget, EXTENT_BYTES, KV_ADDRESS_UNIT, KvAddress, Masks, Model,
    RowSampling, SequenceInput, StepInputs, TokenSource,
};
use conduit_backend_cpu::{CpuBackend, CpuOptions, CpuPlan, CpuStep};
use conduit_models::{ByteProgress, Decoder, LoadOptions, load};
use serde_json::{Value, json};

/// Tokens of prompts in one step: the engine's default.
const STEP_TOKENS: usize = 256;
const LONGEST: usize = 1024;
/// Address space; what is not touched takes no memory.
const EXTENTS: usize = 512;

struct Kernels {
    backend: CpuBackend,
    model: Decoder<CpuBackend>,
    /// By the size of the batch: for steps of the batch alone, and for those with prompts.
    plans: HashMap<usize, [CpuPlan; 2]>,
}

impl Kernels {
    fn record(&mut self, batch: usize) {
        let record = |max_tokens| {
            let bucket = Bucket { max_tokens, max_rows: batch };
            self.backend.record(&self.model, bucket).expect("a plan")
        };
        self.plans.entry(batch).or_insert_with(|| [record(batch), record(STEP_TOKENS + batch)]);
    }

    /// Enqueues the last `count` tokens of the contexts of `context_len` tokens of some sequences.
    fn enqueue(
        &self,
        plan: &CpuPlan,
        (sequences, count, context_len): (std::ops::Range<usize>, usize, usize),
        source: impl Fn(usize, usize) -> TokenSource,
    ) -> CpuStep {
        let block_bytes = self.model.kv_groups()[0].block_bytes();
        let mut inputs = StepInputs::default();
        let blocks = context_len.div_ceil(BLOCK_TOKENS);
        let rows = sequences.len();
        for sequence in sequences {
            let start = inputs.tokens.len();
            let positions = context_len - count..context_len;
            inputs.tokens.extend(positions.clone().map(|position| source(sequence, position)));
            inputs.positions.extend(positions.map(|position| position as u32));
            inputs.logit_tokens.push((start + count - 1) as u32);
            let tables = inputs.block_tables.len();
            let address = |block: usize| {
                let block = sequence * (LONGEST / BLOCK_TOKENS) + block;
                KvAddress((block * block_bytes / KV_ADDRESS_UNIT) as u32)
            };
            inputs.block_tables.extend((0..blocks).map(address));
            inputs.sequences.push(SequenceInput {
                tokens: start..start + count,
                context_len,
                blocks: std::iter::once(tables..tables + blocks).collect(),
            });
        }
        let mut step = self.backend.forward(plan, &inputs).expect("a valid step");
        let sampling = vec![RowSampling::GREEDY; rows];
        self.backend.sample(&mut step, &sampling, Masks::none(rows)).expect("valid rows");
        step
    }

    /// Seconds for everything, and for the prompts.
    fn run(&mut self, batch: usize, prompt_tokens: usize, answer_tokens: usize) -> (f64, f64) {
        self.record(batch);
        let [decode, mixed] = &self.plans[&batch];
        let start = Instant::now();
        let mut first = Vec::new();
        let at_once = (STEP_TOKENS / prompt_tokens).max(1);
        for begin in (0..batch).step_by(at_once) {
            let sequences = begin..batch.min(begin + at_once);
            let step =
                self.enqueue(mixed, (sequences, prompt_tokens, prompt_tokens), |sequence, position| {
                    TokenSource::Id((1000 + 97 * sequence + 13 * position) as u32)
                });
            let outputs = self.backend.collect(step).expect("a step");
            first.extend(outputs.rows.iter().map(|row| row.token));
        }
        let prompt_seconds = start.elapsed().as_secs_f64();
        let mut last: Option<CpuStep> = None;
        for context_len in prompt_tokens + 1..prompt_tokens + answer_tokens {
            let is_first = last.is_none();
            let next = self.enqueue(decode, (0..batch, 1, context_len), |row, _| {
                if is_first { TokenSource::Id(first[row]) } else { TokenSource::Previous(row as u32) }
            });
            if let Some(step) = last.replace(next) {
                self.backend.collect(step).expect("a step");
            }
        }
        if let Some(step) = last {
            self.backend.collect(step).expect("a step");
        }
        (start.elapsed().as_secs_f64(), prompt_seconds)
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().map(PathBuf::from).expect("a model's folder");
    let threads = arguments.next().map(|threads| threads.parse().expect("a number of threads"));
    let quantization = arguments.next().map(|name| name.parse().expect("a quantization"));
    let backend = CpuBackend::new(CpuOptions { threads, ..CpuOptions::default() }).expect("a backend");
    let budget = Budget { bytes: (EXTENTS * EXTENT_BYTES) as u64 };
    let memory = backend.memory(budget).expect("address space");
    let options = LoadOptions { max_model_len: LONGEST, quantization };
    let model = load(&backend, &folder, options, &ByteProgress::default()).expect("a model");
    for _ in 0..memory.free_extents() {
        memory.map().expect("an extent of the budget");
    }
    let mut kernels = Kernels { backend, model, plans: HashMap::new() };
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let task: Value = serde_json::from_str(&line.expect("lines of text")).expect("a task");
        let number = |name: &str| task[name].as_u64().expect("a number") as usize;
        let (batch, prompt, answer) = (number("batch"), number("prompt_tokens"), number("answer_tokens"));
        assert!((1..=STEP_TOKENS).contains(&prompt) && answer > 0 && prompt + answer <= LONGEST);
        let (seconds, prompt_seconds) = kernels.run(batch, prompt, answer);
        writeln!(output, "{}", json!({ "seconds": seconds, "prompt_seconds": prompt_seconds }))
            .expect("a reader");
    }
}
