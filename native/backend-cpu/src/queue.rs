use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

use conduit_backend::{
    BackendError, Masks, Outputs, Result, RowOutput, RowSampling, STEPS, StepInputs, TokenSource,
};
use rayon::ThreadPool;
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSlice;

use crate::kernels::Kernels;
use crate::memory::CpuMemory;
use crate::plan::Plan;
use crate::run::{Run, slots};
use crate::sampling::{adjusted, choose};
use crate::shared::Shared;
use crate::workspace::Workspace;

/// What the queue thread is asked to do, in order.
pub(crate) enum Job {
    /// Makes room for a plan of `workspace` elements, `packed` bytes of packed input, `logits` elements of logits and `hidden`
    /// elements of hidden states.
    Grow {
        workspace: usize,
        packed: usize,
        logits: usize,
        hidden: usize,
        done: Sender<Result<()>>,
    },
    Forward(Forward),
    /// Samples the rows of the step in `slot`.
    Sample {
        slot: usize,
        rows: Vec<RowSampling>,
        masks: Masks,
        done: Sender<Result<Outputs>>,
    },
}

pub(crate) struct Forward {
    pub plan: Arc<Plan>,
    pub inputs: StepInputs,
    pub memory: Arc<CpuMemory>,
    /// Where the step's logits go.
    pub slot: usize,
    /// The slot of the step before.
    pub previous: Option<usize>,
    /// Hears of the step where it fails or has no rows; otherwise its sampling answers.
    pub done: Sender<Result<Outputs>>,
}

/// The thread's own state: all that steps write to, except the cache.
pub(crate) struct Queue {
    pool: ThreadPool,
    kernels: &'static Kernels,
    workspace: Workspace<f32>,
    packed: Workspace<u8>,
    /// Each step in flight has logits and hidden states of its own.
    slots: [StepSlot; STEPS],
}

#[derive(Default)]
struct StepSlot {
    logits: Workspace<f32>,
    hidden: Workspace<f32>,
    vocab_size: usize,
    hidden_size: usize,
    hidden_rows: usize,
    /// Whether the forward pass went well.
    has_logits: bool,
    /// What sampling gave.
    tokens: Vec<u32>,
}

impl StepSlot {
    /// The hidden states of the slot's step.
    fn hidden(&mut self) -> Vec<Vec<f32>> {
        let elements = self.hidden_rows * self.hidden_size;
        let rows = self.hidden.as_mut_slice()[..elements].chunks_exact(self.hidden_size.max(1));
        rows.map(<[f32]>::to_vec).collect()
    }
}

impl Queue {
    pub fn new(pool: ThreadPool, kernels: &'static Kernels) -> Self {
        Self {
            pool,
            kernels,
            workspace: Workspace::default(),
            packed: Workspace::default(),
            slots: Default::default(),
        }
    }

    /// Works until the backend and all steps are gone.
    pub fn run(mut self, jobs: &Receiver<Job>) {
        // A receiver of an answer that is gone has no use for it.
        while let Ok(job) = jobs.recv() {
            match job {
                Job::Grow { workspace, packed, logits, hidden, done } => {
                    let _ = done.send(self.grow(workspace, packed, logits, hidden));
                }
                Job::Forward(forward) => {
                    let rows = forward.inputs.logit_tokens.len();
                    self.slots[forward.slot].has_logits = false;
                    match guard("a forward pass", || self.forward(&forward)) {
                        Err(error) => drop(forward.done.send(Err(error))),
                        Ok(()) if rows == 0 => {
                            let hidden = self.slots[forward.slot].hidden();
                            let _ = forward.done.send(Ok(Outputs { rows: Vec::new(), hidden }));
                        }
                        Ok(()) => self.slots[forward.slot].has_logits = true,
                    }
                }
                Job::Sample { slot, rows, masks, done } => {
                    self.slots[slot].tokens.clear();
                    // Where the forward pass failed, it has answered already.
                    if self.slots[slot].has_logits {
                        let _ = done.send(guard("sampling", || self.sample(slot, &rows, &masks)));
                    }
                }
            }
        }
    }

