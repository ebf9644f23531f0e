use std::sync::Arc;

use conduit_backend::Result;

use crate::device::Device;
use crate::driver::Driver;
use crate::pinned::Pinned;
use crate::plan::Needs;
use crate::range::Range;

/// Where the buffers of one step in flight lie; known before any memory is behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlotAddresses {
    /// The step's inputs, as [`super::InputLayout`] lays them out.
    pub inputs: u64,
    /// `[rows, vocab]` f32.
    pub logits: u64,
    /// `[tokens, hidden_size]` f32.
    pub hidden: u64,
    /// What rows are sampled with, their masks and adjustments.
    pub sampling: u64,
    /// What sampling chose for each row.
    pub sampled: u64,
}

/// The buffers of one step in flight.
pub(super) struct Slot<D: Driver> {
    pub inputs: Range<D>,
    pub logits: Range<D>,
    pub hidden: Range<D>,
    pub sampling: Range<D>,
    pub inputs_host: Arc<Pinned<D>>,
    pub sampling_host: Arc<Pinned<D>>,
    /// What sampling gave.
    pub tokens_host: Arc<Pinned<D>>,
    /// Some rows of logits on their way to who asked for them.
    pub logits_host: Arc<Pinned<D>>,
    /// Hidden states on their way to who asked for them.
    pub hidden_host: Arc<Pinned<D>>,
    /// Ids that the slot's last step could give.
    pub vocab_size: usize,
}

impl<D: Driver> Slot<D> {
    pub fn new(device: &Arc<Device<D>>) -> Result<Self> {
        let pinned = || Pinned::new(device, 1 << 12);
        Ok(Self {
            inputs: Range::new(device, "the inputs of steps", 1 << 30)?,
            logits: Range::new(device, "the logits of a plan", 1 << 35)?,
            hidden: Range::new(device, "the hidden states of a plan", 1 << 36)?,
            sampling: Range::new(device, "the masks and adjustments of steps", 1 << 32)?,
            inputs_host: pinned()?,
            sampling_host: pinned()?,
            tokens_host: pinned()?,
            logits_host: pinned()?,
            hidden_host: pinned()?,
            vocab_size: 0,
        })
    }

    /// Makes room for the steps of a plan.
    pub fn grow(&mut self, device: &Device<D>, needs: &Needs) -> Result<()> {
        self.grow_inputs(device, needs.input_bytes)?;
        self.hidden.grow(needs.hidden_bytes)?;
        Pinned::grow(&mut self.hidden_host, device, needs.hidden_bytes)?;
        let Some(rows) = &needs.rows else { return Ok(()) };
        self.logits.grow(rows.logits_bytes)?;
        self.grow_sampling(device, rows.sampling_bytes)?;
        Pinned::grow(&mut self.tokens_host, device, rows.token_bytes)?;
        Pinned::grow(&mut self.logits_host, device, rows.logits_copy_bytes)
    }

    /// Makes room for so many bytes of inputs. The host has as much as the device, which rounds up: so room for the longest block
    /// tables that there are in practice is made with the first plan, and not during a step.
    pub fn grow_inputs(&mut self, device: &Device<D>, bytes: u64) -> Result<()> {
        self.inputs.grow(bytes)?;
        Pinned::grow(&mut self.inputs_host, device, self.inputs.mapped_bytes())
    }

    /// The same for what rows are sampled with, of which the adjustments have no bound that a plan knows.
    pub fn grow_sampling(&mut self, device: &Device<D>, bytes: u64) -> Result<()> {
        self.sampling.grow(bytes)?;
        Pinned::grow(&mut self.sampling_host, device, self.sampling.mapped_bytes())
    }

    /// Device memory of the slot.
    pub fn mapped_bytes(&self) -> u64 {
        let ranges = [&self.inputs, &self.logits, &self.hidden, &self.sampling];
        ranges.into_iter().map(Range::mapped_bytes).sum()
    }
}

/// The page-locked memory of a step in flight: none in its place is freed while it may be copied.
pub(crate) struct Held<D: Driver> {
    #[expect(dead_code, reason = "it is there to be held")]
    pub inputs: Arc<Pinned<D>>,
    /// Where the hidden states come.
    pub hidden: Arc<Pinned<D>>,
}

/// The points of a slot's work that others wait for.
pub(super) struct SlotEvents<D: Driver> {
    /// What the step needs next is on the device.
    pub uploaded: D::Event,
    /// The forward pass has run; recorded where its hidden states leave.
    pub computed: D::Event,
    /// The rows are sampled.
    pub sampled: D::Event,
    /// Nothing of the step is under way any more.
    pub done: D::Event,
    /// A copy of logits has come.
    pub copied: D::Event,
}

impl<D: Driver> SlotEvents<D> {
    pub fn new(device: &Device<D>) -> Result<Self> {
        let event = || device.call(|driver| driver.event());
        Ok(Self {
            uploaded: event()?,
            computed: event()?,
            sampled: event()?,
            done: event()?,
            copied: event()?,
        })
    }
}
