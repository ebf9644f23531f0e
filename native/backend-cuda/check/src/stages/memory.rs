use std::sync::Arc;

use anyhow::{Result, ensure};
use conduit_backend::{Backend, Budget, EXTENT_BYTES, Memory, Model};
use conduit_backend_cuda::CudaBackend;
use conduit_backend_cuda::driver::Driver;

use super::Context;
use crate::machine::Machine;
use crate::models;
use crate::report::Report;

/// How often a model is loaded and given back.
const ROUNDS: usize = 3;

pub fn run<M: Machine>(context: &Context<M>, report: &mut Report) -> Result<()> {
    let folder = context.models.join("random");
    models::write(&context.machine.model(), &folder)?;
    let backend = context.machine.backend(false)?;
    let weights = std::fs::metadata(folder.join("model.safetensors"))?.len();
    // Room for one model and half of another one.
    let extents = (weights * 3 / 2).div_ceil(EXTENT_BYTES as u64) + 4;
    let memory = backend.memory(Budget { bytes: extents * EXTENT_BYTES as u64 })?;
    let before = backend.memory_info()?.free_bytes;
    for round in 0..ROUNDS {
        let decoder = models::load(&backend, &folder)?;
        let taken = extents - memory.free_extents() as u64;
        report.number(format!("round {round}: weights"), decoder.weight_bytes() as f64 / 1e6, "MB");
        report.number(format!("round {round}: extents of weights"), taken as f64, "x 32 MiB");
        let seen = before.saturating_sub(backend.memory_info()?.free_bytes);
        report.number(format!("round {round}: memory of the device"), seen as f64 / 1e6, "MB");
        // One that shares its only extent with the first always fits.
        if decoder.weight_bytes() > EXTENT_BYTES as u64 {
            under_pressure(&backend, &*memory, &folder, round, report)?;
        }
        drop(decoder);
        report.equal(format!("round {round}: extents that came back"), memory.free_extents() as u64, extents);
    }
    let after = backend.memory_info()?.free_bytes;
    report.at_most(
        "memory of the device that did not come back, in MB",
        before.saturating_sub(after) as f64 / 1e6,
        64.0,
    );
    let owners = Arc::downgrade(&memory);
    drop((memory, backend));
    report.equal("owners of the memory when the backend is gone", owners.strong_count(), 0);
    Ok(())
}

/// With caches beside it a second model does not fit, which is told and changes nothing.
fn under_pressure<D: Driver>(
    backend: &CudaBackend<D>,
    memory: &dyn Memory,
    folder: &std::path::Path,
    round: usize,
    report: &mut Report,
) -> Result<()> {
    let free = memory.free_extents();
    ensure!(free > 2, "too little is left");
    let taken: Vec<_> = (0..free - 1).map(|_| memory.map()).collect::<Result<_, _>>()?;
    let refused = match models::load(backend, folder) {
        Ok(_) => "taken".to_owned(),
        Err(error) => error.code().to_owned(),
    };
    report.equal(format!("round {round}: a second model"), refused, "out_of_memory".to_owned());
    for extent in taken {
        memory.unmap(extent);
    }
    report.equal(format!("round {round}: extents after a refusal"), memory.free_extents(), free);
    Ok(())
}
