use std::env;

use super::place::{Memory, place};
use crate::Launch;
use crate::cases::{Case, Machine, Runner, run_case};

/// Environment variable: where it is set, only the quick cases run.
const QUICK_VARIABLE: &str = "CONDUIT_KERNELS_QUICK";

/// Runs a family's cases where tests run.
///
/// # Panics
/// Where some differ from their references; it names them all.
pub fn run_cases(cases: Vec<Case>) {
    let is_quick = env::var_os(QUICK_VARIABLE).is_some();
    let mut runner = PlaceRunner { runs: 0 };
    let failures: Vec<_> = cases
        .iter()
        .filter(|case| case.quick || !is_quick)
        .filter_map(|case| run_case(case, &mut runner).err().map(|error| format!("{}: {error}", case.name)))
        .collect();
    assert!(failures.is_empty(), "{} of {} cases:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

struct PlaceRunner {
    runs: u64,
}

impl Runner for PlaceRunner {
    fn machine(&self) -> Machine {
        Machine {
            multiprocessors: place().multiprocessors(),
            shared_bytes_per_block: place().shared_bytes_per_block(),
        }
    }

    fn run(
        &mut self,
        buffers: &mut [Vec<u8>],
        launches: &dyn Fn(&[u64]) -> Vec<Launch>,
    ) -> Result<(), String> {
        let mut memories: Vec<_> = buffers
            .iter()
            .map(|buffer| {
                let mut memory = Memory::new(buffer.len());
                memory.as_mut_slice::<u8>()[..buffer.len()].copy_from_slice(buffer);
                memory
            })
            .collect();
        let addresses: Vec<_> = memories.iter().map(Memory::address).collect();
        for launch in launches(&addresses) {
            self.runs += 1;
            // SAFETY: launches are made from the addresses of these memories.
            unsafe { place().run(&launch, &mut memories, self.runs) }.map_err(|fault| fault.to_string())?;
        }
        for (buffer, memory) in buffers.iter_mut().zip(&memories) {
            buffer.copy_from_slice(&memory.as_slice::<u8>()[..buffer.len()]);
        }
        Ok(())
    }
}
