use std::path::Path;

use anyhow::{Context as _, Result};
use conduit_backend::{Backend, Bucket, EXTENT_BYTES};
use conduit_backend_cpu::{CpuBackend, CpuOptions};
use conduit_testkit::runner::Runner;

use super::Context;
use crate::machine::Machine;
use crate::models;
use crate::random::Random;
use crate::report::Report;

const PROMPTS: [usize; 4] = [1, 17, 64, 150];
const ANSWER_TOKENS: usize = 40;
const BUCKET: Bucket = Bucket { max_tokens: 512, max_rows: 512 };

/// What the GPU chose and computed, for one mode.
struct Answers {
    mode: &'static str,
    /// Tokens of the prompts and the answers.
    sequences: Vec<Vec<u32>>,
    /// Logits of every token of them, computed in one step.
    logits: Vec<Vec<f32>>,
}

pub fn run<M: Machine>(context: &Context<M>, report: &mut Report) -> Result<()> {
    let folder = context.models.join("random");
    models::write(&context.machine.model(), &folder)?;
    let mut all = Vec::new();
    for deterministic in [false, true] {
        let backend = context.machine.backend(deterministic)?;
        let mode = if deterministic { "deterministic" } else { "normal" };
        let mut runner = runner(backend, &folder)?;
        all.push(answer(&mut runner, mode));
    }
    // The oracle sees what the GPU has chosen, token by token.
    let mut cpu = runner(CpuBackend::new(CpuOptions::exact())?, &folder)?;
    for answers in all {
        compare(&answers, &mut cpu, report);
    }
    Ok(())
}

fn runner<B: Backend>(backend: B, folder: &Path) -> Result<Runner<B>> {
    let bytes = std::fs::metadata(folder.join("model.safetensors")).context("the weights")?.len();
    let extents = bytes as usize / EXTENT_BYTES + 24;
    Ok(Runner::new(backend, extents, BUCKET, |backend: &B| models::load(backend, folder))?)
}

fn answer<B: Backend>(runner: &mut Runner<B>, mode: &'static str) -> Answers {
    let mut random = Random(1);
    // Of the bytes that every tokenizer begins with.
    let prompts: Vec<_> = PROMPTS.iter().map(|count| random.tokens(*count, 256)).collect();
    let slices: Vec<_> = prompts.iter().map(Vec::as_slice).collect();
    let answers = runner.greedy(&slices, ANSWER_TOKENS);
    let sequences: Vec<_> =
        prompts.into_iter().zip(answers).map(|(prompt, answer)| [prompt, answer].concat()).collect();
    let logits = logits(runner, &sequences);
    Answers { mode, sequences, logits }
}

/// Logits of every token of the sequences, in one step.
fn logits<B: Backend>(runner: &mut Runner<B>, sequences: &[Vec<u32>]) -> Vec<Vec<f32>> {
    let mut caches: Vec<_> = sequences.iter().map(|_| runner.sequence()).collect();
    let mut parts: Vec<_> = caches.iter_mut().zip(sequences.iter().map(Vec::as_slice)).collect();
    runner.logits(&mut parts)
}

fn compare(answers: &Answers, cpu: &mut Runner<CpuBackend>, report: &mut Report) {
    let Answers { mode, sequences, logits: found } = answers;
    let expected = logits(cpu, sequences);
    let differences = found.iter().zip(&expected).map(|(found, expected)| relative(found, expected));
    let worst = differences.fold(0.0, |worst: f64, next| if next <= worst { worst } else { next });
    report.at_most(format!("{mode}: logits against the CPU"), worst, 2e-2);

    let (mut first, mut worst, mut same, mut all) = (0, 0.0f64, 0, 0);
    for (prompt_length, tokens) in PROMPTS.iter().zip(sequences) {
        for position in *prompt_length..tokens.len() {
            let row = &expected[first + position - 1];
            let best = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let regret = f64::from(best - row[tokens[position] as usize]);
            worst = if regret <= worst { worst } else { regret };
            same += usize::from(regret == 0.0);
            all += 1;
        }
        first += tokens.len();
    }
    report.at_most(format!("{mode}: regret of greedy choices in nat"), worst, 0.2);
    report.fact(format!("{mode}: choices as the CPU's"), format!("{same} of {all}"));
}

fn relative(found: &[f32], expected: &[f32]) -> f64 {
    let squares = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>();
    let difference =
        squares(&mut found.iter().zip(expected).map(|(found, expected)| f64::from(found - expected)));
    (difference / squares(&mut expected.iter().map(|value| f64::from(*value)))).sqrt()
}
