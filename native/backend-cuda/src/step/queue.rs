use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use conduit_backend::{BackendError, Masks, Result, RowSampling, STEPS, StepInputs, TokenSource};

use conduit_cuda_kernels::sampling::SampledToken;

use super::inputs::{SAMPLED_ROWS, write_inputs};
use super::sampling_inputs::{SamplingLayout, write_sampling};
use super::slot::{Held, Slot, SlotAddresses, SlotEvents};
use crate::device::Device;
use crate::driver::{Driver, DriverResult};
use crate::pinned::Pinned;
use crate::plan::{Addresses, Needs, Plan};
use crate::range::Range;

/// Everything that steps run on and write to, except the cache.
///
/// Kernels of all steps run in one stream, in the order of the calls. What a step needs comes in through a second stream
/// while the step before computes, what it gives leaves through a third while the next one does. Logits, which are asked for
/// once the step is over, have a fourth: the third may wait for the next step by then.
pub(crate) struct Queue<D: Driver> {
    // Streams end before the memory that their work uses.
    compute: D::Stream,
    upload: D::Stream,
    download: D::Stream,
    logits: D::Stream,
    events: [SlotEvents<D>; STEPS],
    buffers: Mutex<Buffers<D>>,
    device: Arc<Device<D>>,
}

struct Buffers<D: Driver> {
    /// What operations hand to each other. One for all steps: they run one after the other.
    workspace: Range<D>,
    /// The last tokens of each slot, [`SAMPLED_ROWS`] apart.
    sampled: Range<D>,
    slots: [Slot<D>; STEPS],
}

impl<D: Driver> Queue<D> {
    pub fn new(device: &Arc<Device<D>>) -> Result<Self> {
        let stream = || device.call(|driver| driver.stream());
        let mut sampled = Range::new(device, "the tokens of steps", 1 << 21)?;
        sampled.grow((STEPS * SAMPLED_ROWS * size_of::<SampledToken>()) as u64)?;
        Ok(Self {
            compute: stream()?,
            upload: stream()?,
            download: stream()?,
            logits: stream()?,
            events: [SlotEvents::new(device)?, SlotEvents::new(device)?],
            buffers: Mutex::new(Buffers {
                workspace: Range::new(device, "the workspace of a plan", 1 << 37)?,
                sampled,
                slots: [Slot::new(device)?, Slot::new(device)?],
            }),
            device: Arc::clone(device),
        })
    }

    fn buffers(&self) -> MutexGuard<'_, Buffers<D>> {
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where everything lies or will lie.
    pub fn addresses(&self, kv: u64) -> Addresses {
        let buffers = self.buffers();
        let sampled = buffers.sampled.address();
        let of_slot = |index: usize| {
            let slot: &Slot<D> = &buffers.slots[index];
            SlotAddresses {
                inputs: slot.inputs.address(),
                logits: slot.logits.address(),
                hidden: slot.hidden.address(),
                sampling: slot.sampling.address(),
                sampled: sampled + (index * SAMPLED_ROWS * size_of::<SampledToken>()) as u64,
            }
        };
        let slots = std::array::from_fn(of_slot);
        Addresses { workspace: buffers.workspace.address(), sampled, kv, slots }
    }

    /// Makes room for a plan. Steps in flight are not disturbed.
    ///
    /// # Errors
    /// `OutOfMemory`; what has grown until then stays.
    pub fn grow(&self, needs: &Needs) -> Result<()> {
        let mut buffers = self.buffers();
        buffers.workspace.grow(needs.workspace_bytes)?;
        buffers.slots.iter_mut().try_for_each(|slot| slot.grow(&self.device, needs))
    }

    /// Device memory outside the budget.
    pub fn mapped_bytes(&self) -> u64 {
        let buffers = self.buffers();
        let slots: u64 = buffers.slots.iter().map(Slot::mapped_bytes).sum();
        buffers.workspace.mapped_bytes() + buffers.sampled.mapped_bytes() + slots
    }

