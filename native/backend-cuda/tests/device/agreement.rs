use std::time::Duration;

use conduit_backend::{Backend, DType, RowSampling};
use conduit_backend_cpu::{CpuBackend, CpuOptions};
use conduit_backend_cuda::CudaBackend;
use conduit_backend_cuda::driver::host::{HostDriver, HostOptions};
use conduit_testkit::model::Family;
use conduit_testkit::runner::Runner;

use crate::tiny::{BUCKET, cuda, open, write};

/// The same model on both backends.
fn runners(family: Family, dtype: DType) -> (Runner<CpuBackend>, Runner<CudaBackend<HostDriver>>) {
    let folder = write(family, dtype, family != Family::Llama);
    let cpu = CpuBackend::new(CpuOptions::exact()).unwrap();
    // What does not wait for a copy that it needs is found out.
    let options = HostOptions { copy_delay: Duration::from_millis(1), ..HostOptions::default() };
    let cpu = Runner::new(cpu, 16, BUCKET, |backend| open(backend, folder.path())).unwrap();
    (cpu, Runner::new(cuda(&options), 16, BUCKET, |backend| open(backend, folder.path())).unwrap())
}

fn tokens(seed: u32, count: u32) -> Vec<u32> {
    (0..count).map(|index| (seed + index) * (index + 7) * 2_654_435 % 250).collect()
}

/// Logits of two prompts in one step, then of one token more of each.
fn logits<B: Backend>(runner: &mut Runner<B>) -> Vec<Vec<f32>> {
    let (mut first, mut second) = (runner.sequence(), runner.sequence());
    let (long, short) = (tokens(3, 27), tokens(5, 3));
    let mut logits = runner.logits(&mut [(&mut first, &long), (&mut second, &short)]);
    logits.extend(runner.logits(&mut [(&mut first, &[9]), (&mut second, &[8])]));
    logits
}

/// Relative difference of all positions together.
fn difference(actual: &[f32], expected: &[f32]) -> f64 {
    assert_eq!(actual.len(), expected.len());
    let square = |pairs: f64, (a, e): (&f32, &f32)| pairs + f64::from(a - e).powi(2);
    let norm = expected.iter().map(|e| f64::from(*e).powi(2)).sum::<f64>();
    (actual.iter().zip(expected).fold(0.0, square) / norm).sqrt()
}

#[test]
fn logits_are_those_of_the_cpu_backend() {
    for (family, dtype, tolerance) in [
        (Family::Qwen3, DType::F32, 1e-4),
        (Family::Qwen2, DType::F16, 1e-2),
        (Family::Llama, DType::BF16, 1e-2),
    ] {
        let (mut cpu, mut cuda) = runners(family, dtype);
        let (expected, actual) = (logits(&mut cpu), logits(&mut cuda));
        let difference = difference(&actual.concat(), &expected.concat());
        assert!(difference <= tolerance, "{family:?} {dtype:?}: {difference:.1e}");
    }
}

#[test]
fn tokens_are_those_of_the_cpu_backend_in_f32() {
    let (mut cpu, mut cuda) = runners(Family::Mistral, DType::F32);
    let prompts = [tokens(1, 9), tokens(2, 1), tokens(3, 14)];
    let prompts: Vec<_> = prompts.iter().map(Vec::as_slice).collect();
    assert_eq!(cuda.greedy(&prompts, 8), cpu.greedy(&prompts, 8));
    let warm = |row: usize, position: usize| RowSampling {
        temperature: 1.0,
        top_k: if row == 0 { 40 } else { 0 },
        top_p: if row == 1 { 0.9 } else { 1.0 },
        min_p: if row == 2 { 0.01 } else { 0.0 },
        seed: 11 + row as u64,
        position: position as u64,
        return_logits: false,
    };
    assert_eq!(cuda.continuations(&prompts, 8, warm), cpu.continuations(&prompts, 8, warm));
}
