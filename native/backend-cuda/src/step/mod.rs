//! Steps: inputs to the device, launches, results back; none of it waits before [`crate::CudaBackend`] collects.

mod inputs;
mod layout;
mod queue;
mod sampling_inputs;
mod slot;

use std::sync::Arc;

use conduit_backend::{BackendError, Outputs, Place, Result, RowOutput};

use conduit_cuda_kernels::sampling::SampledToken;

use crate::driver::Driver;
use crate::pinned::Pinned;
use crate::plan::Plan;

pub(crate) use inputs::SAMPLED_ROWS;
pub(crate) use layout::InputLayout;
pub(crate) use queue::Queue;
pub(crate) use sampling_inputs::{masks_offset, sampling_bytes};
pub(crate) use slot::{Held, SlotAddresses};

/// A step in flight. Dropping one that was not collected waits for the device to be done with it.
pub struct CudaStep<D: Driver> {
    pub(crate) queue: Arc<Queue<D>>,
    /// The weights that the step uses live at least as long.
    pub(crate) plan: Arc<Plan<D>>,
    pub(crate) rows: usize,
    pub(crate) sampled: Option<Sampled<D>>,
    pub(crate) hidden_rows: usize,
    pub(crate) held: Option<Held<D>>,
    pub(crate) place: Place,
}

/// A step's sampling.
pub(crate) struct Sampled<D: Driver> {
    /// For each row whether its logits are wanted.
    pub wanted: Vec<bool>,
    /// Where the tokens come.
    pub tokens: Arc<Pinned<D>>,
    pub _parameters: Arc<Pinned<D>>,
}

impl<D: Driver> CudaStep<D> {
    /// Waits for the step and returns what its rows gave.
    pub(crate) fn collect(&self) -> Result<Outputs> {
        if self.rows > 0 && self.sampled.is_none() {
            return Err(BackendError::InvalidInput("the step was not sampled".into()));
        }
        let slot = self.place.slot();
        self.queue.wait(slot)?;
        let hidden = self.hidden();
        let Some(sampled) = &self.sampled else { return Ok(Outputs { rows: Vec::new(), hidden }) };
        // SAFETY: the tokens have come, and no one else reads or writes them.
        let tokens = unsafe { sampled.tokens.as_mut_slice(self.rows * size_of::<SampledToken>()) };
        let tokens: Vec<SampledToken> = bytemuck::pod_collect_to_vec(tokens);
        let output = |(row, (sampled, wanted)): (usize, (SampledToken, &bool))| {
            let logits = wanted.then(|| self.queue.logits(slot, &self.plan, row)).transpose()?;
            Ok(RowOutput { token: sampled.token, logits })
        };
        let rows = tokens.into_iter().zip(&sampled.wanted).enumerate().map(output).collect::<Result<_>>()?;
        Ok(Outputs { rows, hidden })
    }

    /// The hidden states of a step that was waited for.
    fn hidden(&self) -> Vec<Vec<f32>> {
        let Some(held) = self.held.as_ref().filter(|_| self.hidden_rows > 0) else { return Vec::new() };
        let row_bytes = self.plan.hidden_row_bytes as usize;
        // SAFETY: the hidden states have come, and no one else reads or writes them.
        let bytes = unsafe { held.hidden.as_mut_slice(self.hidden_rows * row_bytes) };
        let features = self.plan.limits.hidden_size * size_of::<f32>();
        bytes.chunks_exact(row_bytes).map(|row| bytemuck::pod_collect_to_vec(&row[..features])).collect()
    }
}

impl<D: Driver> Drop for CudaStep<D> {
    fn drop(&mut self) {
        // The device's failure is told to who asks for a result.
        let _ = self.queue.wait(self.place.slot());
    }
}