    /// Enqueues a forward pass in a slot that is free. The inputs were checked; `previous` is the slot of the step before.
    /// Hidden states are on their way as soon as they are computed. Returns the page-locked memory that it uses.
    ///
    /// # Errors
    /// `OutOfMemory` where there is no room for the block tables; nothing is enqueued then.
    pub fn forward(
        &self,
        index: usize,
        plan: &Plan<D>,
        inputs: &StepInputs,
        previous: Option<usize>,
    ) -> Result<Held<D>> {
        let mut buffers = self.buffers();
        check_previous(&buffers, plan, inputs, previous)?;
        let slot = &mut buffers.slots[index];
        slot.vocab_size = plan.limits.vocab_size;
        let bytes = plan.layout.bytes(inputs.block_tables.len());
        // Grows where a step has longer block tables than any before it and than there was room for anyway.
        slot.grow_inputs(&self.device, bytes)?;
        let hidden_bytes = inputs.hidden_tokens.len() as u64 * plan.hidden_row_bytes;
        let (host, hidden) = (Arc::clone(&slot.inputs_host), Arc::clone(&slot.hidden_host));
        // SAFETY: the slot is free: the step that had it before was waited for.
        let target = unsafe { host.as_mut_slice(bytes as usize) };
        write_inputs(target, &plan.layout, inputs, previous);
        let (address, hidden_address, events) =
            (slot.inputs.address(), slot.hidden.address(), &self.events[index]);
        self.enqueue(|driver| {
            // SAFETY: the slot's inputs are mapped, and no one else uses them or the host's copy before `done`.
            unsafe { driver.upload(&self.upload, address, host.buffer(), 0..bytes as usize)? };
            driver.record(&events.uploaded, &self.upload)?;
            driver.wait(&self.compute, &events.uploaded)?;
            let forward = &plan.forward[index];
            let left_out = if hidden_bytes == 0 { forward.hidden.clone() } else { 0..0 };
            let launches = forward.launches.iter().enumerate();
            for (_, launch) in launches.filter(|(at, _)| !left_out.contains(at)) {
                // SAFETY: the plan's addresses are those of its weights, of the KV range, where the step was checked, and
                // of buffers that have grown to what it needs.
                unsafe { driver.launch(&self.compute, launch)? };
            }
            if hidden_bytes == 0 {
                return driver.record(&events.done, &self.compute);
            }
            driver.record(&events.computed, &self.compute)?;
            driver.wait(&self.download, &events.computed)?;
            let range = 0..hidden_bytes as usize;
            // SAFETY: the hidden states stay until the slot's next step; the host reads them after `done`.
            unsafe { driver.download(&self.download, hidden.buffer(), range, hidden_address)? };
            driver.record(&events.done, &self.download)
        })?;
        Ok(Held { inputs: host, hidden })
    }

