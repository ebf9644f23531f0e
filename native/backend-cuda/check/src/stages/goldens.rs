use anyhow::Result;
use conduit_backend_cuda::CudaBackend;
use conduit_testkit::golden::Golden;
use conduit_testkit::runner::Runner;

use super::{Context, attempt};
use crate::machine::Machine;
use crate::report::Report;

pub fn run<M: Machine>(context: &Context<M>, report: &mut Report) -> Result<()> {
    // There are no kernels for experts.
    let mut goldens = Golden::in_folder(&context.goldens);
    goldens.retain(|golden| golden.architecture().mixture.is_none());
    for golden in goldens {
        for deterministic in [false, true] {
            let mode = if deterministic { " deterministic" } else { "" };
            let name = format!("{}{mode}", golden.name);
            attempt(&name, report, |report| {
                let backend = context.machine.backend(deterministic)?;
                let mut runner = golden.runner(backend, golden.architecture())?;
                check(&golden, &mut runner, &name, deterministic, report);
                Ok(())
            });
        }
    }
    Ok(())
}

fn check<D: conduit_backend_cuda::driver::Driver>(
    golden: &Golden,
    runner: &mut Runner<CudaBackend<D>>,
    name: &str,
    deterministic: bool,
    report: &mut Report,
) {
    let tokens = &golden.input_ids;
    let mut sequence = runner.sequence();
    let whole = runner.logits(&mut [(&mut sequence, tokens)]);
    report.at_most(format!("{name}: logits"), golden.difference(&whole), golden.tolerance());

    for chunk in [1, 7, 33] {
        let mut sequence = runner.sequence();
        let mut logits = Vec::new();
        for part in tokens.chunks(chunk) {
            logits.extend(runner.logits(&mut [(&mut sequence, part)]));
        }
        report.at_most(format!("{name}: chunks of {chunk}"), golden.difference(&logits), golden.tolerance());
        if deterministic {
            report.equal(format!("{name}: chunks of {chunk}, bits"), logits == whole, true);
        }
    }

    // Beside others, and at another place in the step.
    let mut sequences = [runner.sequence(), runner.sequence(), runner.sequence()];
    let [first, second, third] = &mut sequences;
    let batch = runner.logits(&mut [(first, &tokens[..5]), (second, tokens), (third, &tokens[2..19])]);
    let second = &batch[5..5 + tokens.len()];
    report.at_most(format!("{name}: in a batch"), golden.difference(second), golden.tolerance());
    if deterministic {
        report.equal(format!("{name}: in a batch, bits"), *second == whole[..], true);
    }

    if golden.is_f32 {
        let prompts: Vec<_> = golden.greedy.iter().map(|greedy| &tokens[..greedy.prompt_length]).collect();
        let longest = golden.greedy.iter().map(|greedy| greedy.tokens.len()).max().unwrap_or(0);
        let continuations = runner.greedy(&prompts, longest);
        let pairs = golden.greedy.iter().zip(continuations);
        let right = pairs.filter(|(greedy, tokens)| tokens[..greedy.tokens.len()] == greedy.tokens).count();
        report.equal(format!("{name}: greedy answers"), right, prompts.len());
    }
}
