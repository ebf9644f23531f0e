use conduit_backend::DType;
use conduit_backend::recording::{Layer, Operation, Placement, Recording, Region, Rows};
use conduit_cuda_kernels::attention::{self, Attention};
use conduit_cuda_kernels::rotary::{self, HeadNorm, RotateAndCache};
use conduit_cuda_kernels::sampling::{self, Sampling};
use conduit_cuda_kernels::{
    ALIGNMENT_BYTES, Geometry, Launch, RowCount, StepAddresses, Tensor, add, embed, gated, gather, linear,
    norm, soft_cap, tokens,
};

use super::types::element_types;
use super::{Addresses, Forward, region_bytes, tensor};
use crate::CudaBackend;
use crate::driver::Driver;
use crate::step::{InputLayout, masks_offset};

/// Turns the operations of a recording into launches.
///
/// The workspace holds, in this order: the ids of the step's tokens, the activations, and what one operation at a time
/// needs for itself.
pub(super) struct Compiler<'a, D: Driver> {
    recording: &'a Recording<CudaBackend<D>>,
    geometry: Geometry,
    addresses: Addresses,
    layout: InputLayout,
    dtypes: Vec<DType>,
    placement: Placement,
}

impl<'a, D: Driver> Compiler<'a, D> {
    pub fn new(
        recording: &'a Recording<CudaBackend<D>>,
        geometry: Geometry,
        addresses: Addresses,
    ) -> conduit_backend::Result<Self> {
        let bucket = recording.limits.bucket;
        let dtypes = element_types(recording)?;
        let size = |region: &Region| region_bytes(region, dtypes[region.id].bytes(), bucket);
        let placement = recording.place(&recording.regions.iter().map(size).collect::<Vec<_>>());
        Ok(Self { recording, geometry, addresses, layout: InputLayout::new(bucket), dtypes, placement })
    }

    pub fn workspace_bytes(&self) -> u64 {
        let scratch = self.recording.operations.iter().map(|operation| self.scratch_bytes(operation)).max();
        (self.scratch() - self.addresses.workspace).saturating_add(scratch.unwrap_or(0))
    }

    /// The logits of a slot.
    pub fn logits(&self, slot: usize) -> Tensor {
        let vocab_size = self.recording.limits.vocab_size as u32;
        Tensor::new(self.addresses.slots[slot].logits, DType::F32, vocab_size)
    }

    /// The hidden states of a slot.
    pub fn hidden(&self, slot: usize) -> Tensor {
        let hidden_size = self.recording.limits.hidden_size as u32;
        Tensor::new(self.addresses.slots[slot].hidden, DType::F32, hidden_size)
    }

    pub fn forward(&self, slot: usize) -> Forward {
        let step = self.step(slot);
        let sources = self.addresses.slots[slot].inputs + self.layout.sources;
        let mut launches =
            vec![tokens::resolve_tokens(&self.geometry, &step, sources, self.addresses.sampled)];
        let mut hidden = 0..0;
        for operation in &self.recording.operations {
            let start = launches.len();
            launches.extend(self.launches(operation, slot, &step));
            // One follows the other.
            match operation {
                Operation::GatherRows { output, .. } if output.rows == Rows::HiddenTokens => {
                    hidden = start..launches.len();
                }
                Operation::Hidden { .. } => hidden.end = launches.len(),
                _ => {}
            }
        }
        Forward { launches, hidden }
    }

    pub fn sampling(&self, slot: usize) -> Launch {
        let addresses = self.addresses.slots[slot];
        let masks = addresses.sampling + masks_offset(self.recording.limits.bucket);
        let sampling = Sampling {
            logits: self.logits(slot),
            rows: addresses.sampling,
            masks,
            // They follow the masks, wherever these end.
            adjustments: masks,
            sampled: addresses.sampled,
        };
        sampling::launch(&self.geometry, &self.step(slot), &sampling)
    }

    fn step(&self, slot: usize) -> StepAddresses {
        self.layout.addresses(self.addresses.slots[slot].inputs, self.addresses.workspace)
    }

    fn activations(&self) -> u64 {
        let bytes = u64::from(self.geometry.max_tokens) * size_of::<u32>() as u64;
        self.addresses.workspace + bytes.next_multiple_of(ALIGNMENT_BYTES)
    }

    fn scratch(&self) -> u64 {
        self.activations().saturating_add(self.placement.size as u64)
    }

    fn tensor(&self, region: Region) -> Tensor {
        let address = self.activations() + self.placement.offsets[region.id] as u64;
        tensor(region, self.dtypes[region.id], address)
    }

