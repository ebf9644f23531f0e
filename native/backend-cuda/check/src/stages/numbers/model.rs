use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result};
use conduit_backend::{Backend, Bucket, EXTENT_BYTES};
use conduit_testkit::runner::Runner;

use crate::machine::Machine;
use crate::models;
use crate::random::Random;
use crate::report::Report;
use crate::stages::Context;

/// Tokens that are generated for each sequence while the time runs.
const ANSWER_TOKENS: usize = 128;

pub fn run<M: Machine>(context: &Context<M>, copied: f64, report: &mut Report) -> Result<()> {
    let folder = context.models.join("random");
    models::write(&context.machine.model(), &folder)?;
    let is_timed = context.machine.is_gpu();
    let weight_bytes = std::fs::metadata(folder.join("model.safetensors")).context("the weights")?.len();
    let answer = if is_timed { ANSWER_TOKENS } else { 4 };
    for batch in [1, 8, 32] {
        let seconds = decode(context.machine.backend(false)?, &folder, batch, answer)?;
        let steps = answer as f64 / seconds;
        report.number(format!("decode of {batch}"), steps * batch as f64, "tok/s");
        report.number(format!("decode of {batch}: weights"), steps * weight_bytes as f64 / 1e9, "GB/s");
        report.number(format!("decode of {batch}: of the copy"), steps * weight_bytes as f64 / copied, "x");
    }
    for tokens in if is_timed { [512, 2048] } else { [16, 64] } {
        let seconds = prefill(context.machine.backend(false)?, &folder, tokens)?;
        report.number(format!("prefill of {tokens}"), tokens as f64 / seconds, "tok/s");
    }
    Ok(())
}

fn runner<B: Backend>(backend: B, folder: &Path, bucket: Bucket) -> Result<Runner<B>> {
    let bytes = std::fs::metadata(folder.join("model.safetensors")).context("the weights")?.len();
    let extents = bytes as usize / EXTENT_BYTES + 200;
    Ok(Runner::new(backend, extents, bucket, |backend: &B| models::load(backend, folder))?)
}

/// Seconds that the answers take, prompts and a first round for warmth not included.
fn decode<B: Backend>(backend: B, folder: &Path, batch: usize, answer: usize) -> Result<f64> {
    let mut runner = runner(backend, folder, Bucket { max_tokens: batch, max_rows: batch })?;
    let prompts: Vec<_> = (0..batch).map(|seed| Random(seed as u64).tokens(1, 256)).collect();
    let prompts: Vec<_> = prompts.iter().map(Vec::as_slice).collect();
    runner.greedy(&prompts, answer);
    let start = Instant::now();
    runner.greedy(&prompts, answer);
    Ok(start.elapsed().as_secs_f64())
}

/// Seconds of a prompt, the best of some.
fn prefill<B: Backend>(backend: B, folder: &Path, tokens: usize) -> Result<f64> {
    let mut runner = runner(backend, folder, Bucket { max_tokens: tokens, max_rows: 1 })?;
    let prompt = Random(3).tokens(tokens, 256);
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let start = Instant::now();
        runner.greedy(&[&prompt], 1);
        best = best.min(start.elapsed().as_secs_f64());
    }
    Ok(best)
}
