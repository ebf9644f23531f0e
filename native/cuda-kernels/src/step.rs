use bytemuck::{Pod, Zeroable};

/// Groups of KV blocks that a model may have.
pub const MAX_KV_GROUPS: usize = 4;

/// Addresses of a step's inputs on the device; the same for every step of a backend's slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepAddresses {
    /// [`StepHeader`]
    pub header: u64,
    /// `u32` ids of the step's tokens, once [`crate::tokens`] has resolved them.
    pub tokens: u64,
    /// `u32` position of each token in its sequence.
    pub positions: u64,
    /// `u32` index of each token's sequence.
    pub token_sequences: u64,
    /// [`SequenceEntry`] of each sequence.
    pub sequences: u64,
    /// `u32` addresses of KV blocks in units of `KV_ADDRESS_UNIT`.
    pub block_tables: u64,
    /// `u32` token of each row of logits.
    pub logit_tokens: u64,
    /// `u32` token of each hidden state that is wanted.
    pub hidden_tokens: u64,
}

impl StepAddresses {
    /// Where a kernel reads how many rows the step has.
    pub const fn count(&self, rows: RowCount) -> u64 {
        match rows {
            RowCount::Tokens => self.header + std::mem::offset_of!(StepHeader, tokens) as u64,
            RowCount::LogitRows => self.header + std::mem::offset_of!(StepHeader, rows) as u64,
            RowCount::HiddenRows => self.header + std::mem::offset_of!(StepHeader, hidden) as u64,
        }
    }

    /// Where a kernel reads which tokens the rows stand for; 0 where they stand for all.
    pub const fn chosen(&self, rows: RowCount) -> u64 {
        match rows {
            RowCount::Tokens => 0,
            RowCount::LogitRows => self.logit_tokens,
            RowCount::HiddenRows => self.hidden_tokens,
        }
    }
}

/// What bounds the rows of an activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowCount {
    /// Every token of the step.
    Tokens,
    /// The tokens whose logits are wanted.
    LogitRows,
    /// The tokens whose hidden states are wanted.
    HiddenRows,
}

/// How much of everything a step has.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct StepHeader {
    pub tokens: u32,
    pub rows: u32,
    pub sequences: u32,
    /// Hidden states that are wanted. Kernels find it by [`StepAddresses::count`] alone; their own header calls it reserved.
    pub hidden: u32,
}

/// One sequence of a step, as kernels read it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct SequenceEntry {
    /// Index of the sequence's first token in the step.
    pub first_token: u32,
    pub token_count: u32,
    /// Tokens in the cache once the step has run.
    pub context_len: u32,
    pub reserved: u32,
    /// For each KV group where the addresses of the sequence's blocks start in the block tables.
    pub first_block: [u32; MAX_KV_GROUPS],
}

const _: () = assert!(size_of::<StepHeader>() == 16 && size_of::<SequenceEntry>() == 32);