    fn scratch_bytes(&self, operation: &Operation<CudaBackend<D>>) -> u64 {
        match operation {
            Operation::Linear { x, weight, .. } | Operation::Logits { x, head: weight, .. } => {
                let out_features = weight.0.shape.out_features as u32;
                linear::workspace_bytes(&self.geometry, weight.0.weight, out_features, row_count(*x))
            }
            Operation::Attention { layer, .. } => attention::workspace_bytes(&self.geometry, &layer.spec),
            _ => 0,
        }
    }

    fn launches(
        &self,
        operation: &Operation<CudaBackend<D>>,
        slot: usize,
        step: &StepAddresses,
    ) -> Vec<Launch> {
        let geometry = &self.geometry;
        let of = |region: &Region| self.tensor(*region);
        match operation {
            Operation::Embed { table, scale, output } => {
                vec![embed::embed(geometry, step, table.0.weight, *scale, of(output))]
            }
            Operation::Norm { x, weight, epsilon, output } => {
                let (weight, rows) = (weight.0.address(), row_count(*x));
                vec![norm::norm(geometry, step, of(x), weight, *epsilon, of(output), rows)]
            }
            Operation::AddNorm { residual, delta, weight, epsilon, output } => {
                let (weight, rows) = (weight.0.address(), row_count(*residual));
                let (residual, delta) = (of(residual), of(delta));
                vec![norm::add_norm(geometry, step, residual, delta, weight, *epsilon, of(output), rows)]
            }
            Operation::Add { residual, delta } => {
                vec![add::add(geometry, step, of(residual), of(delta), row_count(*residual))]
            }
            Operation::Linear { x, weight, output } => {
                let (linear, rows) = (&weight.0, row_count(*x));
                let (weight, bias, scratch) = (linear.weight, linear.bias, self.scratch());
                linear::launches(geometry, step, of(x), weight, bias, of(output), rows, scratch)
            }
            Operation::RotaryTable { inverse_frequencies, factor, output } => {
                vec![rotary::table(geometry, step, inverse_frequencies.0.address(), *factor, of(output))]
            }
            Operation::RotateAndCache { qkv, norm, table, style, layer, queries } => {
                let Layer { spec, layout } = *layer;
                let norm = norm.as_ref().map(|norm| HeadNorm {
                    query: norm.query.0.address(),
                    key: norm.key.0.address(),
                    epsilon: norm.epsilon,
                });
                let (qkv, table, queries) = (of(qkv), of(table), of(queries));
                let (style, attention, cache) = (*style, spec, self.addresses.kv);
                let operation = RotateAndCache { qkv, table, queries, norm, style, attention, layout, cache };
                vec![rotary::rotate_and_cache(geometry, step, &operation)]
            }
            Operation::Attention { queries, layer, output } => {
                let attention = Attention {
                    spec: &layer.spec,
                    layout: &layer.layout,
                    cache: self.addresses.kv,
                    queries: of(queries),
                    output: of(output),
                };
                attention::launches(geometry, step, &attention, self.scratch())
            }
            Operation::Gated { gate_up, activation, output } => {
                let rows = row_count(*gate_up);
                vec![gated::gated(geometry, step, of(gate_up), *activation, of(output), rows)]
            }
            // Refused before anything is compiled.
            Operation::Experts { .. } => Vec::new(),
            Operation::GatherRows { x, output } => {
                vec![gather::gather_rows(geometry, step, of(x), of(output), row_count(*output))]
            }
            Operation::Hidden { x, weight, epsilon } => {
                let (weight, rows) = (weight.0.address(), row_count(*x));
                vec![norm::norm(geometry, step, of(x), weight, *epsilon, self.hidden(slot), rows)]
            }
            Operation::Logits { x, head, soft_cap: cap } => {
                let (linear, logits, rows) = (&head.0, self.logits(slot), RowCount::LogitRows);
                let (weight, bias, scratch) = (linear.weight, linear.bias, self.scratch());
                let mut launches =
                    linear::launches(geometry, step, of(x), weight, bias, logits, rows, scratch);
                launches.extend(cap.map(|cap| soft_cap::soft_cap(geometry, step, logits, cap, rows)));
                launches
            }
        }
    }
}

fn row_count(region: Region) -> RowCount {
    match region.rows {
        Rows::Tokens => RowCount::Tokens,
        Rows::LogitTokens => RowCount::LogitRows,
        Rows::HiddenTokens => RowCount::HiddenRows,
    }
}