    /// Enqueues the sampling of a step's rows, of which there is one at least, and the way back of the tokens. What rows are sampled
    /// with was checked.
    /// Returns the page-locked memory that it uses.
    ///
    /// # Errors
    /// `OutOfMemory` where there is no room for the adjustments; nothing is enqueued then.
    pub fn sample(
        &self,
        index: usize,
        plan: &Plan<D>,
        rows: &[RowSampling],
        masks: &Masks,
    ) -> Result<[Arc<Pinned<D>>; 2]> {
        let Some(sampling) = &plan.sampling else {
            return Err(BackendError::InvalidInput("sampling of a plan that records no logits".into()));
        };
        let mut buffers = self.buffers();
        let slot = &mut buffers.slots[index];
        let layout = SamplingLayout::new(plan.limits.bucket, plan.limits.vocab_size, masks);
        // Grows where a step has more adjustments than any before it and than there was room for anyway.
        slot.grow_sampling(&self.device, layout.bytes())?;
        let (host, tokens) = (Arc::clone(&slot.sampling_host), Arc::clone(&slot.tokens_host));
        // SAFETY: the slot's last sampling was waited for before the slot was given to this step.
        let target = unsafe { host.as_mut_slice(layout.bytes() as usize) };
        write_sampling(target, &layout, rows, masks);
        let bytes = layout.bytes() as usize;
        let sampled = plan.addresses.slots[index].sampled;
        let token_bytes = rows.len() * size_of::<SampledToken>();
        let (address, events) = (slot.sampling.address(), &self.events[index]);
        self.enqueue(|driver| {
            // SAFETY: as in `forward`.
            unsafe { driver.upload(&self.upload, address, host.buffer(), 0..bytes)? };
            driver.record(&events.uploaded, &self.upload)?;
            driver.wait(&self.compute, &events.uploaded)?;
            // SAFETY: as in `forward`.
            unsafe { driver.launch(&self.compute, &sampling[index])? };
            driver.record(&events.sampled, &self.compute)?;
            driver.wait(&self.download, &events.sampled)?;
            // SAFETY: the tokens stay until the slot's next sampling; the host reads them after `done`.
            unsafe { driver.download(&self.download, tokens.buffer(), 0..token_bytes, sampled)? };
            driver.record(&events.done, &self.download)
        })?;
        Ok([host, tokens])
    }

    /// Waits until nothing of a slot's step is under way.
    ///
    /// # Errors
    /// `Device` where the device failed.
    pub fn wait(&self, index: usize) -> Result<()> {
        self.device.synchronize(&self.events[index].done)
    }

    /// One row of logits of a step that was waited for. Waits for its copy, beside the next step's work.
    pub fn logits(&self, index: usize, plan: &Plan<D>, row: usize) -> Result<Vec<f32>> {
        let host = Arc::clone(&self.buffers().slots[index].logits_host);
        let bytes = plan.limits.vocab_size * size_of::<f32>();
        let source = plan.addresses.slots[index].logits + (row as u64) * plan.logits_row_bytes;
        let copied = &self.events[index].copied;
        self.enqueue(|driver| {
            // SAFETY: the logits stay as long as the step has its slot, and so does the buffer, which the last copy out of
            // this slot has left.
            unsafe { driver.download(&self.logits, host.buffer(), 0..bytes, source)? };
            driver.record(copied, &self.logits)
        })?;
        self.device.synchronize(copied)?;
        // SAFETY: the copy is over.
        Ok(bytemuck::pod_collect_to_vec(unsafe { host.as_mut_slice(bytes) }))
    }

    /// Does several calls; where one fails, nothing of what came before it is under way when this returns.
    fn enqueue(&self, work: impl FnOnce(&D) -> DriverResult<()>) -> Result<()> {
        self.device.call(work).inspect_err(|_| self.drain())
    }

    fn drain(&self) {
        for (stream, event) in [
            (&self.upload, &self.events[0].uploaded),
            (&self.compute, &self.events[0].computed),
            (&self.download, &self.events[0].done),
            (&self.logits, &self.events[0].copied),
        ] {
            // It has failed already: there is nothing to be learned from failing again.
            let _ = self.device.driver().record(event, stream);
            let _ = self.device.driver().synchronize(event);
        }
    }
}

/// Ids of the step before have to be ids of this one's vocabulary, and the host does not know them.
fn check_previous<D: Driver>(
    buffers: &Buffers<D>,
    plan: &Plan<D>,
    inputs: &StepInputs,
    previous: Option<usize>,
) -> Result<()> {
    let Some(previous) = previous else { return Ok(()) };
    let (theirs, ours) = (buffers.slots[previous].vocab_size, plan.limits.vocab_size);
    let is_used = || inputs.tokens.iter().any(|token| matches!(token, TokenSource::Previous(_)));
    if theirs > ours && is_used() {
        let what = format!("tokens of a step with a vocabulary of {theirs} for one of {ours}");
        return Err(BackendError::InvalidInput(what));
    }
    Ok(())
}

impl<D: Driver> Drop for Queue<D> {
    fn drop(&mut self) {
        self.drain();
    }
}
