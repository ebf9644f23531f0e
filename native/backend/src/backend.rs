use std::sync::Arc;

use crate::{
    Bucket, Budget, LinearShape, Masks, Memory, Model, Outputs, RawLinear, Result, RowSampling, Shard,
    StepInputs,
};

/// A device that runs decoders.
///
/// Steps run in the order of their [`forward`](Backend::forward) calls. A caller may enqueue the next step before it
/// collects the last ([`crate::TokenSource::Previous`]); at most two steps are in flight.
pub trait Backend: Send + Sync + 'static {
    /// A packed linear layer; cloning shares it.
    type Linear: Clone + Send + Sync + 'static;
    /// A small vector of f32 parameters on the device; cloning shares it.
    type Vector: Clone + Send + Sync + 'static;
    /// A recorded forward pass.
    type Plan: Send + Sync + 'static;
    /// A step in flight.
    type Step: Send + 'static;

    /// A name for logs: the device and what it computes with.
    fn name(&self) -> String;

    /// Opens the memory that weights and caches of all models share. Called once.
    fn memory(&self, budget: Budget) -> Result<Arc<dyn Memory>>;

    /// Packs a linear layer once, whatever its format.
    ///
    /// # Errors
    /// `Unsupported` names the format, `InvalidInput` the tensor whose shape or size does not fit, `OutOfMemory` the bytes.
    fn linear(&self, weight: RawLinear, shard: Shard) -> Result<Self::Linear>;

    /// Shape of a packed layer.
    fn linear_shape(&self, linear: &Self::Linear) -> LinearShape;

    /// Whether plans may have [`crate::Ops::experts`]: asked before their weights are packed, which are many.
    ///
    /// # Errors
    /// `Unsupported`.
    fn check_experts(&self) -> Result<()> {
        Ok(())
    }

    /// Puts a small vector on the device.
    fn vector(&self, values: &[f32]) -> Result<Self::Vector>;

    /// Records a forward pass for steps up to the size of `bucket`, and grows the shared workspace to what it needs.
    fn record(&self, model: &dyn Model<Self>, bucket: Bucket) -> Result<Self::Plan>
    where
        Self: Sized;

    /// Enqueues a step. Returns at once; inputs are copied.
    ///
    /// # Errors
    /// `InvalidInput` where the inputs break the contract of [`StepInputs`] or exceed the plan's bucket.
    fn forward(&self, plan: &Self::Plan, inputs: &StepInputs) -> Result<Self::Step>;

    /// Enqueues the sampling of a step's rows. Called once a step; masks may be computed while the forward pass runs.
    ///
    /// # Errors
    /// `InvalidInput` where `rows` or `masks` do not have one entry for each row of the step, or one of them is out of its
    /// bounds; `OutOfMemory` where there is no room for them. The step may then be sampled otherwise, or dropped.
    fn sample(&self, step: &mut Self::Step, rows: &[RowSampling], masks: Masks) -> Result<()>;

    /// Waits for a step and returns what its rows gave.
    ///
    /// # Errors
    /// `Device` where the device failed during the step.
    fn collect(&self, step: Self::Step) -> Result<Outputs>;
}
