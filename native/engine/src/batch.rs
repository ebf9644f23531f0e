use std::collections::BTreeMap;
use std::ops::Range;

use conduit_backend::{SequenceInput, StepInputs, TokenSource};

use crate::sequence::{Sequence, Share};
use crate::task::SequenceId;

/// One step's inputs, and whom they belong to.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) inputs: StepInputs,
    pub(crate) members: Vec<Member>,
}

pub(crate) struct Member {
    pub(crate) id: SequenceId,
    pub(crate) tokens: usize,
    /// Tokens of the sequence that are computed once the step has run.
    pub(crate) context_len: usize,
    pub(crate) row: Option<u32>,
    /// Which of the step's hidden states are those of this sequence.
    pub(crate) hidden: Range<usize>,
}

impl Batch {
    /// Lays out the shares of a step, for which the sequences have their pages already.
    pub(crate) fn build(
        shares: Vec<(SequenceId, Share)>,
        sequences: &BTreeMap<SequenceId, Sequence>,
    ) -> Self {
        let mut batch = Self::default();
        for (id, share) in shares {
            if let Some(sequence) = sequences.get(&id) {
                batch.push(id, share, sequence);
            }
        }
        batch
    }

    fn push(&mut self, id: SequenceId, share: Share, sequence: &Sequence) {
        let inputs = &mut self.inputs;
        let start = inputs.tokens.len();
        let first_hidden = inputs.hidden_tokens.len();
        let has_row = match share {
            Share::Known { tokens, row, hidden } => {
                let place = |token| (start + token - tokens.start) as u32;
                inputs.hidden_tokens.extend(hidden.map(place));
                inputs.tokens.extend(sequence.tokens()[tokens].iter().map(|&token| TokenSource::Id(token)));
                row
            }
            Share::Previous { row } => {
                inputs.tokens.push(TokenSource::Previous(row));
                true
            }
        };
        let end = inputs.tokens.len();
        let first_position = sequence.cached();
        let context_len = first_position + end - start;
        inputs.positions.extend(first_position as u32..context_len as u32);

        let tables = sequence.pages().tables();
        let mut blocks = Vec::with_capacity(tables.len());
        for table in tables {
            let first = inputs.block_tables.len();
            inputs.block_tables.extend_from_slice(table);
            blocks.push(first..inputs.block_tables.len());
        }
        inputs.sequences.push(SequenceInput { tokens: start..end, context_len, blocks });

        let row = has_row.then(|| {
            inputs.logit_tokens.push(end as u32 - 1);
            inputs.logit_tokens.len() as u32 - 1
        });
        let hidden = first_hidden..inputs.hidden_tokens.len();
        self.members.push(Member { id, tokens: end - start, context_len, row, hidden });
    }
}
