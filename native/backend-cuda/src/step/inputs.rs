use conduit_backend::{StepInputs, TokenSource};
use conduit_cuda_kernels::tokens::{source_of_id, source_of_sampled};
use conduit_cuda_kernels::{MAX_KV_GROUPS, SequenceEntry, StepHeader};

use super::layout::InputLayout;

/// Rows of each slot in the array of sampled tokens.
pub(crate) const SAMPLED_ROWS: usize = 1 << 16;

/// The step's inputs as they are uploaded. `previous` is the slot of the step before; the inputs were checked.
///
/// `target` holds all of [`InputLayout::bytes`]; what lies between the parts is left as it is.
pub(crate) fn write_inputs(
    target: &mut [u8],
    layout: &InputLayout,
    inputs: &StepInputs,
    previous: Option<usize>,
) {
    let header = StepHeader {
        tokens: inputs.tokens.len() as u32,
        rows: inputs.logit_tokens.len() as u32,
        sequences: inputs.sequences.len() as u32,
        hidden: inputs.hidden_tokens.len() as u32,
    };
    write(target, layout.header, std::iter::once(header));
    let encode = |source: &TokenSource| encode(*source, previous.unwrap_or(0));
    write(target, layout.sources, inputs.tokens.iter().map(encode));
    write(target, layout.positions, inputs.positions.iter().copied());
    let of_sequence = inputs.sequences.iter().enumerate();
    let token_sequences =
        of_sequence.flat_map(|(index, sequence)| std::iter::repeat_n(index as u32, sequence.tokens.len()));
    write(target, layout.token_sequences, token_sequences);
    write(
        target,
        layout.sequences,
        inputs.sequences.iter().map(|sequence| {
            let mut first_block = [0; MAX_KV_GROUPS];
            for (first_block, blocks) in first_block.iter_mut().zip(&sequence.blocks) {
                *first_block = blocks.start as u32;
            }
            SequenceEntry {
                first_token: sequence.tokens.start as u32,
                token_count: sequence.tokens.len() as u32,
                context_len: sequence.context_len as u32,
                reserved: 0,
                first_block,
            }
        }),
    );
    write(target, layout.logit_tokens, inputs.logit_tokens.iter().copied());
    write(target, layout.hidden_tokens, inputs.hidden_tokens.iter().copied());
    write(target, layout.block_tables, inputs.block_tables.iter().map(|address| address.0));
}

/// An id, or where the array of sampled tokens has it.
fn encode(source: TokenSource, previous: usize) -> u32 {
    match source {
        TokenSource::Id(id) => source_of_id(id),
        TokenSource::Previous(row) => source_of_sampled((previous * SAMPLED_ROWS) as u32 + row),
    }
}

fn write<T: bytemuck::NoUninit>(target: &mut [u8], offset: u64, values: impl Iterator<Item = T>) {
    for (target, value) in target[offset as usize..].chunks_exact_mut(size_of::<T>()).zip(values) {
        target.copy_from_slice(bytemuck::bytes_of(&value));
    }
}

#[cfg(test)]
mod tests {
    use conduit_backend::{Bucket, KvAddress, SequenceInput};

    use super::*;

    #[test]
    fn a_step_is_laid_out_as_kernels_read_it() {
        let layout = InputLayout::new(Bucket { max_tokens: 4, max_rows: 4 });
        let inputs = StepInputs {
            tokens: vec![TokenSource::Id(7), TokenSource::Id(8), TokenSource::Previous(3)],
            positions: vec![0, 1, 40],
            sequences: vec![
                SequenceInput { tokens: 0..2, context_len: 2, blocks: vec![0..1, 1..2] },
                SequenceInput { tokens: 2..3, context_len: 41, blocks: vec![2..5, 5..8] },
            ],
            block_tables: (10..18).map(KvAddress).collect(),
            logit_tokens: vec![1, 2],
            hidden_tokens: vec![0],
        };
        let mut target = vec![0xFF; layout.bytes(inputs.block_tables.len()) as usize];
        write_inputs(&mut target, &layout, &inputs, Some(1));
        let words = |offset: u64, count: usize| -> Vec<u32> {
            let bytes = target[offset as usize..].chunks_exact(4).take(count);
            bytes.map(|bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])).collect()
        };
        assert_eq!(words(layout.header, 4), [3, 2, 2, 1]);
        assert_eq!(words(layout.sources, 4), [7, 8, 1 << 31 | 1 << 16 | 3, u32::MAX]);
        assert_eq!(words(layout.positions, 3), [0, 1, 40]);
        assert_eq!(words(layout.token_sequences, 3), [0, 0, 1]);
        assert_eq!(words(layout.sequences, 8), [0, 2, 2, 0, 0, 1, 0, 0]);
        assert_eq!(words(layout.sequences + 32, 8), [2, 1, 41, 0, 2, 5, 0, 0]);
        assert_eq!(words(layout.logit_tokens, 2), [1, 2]);
        assert_eq!(words(layout.hidden_tokens, 2), [0, u32::MAX]);
        assert_eq!(words(layout.block_tables, 8), (10..18).collect::<Vec<u32>>());
    }
}
