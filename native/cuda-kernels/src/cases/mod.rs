//! What every kernel has to give, in a form that runs on the host and on a device alike.
//!
//! A case makes its buffers, says how the kernel is launched over them, and judges what they hold afterwards against a
//! reference in f64. Whoever can run launches is a [`Runner`].

mod values;

pub use values::{Random, decode, encode, poison, worst_relative_error};

use crate::Launch;

/// What launch geometry depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    pub multiprocessors: u32,
    /// Shared memory that a block may take when it asks for it.
    pub shared_bytes_per_block: u32,
}

/// Launches from the buffers' addresses, each a multiple of 256.
pub type MakeLaunches = Box<dyn Fn(&[u64]) -> Vec<Launch>>;

/// A judgement of the buffers' contents after the launches; a message says what differs.
pub type Check = Box<dyn Fn(&[Vec<u8>]) -> Result<Agreement, String>>;

/// One kernel at one shape.
pub struct Case {
    /// Family, instantiation and shape, such as `linear/gemv_bf16 rows 9 in 1024 out 257`.
    pub name: String,
    /// Whether it is small enough for a sanitizer that slows it down a hundredfold.
    pub quick: bool,
    pub make: Box<dyn Fn(Machine) -> Trial + Send + Sync>,
}

/// A case's buffers before, its launches, and its judgement.
pub struct Trial {
    /// Inputs, and outputs that are poisoned.
    pub buffers: Vec<Vec<u8>>,
    pub launches: MakeLaunches,
    pub check: Check,
}

/// How far a result was from its reference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    pub worst_error: f64,
    /// In the unit of `worst_error`.
    pub tolerance: f64,
}

/// Something that runs launches: the host, or a device.
pub trait Runner {
    fn machine(&self) -> Machine;

    /// Runs the launches over copies of the buffers, and puts what they hold afterwards in their place.
    ///
    /// # Errors
    /// What kept them from running, in words for people.
    fn run(
        &mut self,
        buffers: &mut [Vec<u8>],
        launches: &dyn Fn(&[u64]) -> Vec<Launch>,
    ) -> Result<(), String>;
}

/// Runs a case.
///
/// # Errors
/// What kept it from running, or how it differs from its reference.
pub fn run_case(case: &Case, runner: &mut dyn Runner) -> Result<Agreement, String> {
    let mut trial = (case.make)(runner.machine());
    runner.run(&mut trial.buffers, &*trial.launches)?;
    let agreement = (trial.check)(&trial.buffers)?;
    let Agreement { worst_error, tolerance } = agreement;
    // Also where it is no number.
    if worst_error <= tolerance {
        Ok(agreement)
    } else {
        Err(format!("expected an error of at most {tolerance:.3e}, found {worst_error:.3e}"))
    }
}
