use std::ops::Range;

use crate::KvAddress;

/// The largest step that a plan is recorded for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bucket {
    /// Tokens of one step, prefill and decode together.
    pub max_tokens: usize,
    /// Rows of logits of one step. Hidden states may be asked of every token.
    pub max_rows: usize,
}

/// Where a token of this step comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenSource {
    Id(u32),
    /// The token that the step before samples at this row, which the host need not know yet.
    Previous(u32),
}

/// The tokens of one sequence in a step: `tokens` of them, ending at position `context_len - 1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceInput {
    /// Indices into [`StepInputs::tokens`].
    pub tokens: Range<usize>,
    /// Tokens in the cache once this step has run.
    pub context_len: usize,
    /// For each KV group the range of [`StepInputs::block_tables`] that holds the addresses of this sequence's blocks, in
    /// the order of positions. They cover at least `context_len` tokens.
    pub blocks: Vec<Range<usize>>,
}

/// Everything that changes from step to step: prefill and decode mixed, sequences in any order.
#[derive(Clone, Debug, Default)]
pub struct StepInputs {
    pub tokens: Vec<TokenSource>,
    /// Position of each token in its sequence, from 0.
    pub positions: Vec<u32>,
    /// Sequences whose token ranges follow each other without gaps.
    pub sequences: Vec<SequenceInput>,
    pub block_tables: Vec<KvAddress>,
    /// Tokens whose logits are wanted, ascending; row `r` of the step belongs to `logit_tokens[r]`.
    pub logit_tokens: Vec<u32>,
    /// Tokens whose hidden states after the last norm are wanted, ascending, whether or not they have a row; they come as
    /// [`crate::Outputs::hidden`]. Only for plans of models that record [`crate::Ops::hidden`].
    pub hidden_tokens: Vec<u32>,
}
