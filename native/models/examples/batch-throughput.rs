//! What the CPU kernels alone reach at a constant batch: the plans that the engine records, without scheduler, grammar, text
//! and HTTP.
//!
//! `batch-throughput <model folder> [threads] [quantization]`
//!
//! Reads lines `{"batch": 8, "prompt_tokens": 64, "answer_tokens": 64}` and answers each with a line
//! `{"seconds": f64, "prompt_seconds": f64, "weight_bytes": u64}`: all prompts, as many at once as the engine lets into a
//! step and longer ones in parts, then greedy steps of the whole batch, each enqueued before the last is collected. A prompt's
//! end gives the first token of its answer. The bytes are those of the weights that a decoding step reads.

use std::collections::HashMap;
use std::io::{self, BufRead, Write};
use std::ops::Range;
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
const LONGEST: usize = 9_216;
/// Address space; what is not touched takes no memory.
const EXTENTS: usize = 512;

struct Job {
    batch: usize,
    prompt_tokens: usize,
    answer_tokens: usize,
}

impl Job {
    /// Of the cache, for each sequence.
    fn sequence_blocks(&self) -> usize {
        (self.prompt_tokens + self.answer_tokens).div_ceil(BLOCK_TOKENS)
    }
}

/// The last `count` tokens of the contexts of `context_len` tokens of some sequences.
struct Part {
    sequences: Range<usize>,
    count: usize,
    context_len: usize,
    has_logits: bool,
}

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

    fn enqueue(
        &self,
        plan: &CpuPlan,
        job: &Job,
        Part { sequences, count, context_len, has_logits }: Part,
        source: impl Fn(usize, usize) -> TokenSource,
    ) -> CpuStep {
        let block_bytes = self.model.kv_groups()[0].block_bytes();
        let mut inputs = StepInputs::default();
        let blocks = context_len.div_ceil(BLOCK_TOKENS);
        let rows = if has_logits { sequences.len() } else { 0 };
        for sequence in sequences {
            let start = inputs.tokens.len();
            let positions = context_len - count..context_len;
            inputs.tokens.extend(positions.clone().map(|position| source(sequence, position)));
            inputs.positions.extend(positions.map(|position| position as u32));
            if has_logits {
                inputs.logit_tokens.push((start + count - 1) as u32);
            }
            let tables = inputs.block_tables.len();
            let address = |block: usize| {
                let block = sequence * job.sequence_blocks() + block;
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

    /// Computes the prompts of some sequences, and gives the first tokens of their answers.
    fn prefill(&self, plan: &CpuPlan, job: &Job, sequences: Range<usize>) -> Vec<u32> {
        let mut context_len = 0;
        loop {
            let count = STEP_TOKENS.min(job.prompt_tokens - context_len);
            context_len += count;
            let has_logits = context_len == job.prompt_tokens;
            let part = Part { sequences: sequences.clone(), count, context_len, has_logits };
            let step = self.enqueue(plan, job, part, |sequence, position| {
                TokenSource::Id(((1000 + 97 * sequence + 13 * position) % self.model.vocab_size()) as u32)
            });
            let outputs = self.backend.collect(step).expect("a step");
            if has_logits {
                return outputs.rows.iter().map(|row| row.token).collect();
            }
        }
    }

    /// Seconds for everything, and for the prompts.
    fn run(&mut self, job: &Job) -> (f64, f64) {
        let batch = job.batch;
        let cache_bytes = batch * job.sequence_blocks() * self.model.kv_groups()[0].block_bytes();
        assert!(cache_bytes <= EXTENTS * EXTENT_BYTES, "a cache of {cache_bytes} bytes is too large");
        self.record(batch);
        let [decode, mixed] = &self.plans[&batch];
        let start = Instant::now();
        let mut first = Vec::new();
        let at_once = (STEP_TOKENS / job.prompt_tokens).max(1);
        for begin in (0..batch).step_by(at_once) {
            first.extend(self.prefill(mixed, job, begin..batch.min(begin + at_once)));
        }
        let prompt_seconds = start.elapsed().as_secs_f64();
        let mut last: Option<CpuStep> = None;
        for context_len in job.prompt_tokens + 1..job.prompt_tokens + job.answer_tokens {
            let is_first = last.is_none();
            let part = Part { sequences: 0..batch, count: 1, context_len, has_logits: true };
            let next = self.enqueue(decode, job, part, |row, _| {
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
    let options = LoadOptions { max_model_len: LONGEST, quantization, kv_dtype: None };
    let model = load(&backend, &folder, options, &ByteProgress::default()).expect("a model");
    for _ in 0..memory.free_extents() {
        memory.map().expect("an extent of the budget");
    }
    let file_bytes = || std::fs::metadata(folder.join("model.safetensors")).expect("the weights").len();
    let weight_bytes = if quantization.is_some() { model.weight_bytes() } else { file_bytes() };
    let mut kernels = Kernels { backend, model, plans: HashMap::new() };
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let task: Value = serde_json::from_str(&line.expect("lines of text")).expect("a task");
        let number = |name: &str| task[name].as_u64().expect("a number") as usize;
        let job = Job {
            batch: number("batch"),
            prompt_tokens: number("prompt_tokens"),
            answer_tokens: number("answer_tokens"),
        };
        assert!(job.prompt_tokens > 0 && job.answer_tokens > 0);
        assert!(job.prompt_tokens + job.answer_tokens <= LONGEST);
        let (seconds, prompt_seconds) = kernels.run(&job);
        let times =
            json!({ "seconds": seconds, "prompt_seconds": prompt_seconds, "weight_bytes": weight_bytes });
        writeln!(output, "{times}").expect("a reader");
    }
}
