use std::collections::BTreeMap;

use conduit_backend::{SequenceInput, StepInputs, TokenSource};

use crate::pages::Pages;
use crate::sequence::{Sequence, SequenceId, Share};

/// One step's inputs, and whom they belong to.
pub(crate) struct Batch {
    pub(crate) inputs: StepInputs,
    pub(crate) members: Vec<Member>,
}

pub(crate) struct Member {
    pub(crate) id: SequenceId,
    pub(crate) tokens: usize,
    pub(crate) row: Option<u32>,
}

impl Batch {
    /// Lays out the shares of a step and takes the pages that they need.
    pub(crate) fn build(
        shares: Vec<(SequenceId, Share)>,
        sequences: &mut BTreeMap<SequenceId, Sequence>,
        pages: &mut Pages,
    ) -> Self {
        let mut batch = Self { inputs: StepInputs::default(), members: Vec::with_capacity(shares.len()) };
        for (id, share) in shares {
            if let Some(sequence) = sequences.get_mut(&id) {
                batch.push(id, share, sequence, pages);
            }
        }
        batch
    }

    fn push(&mut self, id: SequenceId, share: Share, sequence: &mut Sequence, pages: &mut Pages) {
        let inputs = &mut self.inputs;
        let start = inputs.tokens.len();
        let has_row = match share {
            Share::Known { tokens, row } => {
                inputs.tokens.extend(tokens.map(|place| TokenSource::Id(sequence.token(place))));
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

        pages.grow(sequence.pages_mut(), context_len);
        let mut blocks = Vec::with_capacity(sequence.pages_mut().tables.len());
        for table in &sequence.pages_mut().tables {
            let first = inputs.block_tables.len();
            inputs.block_tables.extend_from_slice(table);
            blocks.push(first..inputs.block_tables.len());
        }
        inputs.sequences.push(SequenceInput { tokens: start..end, context_len, blocks });

        let row = has_row.then(|| {
            inputs.logit_tokens.push(end as u32 - 1);
            inputs.logit_tokens.len() as u32 - 1
        });
        self.members.push(Member { id, tokens: end - start, row });
    }
}
