mod attention;
mod copy;
mod linear;
mod model;

use std::time::Instant;

use anyhow::Result;
use conduit_cuda_kernels::Launch;

use super::{Context, attempt};
use crate::device::Device;
use crate::machine::Machine;
use crate::report::Report;

/// How long a kernel is run for, in seconds.
const SECONDS: f64 = 0.2;

pub fn run<M: Machine>(context: &Context<M>, report: &mut Report) -> Result<()> {
    if !context.machine.is_gpu() {
        report.fact("numbers", "are taken on a GPU alone");
    }
    let device = Device::new(context.machine.driver()?)?;
    let copied = if context.machine.is_gpu() { copy::bytes_per_second(&device)? } else { f64::NAN };
    report.number("copy within the device, read and written", copied / 1e9, "GB/s");
    attempt("linear", report, |report| linear::run(context, &device, copied, report));
    attempt("attention", report, |report| attention::run(context, &device, copied, report));
    drop(device);
    attempt("model", report, |report| model::run(context, copied, report));
    Ok(())
}

/// Seconds that launches take, one set of them after the other; each set should touch other memory than the last, so that
/// the cache of the device does not help.
///
/// # Safety
/// The addresses in their parameters are mapped.
unsafe fn time<D: conduit_backend_cuda::driver::Driver>(
    device: &Device<D>,
    sets: &[Vec<Launch>],
    is_timed: bool,
) -> Result<f64> {
    let round = || {
        for set in sets {
            // SAFETY: the caller's.
            unsafe { device.launch(set) }?;
        }
        device.finish()
    };
    let first = Instant::now();
    round()?;
    if !is_timed {
        return Ok(first.elapsed().as_secs_f64() / sets.len() as f64);
    }
    let start = Instant::now();
    let mut rounds = 0;
    while rounds < 3 || start.elapsed().as_secs_f64() < SECONDS {
        round()?;
        rounds += 1;
    }
    Ok(start.elapsed().as_secs_f64() / (rounds * sets.len()) as f64)
}