    fn grow(&mut self, workspace: usize, packed: usize, logits: usize, hidden: usize) -> Result<()> {
        self.workspace.grow(workspace, "the workspace of a plan")?;
        self.packed.grow(packed, "the packed input of a plan")?;
        self.slots.iter_mut().try_for_each(|slot| {
            slot.logits.grow(logits, "the logits of a plan")?;
            slot.hidden.grow(hidden, "the hidden states of a plan")
        })
    }

    fn forward(&mut self, forward: &Forward) -> Result<()> {
        let Forward { plan, inputs, memory, .. } = forward;
        let previous: &[u32] = forward.previous.map_or(&[], |slot| &self.slots[slot].tokens);
        let token = |source: &TokenSource| match source {
            TokenSource::Id(id) => Ok(*id),
            TokenSource::Previous(row) => {
                let token = previous.get(*row as usize).filter(|id| (**id as usize) < plan.limits.vocab_size);
                let what = "the step before, which failed, has no token for this one";
                token.copied().ok_or_else(|| BackendError::Device(what.into()))
            }
        };
        let tokens = inputs.tokens.iter().map(token).collect::<Result<Vec<_>>>()?;
        let slot = &mut self.slots[forward.slot];
        slot.vocab_size = plan.limits.vocab_size;
        slot.hidden_size = plan.limits.hidden_size;
        slot.hidden_rows = inputs.hidden_tokens.len();
        slot.tokens.clear();
        let mut run = Run {
            kernels: self.kernels,
            plan,
            inputs,
            tokens: &tokens,
            workspace: Shared(self.workspace.as_mut_ptr()),
            packed: self.packed.as_mut_slice(),
            logits: &mut slot.logits.as_mut_slice()[..inputs.logit_tokens.len() * plan.limits.vocab_size],
            hidden: &mut slot.hidden.as_mut_slice()[..slot.hidden_rows * plan.limits.hidden_size],
            cache: Shared(memory.start()),
            slots: &slots(&plan.limits.kv_groups, inputs),
        };
        // SAFETY: the step was checked before it was enqueued, its plan has had the workspace grown, and steps run
        // one after the other on this thread.
        self.pool.install(|| unsafe { run.execute() });
        Ok(())
    }

    fn sample(&mut self, slot: usize, rows: &[RowSampling], masks: &Masks) -> Result<Outputs> {
        let kernels = self.kernels;
        let slot = &mut self.slots[slot];
        let vocab_size = slot.vocab_size;
        let logits = &slot.logits.as_mut_slice()[..rows.len() * vocab_size];
        let sample_row = |(row, logits): (usize, &[f32])| {
            let RowSampling { return_logits, .. } = rows[row];
            let (mask, adjustments) = (masks.rows[row].as_deref(), &masks.adjustments[row]);
            let token = choose(kernels, &adjusted(logits, adjustments), mask, &rows[row])?;
            Some(RowOutput { token, logits: return_logits.then(|| logits.to_vec()) })
        };
        let logits = logits.par_chunks_exact(vocab_size).enumerate();
        let outputs: Option<Vec<_>> = self.pool.install(|| logits.map(sample_row).collect());
        let rows = outputs.ok_or_else(|| BackendError::InvalidInput("a mask allows no token".into()))?;
        slot.tokens.extend(rows.iter().map(|row| row.token));
        Ok(Outputs { rows, hidden: slot.hidden() })
    }
}

/// Turns a panic into an error of the step.
fn guard<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        Err(BackendError::Device(format!("{what} panicked: {}", panic_message(&*panic))))
    })
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let literal = panic.downcast_ref::<&str>().copied();
    literal.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_that_tells_its_message() {
        let error = guard::<()>("a forward pass", || panic!("row {}", 7)).unwrap_err();
        assert_eq!(error.code(), "device_failure");
        assert_eq!(error.to_string(), "device failure: a forward pass panicked: row 7");
        assert_eq!(guard("nothing", || Ok(3)).unwrap(), 3);
    }
}
