use conduit_backend::recording::{Region, Rows};
use conduit_backend::{BLOCK_TOKENS, KvLayout, SequenceInput, StepInputs};

use crate::kernels::Kernels;
use crate::operations::{attention, experts, linear, rotary, rowwise};
use crate::plan::{Operation, Plan};
use crate::shared::Shared;

/// One step on its way through a plan.
pub(crate) struct Run<'a> {
    pub kernels: &'static Kernels,
    pub plan: &'a Plan,
    pub inputs: &'a StepInputs,
    /// Ids of the step's tokens.
    pub tokens: &'a [u32],
    /// At least [`Plan::workspace`] elements that no one else uses during the run.
    pub workspace: Shared<f32>,
    /// At least [`Plan::packed`] bytes.
    pub packed: &'a mut [u8],
    /// `[rows, vocab]`
    pub logits: &'a mut [f32],
    /// `[hidden tokens, hidden_size]`
    pub hidden: &'a mut [f32],
    /// Start of the KV range.
    pub cache: Shared<u8>,
    /// For each KV group the place of each token.
    pub slots: &'a [Vec<Slot>],
}

/// Where the keys and values of one token go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    /// Bytes from the start of the KV range to the token's block.
    pub block: usize,
    /// Index of the token within its block.
    pub index: usize,
}

/// The place of every token in each KV group, for a step that was checked.
pub(crate) fn slots(groups: &[KvLayout], inputs: &StepInputs) -> Vec<Vec<Slot>> {
    let of_group = |group: usize| {
        let of_sequence = move |sequence: &SequenceInput| {
            let table = &inputs.block_tables[sequence.blocks[group].clone()];
            let first = sequence.context_len - sequence.tokens.len();
            (first..sequence.context_len).map(move |position| Slot {
                block: table[position / BLOCK_TOKENS].byte_offset(),
                index: position % BLOCK_TOKENS,
            })
        };
        inputs.sequences.iter().flat_map(of_sequence).collect()
    };
    (0..groups.len()).map(of_group).collect()
}

impl Run<'_> {
    /// Runs all operations in their order, on the rayon pool of the calling thread.
    ///
    /// # Safety
    /// `inputs` were checked against the plan and the KV range, and nothing else touches the workspace or, where this step
    /// reads or writes, the KV range.
    pub unsafe fn execute(&mut self) {
        for operation in &self.plan.operations {
            // SAFETY: as the caller's. Regions of one operation that differ in id do not overlap: see `Recording::place`.
            unsafe { self.operate(operation) };
        }
    }

    unsafe fn operate(&mut self, operation: &Operation) {
        let kernels = self.kernels;
        // SAFETY: as the caller's: each region is borrowed once, and recording has checked the shapes.
        unsafe {
            match operation {
                Operation::Embed { table, scale, output } => {
                    rowwise::embed(&table.0, self.tokens, *scale, self.region(*output), output.features);
                }
                Operation::Norm { x, weight, epsilon, output } => {
                    let (x, output) = (self.region(*x), self.region(*output));
                    rowwise::norm(kernels, x, &weight.0, *epsilon, output);
                }
                Operation::AddNorm { residual, delta, weight, epsilon, output } => {
                    let (residual, delta) = (self.region(*residual), self.region(*delta));
                    rowwise::add_norm(kernels, residual, delta, &weight.0, *epsilon, self.region(*output));
                }
                Operation::Add { residual, delta } => {
                    rowwise::add(self.region(*residual), self.region(*delta));
                }
                Operation::Linear { x, weight, output } => {
                    let (x, output) = (self.region(*x), self.region(*output));
                    linear::linear(kernels, &weight.0, x, self.packed, output);
                }
                Operation::RotaryTable { inverse_frequencies, factor, output } => {
                    let output = self.region(*output);
                    rotary::table(&inverse_frequencies.0, *factor, &self.inputs.positions, output);
                }
                Operation::RotateAndCache { qkv, norm, table, style, layer, queries } => {
                    let rotation = rotary::Rotation {
                        layer,
                        norm: norm.as_ref(),
                        style: *style,
                        table: self.region(*table),
                        table_features: table.features,
                        slots: &self.slots[layer.spec.group],
                        cache: self.cache,
                    };
                    let (qkv, queries) = (self.region(*qkv), self.region(*queries));
                    rotation.rotate_and_cache(kernels, qkv, queries);
                }
                Operation::Attention { queries, layer, output } => {
                    let (queries, output) = (self.region(*queries), self.region(*output));
                    attention::attention(kernels, layer, self.inputs, self.cache, queries, output);
                }
                Operation::Gated { gate_up, activation, output } => {
                    let (gate_up, width) = (self.region(*gate_up), output.features);
                    rowwise::gated(kernels, gate_up, *activation, self.region(*output), width);
                }
                Operation::Experts { x, scores, experts, output } => {
                    let (x, scores, output) = (self.region(*x), self.region(*scores), self.region(*output));
                    let scratch = (self.scratch(), &mut *self.packed);
                    experts::experts(kernels, experts, x, scores, scratch, output);
                }
                Operation::GatherRows { x, output } => {
                    let (x, width) = (self.region(*x), x.features);
                    let rows = match output.rows {
                        Rows::HiddenTokens => &self.inputs.hidden_tokens,
                        Rows::LogitTokens | Rows::Tokens => &self.inputs.logit_tokens,
                    };
                    rowwise::gather(x, rows, self.region(*output), width);
                }
                Operation::Hidden { x, weight, epsilon } => {
                    let x = self.region(*x);
                    rowwise::norm(kernels, x, &weight.0, *epsilon, self.hidden);
                }
                Operation::Logits { x, head, soft_cap } => {
                    let x = self.region(*x);
                    linear::linear(kernels, &head.0, x, self.packed, self.logits);
                    if let Some(cap) = soft_cap {
                        rowwise::soft_cap(self.logits, *cap);
                    }
                }
            }
        }
    }

    /// What an operation has for itself.
    ///
    /// # Safety
    /// No other borrow of it is in use.
    unsafe fn scratch<'s>(&self) -> &'s mut [f32] {
        let Plan { scratch, workspace, .. } = *self.plan;
        // SAFETY: the workspace is as large as the plan says, and this part of it is of no region.
        unsafe { std::slice::from_raw_parts_mut(self.workspace.get().add(scratch), workspace - scratch) }
    }

    /// The rows of a region that this step uses.
    ///
    /// # Safety
    /// No other borrow of the region, and none of a region that overlaps it, is in use.
    unsafe fn region<'s>(&self, region: Region) -> &'s mut [f32] {
        let rows = match region.rows {
            Rows::Tokens => self.tokens.len(),
            Rows::LogitTokens => self.inputs.logit_tokens.len(),
            Rows::HiddenTokens => self.inputs.hidden_tokens.len(),
        };
        // SAFETY: the workspace is as large as the plan says, and a step has no more rows than its bucket.
        unsafe {
            let start = self.workspace.get().add(self.plan.offsets[region.id]);
            std::slice::from_raw_parts_mut(start, rows * region.features)
        }
    }
}
