//! Plans: a recording as two lists of launches at fixed addresses, one for each step that may be in flight.

mod compile;
mod types;

use std::ops::Range;
use std::sync::Arc;

use conduit_backend::recording::{Operation, Recording, Region};
use conduit_backend::{BackendError, Result, STEPS, StepLimits};
use conduit_cuda_kernels::{ALIGNMENT_BYTES, Geometry, Launch, MAX_KV_GROUPS, Tensor, attention, sampling};

use crate::driver::{DeviceFacts, Driver};
use crate::step::{InputLayout, SAMPLED_ROWS, SlotAddresses, sampling_bytes};
use crate::{CudaBackend, CudaOptions};
use compile::Compiler;

/// A recorded forward pass on the device; cloning shares it.
pub struct CudaPlan<D: Driver>(pub(crate) Arc<Plan<D>>);

impl<D: Driver> Clone for CudaPlan<D> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Where everything lies that is not of one model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Addresses {
    pub workspace: u64,
    /// What the last steps have sampled, slot by slot.
    pub sampled: u64,
    /// Start of the KV range.
    pub kv: u64,
    pub slots: [SlotAddresses; STEPS],
}

/// Sizes in bytes of what a plan's steps need, for each slot where it is not the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Needs {
    pub workspace_bytes: u64,
    pub input_bytes: u64,
    /// Of a step that wants all of its tokens' hidden states.
    pub hidden_bytes: u64,
    /// `None` where no step has rows.
    pub rows: Option<RowNeeds>,
}

/// What rows of logits need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowNeeds {
    pub logits_bytes: u64,
    /// Of a step without adjustments.
    pub sampling_bytes: u64,
    pub token_bytes: u64,
    /// Page-locked memory for the copy of one row of logits.
    pub logits_copy_bytes: u64,
}

/// The launches of a forward pass.
pub(crate) struct Forward {
    pub launches: Vec<Launch>,
    /// Those that a step without hidden states leaves out.
    pub hidden: Range<usize>,
}

pub(crate) struct Plan<D: Driver> {
    pub limits: StepLimits,
    pub layout: InputLayout,
    pub addresses: Addresses,
    pub needs: Needs,
    /// Bytes from one row of logits to the next.
    pub logits_row_bytes: u64,
    /// Bytes from one hidden state to the next.
    pub hidden_row_bytes: u64,
    /// For each slot the launches of a forward pass.
    pub forward: [Forward; STEPS],
    /// For each slot the launch of the sampling after it; `None` where no step has rows.
    pub sampling: Option<[Launch; STEPS]>,
    /// They hold the weights whose addresses the launches have.
    _operations: Vec<Operation<CudaBackend<D>>>,
}

impl<D: Driver> Plan<D> {
    pub fn new(
        recording: Recording<CudaBackend<D>>,
        facts: &DeviceFacts,
        options: CudaOptions,
        addresses: Addresses,
    ) -> Result<Self> {
        let limits = recording.limits.clone();
        check_size(&recording)?;
        check_support(&recording)?;
        let bucket = limits.bucket;
        let geometry = Geometry {
            multiprocessors: facts.multiprocessors,
            shared_bytes_per_block: facts.shared_bytes_per_block,
            deterministic: options.deterministic,
            max_tokens: bucket.max_tokens as u32,
            max_rows: bucket.max_rows as u32,
            // Each has a token.
            max_sequences: bucket.max_tokens as u32,
        };
        let compiler = Compiler::new(&recording, geometry, addresses)?;
        let layout = InputLayout::new(bucket);
        let (logits, hidden) = (compiler.logits(0), compiler.hidden(0));
        let needs = Needs {
            workspace_bytes: compiler.workspace_bytes(),
            input_bytes: layout.bytes(0),
            hidden_bytes: hidden.bytes(geometry.max_tokens),
            rows: limits.has_logits.then(|| RowNeeds {
                logits_bytes: logits.bytes(geometry.max_rows),
                sampling_bytes: sampling_bytes(bucket, limits.vocab_size),
                token_bytes: (bucket.max_rows * size_of::<sampling::SampledToken>()) as u64,
                logits_copy_bytes: logits.bytes(1),
            }),
        };
        let forward = std::array::from_fn(|slot| compiler.forward(slot));
        let sampling = limits.has_logits.then(|| std::array::from_fn(|slot| compiler.sampling(slot)));
        let Recording { operations, .. } = recording;
        let (logits_row_bytes, hidden_row_bytes) = (logits.bytes(1), hidden.bytes(1));
        Ok(Self {
            limits,
            layout,
            addresses,
            needs,
            logits_row_bytes,
            hidden_row_bytes,
            forward,
            sampling,
            _operations: operations,
        })
    }
}

