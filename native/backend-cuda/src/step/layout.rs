use conduit_backend::Bucket;
use conduit_cuda_kernels::{ALIGNMENT_BYTES, SequenceEntry, StepAddresses, StepHeader};

/// Where a step's inputs lie in their buffer, the same on the host and on the device. Block tables come last, as long as
/// they are: a step uploads no more than it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InputLayout {
    pub header: u64,
    /// `u32` for each token: see [`super::inputs::encode`].
    pub sources: u64,
    pub positions: u64,
    pub token_sequences: u64,
    pub sequences: u64,
    pub logit_tokens: u64,
    pub hidden_tokens: u64,
    pub block_tables: u64,
}

impl InputLayout {
    /// The layout for steps of this bucket; beyond any memory where the bucket is.
    pub fn new(bucket: Bucket) -> Self {
        let mut next = 0_u64;
        let mut place = |count: usize, element_bytes: usize| {
            let start = next;
            let bytes = (count as u64).saturating_mul(element_bytes as u64);
            next = next.saturating_add(bytes).checked_next_multiple_of(ALIGNMENT_BYTES).unwrap_or(u64::MAX);
            start
        };
        let tokens = bucket.max_tokens;
        Self {
            header: place(1, size_of::<StepHeader>()),
            sources: place(tokens, size_of::<u32>()),
            positions: place(tokens, size_of::<u32>()),
            token_sequences: place(tokens, size_of::<u32>()),
            // Each sequence of a step has a token.
            sequences: place(tokens, size_of::<SequenceEntry>()),
            logit_tokens: place(bucket.max_rows, size_of::<u32>()),
            hidden_tokens: place(tokens, size_of::<u32>()),
            block_tables: place(0, size_of::<u32>()),
        }
    }

    /// Bytes of the inputs of a step with so many entries in its block tables.
    pub fn bytes(&self, block_table_entries: usize) -> u64 {
        self.block_tables.saturating_add(4 * block_table_entries as u64)
    }

    /// The addresses of inputs that start at `base`; `tokens` is where their ids go.
    pub fn addresses(&self, base: u64, tokens: u64) -> StepAddresses {
        StepAddresses {
            header: base + self.header,
            tokens,
            positions: base + self.positions,
            token_sequences: base + self.token_sequences,
            sequences: base + self.sequences,
            block_tables: base + self.block_tables,
            logit_tokens: base + self.logit_tokens,
            hidden_tokens: base + self.hidden_tokens,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_each_other_aligned() {
        let layout = InputLayout::new(Bucket { max_tokens: 65, max_rows: 3 });
        let starts = [
            layout.header,
            layout.sources,
            layout.positions,
            layout.token_sequences,
            layout.sequences,
            layout.logit_tokens,
            layout.hidden_tokens,
            layout.block_tables,
        ];
        assert_eq!(starts, [0, 256, 768, 1280, 1792, 4096, 4352, 4864]);
        assert_eq!(layout.bytes(3), layout.block_tables + 12);
    }

    #[test]
    fn sizes_beyond_counting_are_beyond_any_memory() {
        let layout = InputLayout::new(Bucket { max_tokens: usize::MAX / 2, max_rows: 1 });
        assert!(layout.bytes(0) > u64::MAX / 2);
    }
}