/// Bytes of a region when all of its rows are used; beyond counting where they are.
fn region_bytes(region: &Region, element_bytes: usize, bucket: conduit_backend::Bucket) -> usize {
    let stride = region.features.checked_next_multiple_of(64).unwrap_or(usize::MAX);
    let bytes = region.rows.most(bucket).saturating_mul(stride).saturating_mul(element_bytes);
    bytes.checked_next_multiple_of(ALIGNMENT_BYTES as usize).unwrap_or(usize::MAX)
}

/// Refuses what no device has room for, so that everything else fits the numbers that kernels count with.
fn check_size<D: Driver>(recording: &Recording<CudaBackend<D>>) -> Result<()> {
    const MOST_BYTES: usize = 1 << 36;
    let StepLimits { bucket, vocab_size, has_logits, .. } = &recording.limits;
    let refuse = |what: &str, bytes: usize| BackendError::OutOfMemory {
        what: what.into(),
        needed_bytes: bytes as u64,
        available_bytes: MOST_BYTES as u64,
    };
    for region in &recording.regions {
        let bytes = region_bytes(region, size_of::<f32>(), *bucket);
        if bytes > MOST_BYTES {
            return Err(refuse("an activation of a plan", bytes));
        }
    }
    let logits = bucket.max_rows.saturating_mul(*vocab_size).saturating_mul(size_of::<f32>());
    if *has_logits && logits > MOST_BYTES / 2 {
        return Err(refuse("the logits of a plan", logits));
    }
    Ok(())
}

/// Refuses what there are no kernels for.
fn check_support<D: Driver>(recording: &Recording<CudaBackend<D>>) -> Result<()> {
    let StepLimits { bucket, vocab_size, kv_groups, has_logits, .. } = &recording.limits;
    let refuse = |what: String| Err(BackendError::Unsupported(what));
    if kv_groups.len() > MAX_KV_GROUPS {
        return refuse(format!("{} KV groups; CUDA has at most {MAX_KV_GROUPS}", kv_groups.len()));
    }
    if let Some(group) = kv_groups.iter().find(|group| !attention::supports_cache(group.dtype)) {
        let dtype = group.dtype;
        return refuse(format!(
            "kv_dtype = {dtype} on CUDA; leave it out, or serve the model with --device cpu"
        ));
    }
    if *has_logits && *vocab_size > sampling::MAX_VOCAB_SIZE as usize {
        let most = sampling::MAX_VOCAB_SIZE;
        return refuse(format!("a vocabulary of {vocab_size}; CUDA has at most {most}"));
    }
    if *has_logits && bucket.max_rows > SAMPLED_ROWS {
        return refuse(format!("{} rows of logits; CUDA has at most {SAMPLED_ROWS}", bucket.max_rows));
    }
    for operation in &recording.operations {
        if let Operation::Experts { .. } = operation {
            return Err(no_experts());
        }
        if let Operation::RotateAndCache { layer, .. } | Operation::Attention { layer, .. } = operation
            && !attention::supports(&layer.spec)
        {
            let head_dim = layer.spec.head_dim;
            let most = attention::MAX_HEAD_DIM;
            return refuse(format!("heads of {head_dim}; CUDA has multiples of 8 up to {most}"));
        }
    }
    Ok(())
}

/// There are no kernels for them yet.
pub(crate) fn no_experts() -> BackendError {
    BackendError::Unsupported("a mixture of experts on CUDA; serve the model with --device cpu".into())
}

/// The tensor of a region that starts at an address.
fn tensor(region: Region, dtype: conduit_backend::DType, address: u64) -> Tensor {
    Tensor::new(address, dtype, region.features as u32)
}
