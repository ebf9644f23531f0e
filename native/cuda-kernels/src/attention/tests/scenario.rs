use conduit_backend::{AttentionSpec, BLOCK_TOKENS, DType, KV_ADDRESS_UNIT, KvLayout};

use crate::test_support::{encoded, random, rounded};
use crate::{SequenceEntry, StepAddresses, Tensor};

/// Tokens of one sequence in a step.
#[derive(Clone, Copy, Debug)]
pub struct Chunk {
    pub tokens: usize,
    /// Tokens in the cache before.
    pub earlier: usize,
    /// Blocks that it has in common with the sequence before it.
    pub shared_blocks: usize,
}

/// A chunk whose sequence has all its blocks to itself.
pub const fn chunk(tokens: usize, earlier: usize) -> Chunk {
    Chunk { tokens, earlier, shared_blocks: 0 }
}

impl Chunk {
    pub const fn context(&self) -> usize {
        self.earlier + self.tokens
    }
}

/// Layers of the test's KV group, of which the last is looked at.
const LAYERS: usize = 2;

/// The KV group that is looked at; the other has block tables that lead nowhere.
pub const KV_GROUP: usize = 1;

/// Start of the KV range before the memory that is there: block addresses that count in bytes would not fit 32 bits.
pub const RANGE_OFFSET: u64 = 5 << 30;

/// One step's attention at one shape, with queries and a cache.
pub struct Scenario {
    pub spec: AttentionSpec,
    pub layout: KvLayout,
    pub chunks: Vec<Chunk>,
    pub queries: Vec<f32>,
    /// Blocks of each sequence, in the order of positions.
    pub blocks: Vec<Vec<usize>>,
    /// `[block][key, value][kv_head][token][head_dim]`; NaN where no token was written.
    cache: Vec<f32>,
}

/// Shape of a scenario.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub head_dim: usize,
    pub kv_heads: usize,
    pub group: usize,
    pub kv_dtype: DType,
    pub window: Option<usize>,
    pub soft_cap: Option<f32>,
}

impl Shape {
    pub const fn new(head_dim: usize, kv_heads: usize, group: usize, kv_dtype: DType) -> Self {
        Self { head_dim, kv_heads, group, kv_dtype, window: None, soft_cap: None }
    }
}

impl Scenario {
    pub fn new(shape: Shape, chunks: &[Chunk]) -> Self {
        let Shape { head_dim, kv_heads, group, kv_dtype, window, soft_cap } = shape;
        let heads = kv_heads * group;
        let spec = AttentionSpec {
            group: KV_GROUP,
            layer: LAYERS - 1,
            heads,
            kv_heads,
            head_dim,
            scale: (head_dim as f32).powf(-0.5),
            window,
            soft_cap,
        };
        let layout = KvLayout { layers: LAYERS, kv_heads, head_dim, dtype: kv_dtype.into(), window };
        let tokens: usize = chunks.iter().map(|chunk| chunk.tokens).sum();
        // Large enough to make attention sharp, so that a position too many or too few shows; without an error of rounding,
        // which sharp attention would enlarge.
        let queries = random(1, tokens * heads * head_dim);
        let queries = queries.iter().map(|query| rounded(query * 6.0, kv_dtype)).collect();
        let mut scenario =
            Self { spec, layout, chunks: chunks.to_vec(), queries, blocks: Vec::new(), cache: Vec::new() };
        scenario.fill();
        scenario
    }

    pub fn kv_dtype(&self) -> DType {
        self.layout.dtype.plain().unwrap()
    }

    pub fn tokens(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.tokens).sum()
    }

    /// Deals blocks out in a shuffled order, and writes what lies in the context.
    fn fill(&mut self) {
        let own = |chunk: &Chunk| chunk.context().div_ceil(BLOCK_TOKENS) - chunk.shared_blocks;
        let count: usize = self.chunks.iter().map(own).sum();
        self.cache = vec![f32::NAN; count * self.block_elements()];
        let mut order: Vec<usize> = (0..count).collect();
        let keys = random(7, count);
        order.sort_by(|a, b| keys[*a].total_cmp(&keys[*b]));
        for (index, chunk) in self.chunks.clone().iter().enumerate() {
            let shared = if index > 0 { &self.blocks[index - 1][..chunk.shared_blocks] } else { &[] };
            let mut blocks = shared.to_vec();
            blocks.extend(order.drain(..own(chunk)));
            self.blocks.push(blocks);
            for position in chunk.shared_blocks * BLOCK_TOKENS..chunk.context() {
                self.write(index, position);
            }
        }
    }

    fn block_elements(&self) -> usize {
        2 * self.spec.kv_heads * BLOCK_TOKENS * self.spec.head_dim
    }

    /// Keys and values of a position, which depend on the sequence and the position alone.
    fn write(&mut self, sequence: usize, position: usize) {
        let head_dim = self.spec.head_dim;
        let row = self.spec.kv_heads * head_dim;
        let seed = (sequence * 10_007 + position) as u64 + 11;
        let numbers = random(seed, 2 * row);
        for side in 0..2 {
            for kv_head in 0..self.spec.kv_heads {
                let start = self.place(sequence, position, side, kv_head);
                for feature in 0..head_dim {
                    let number = numbers[side * row + kv_head * head_dim + feature];
                    self.cache[start + feature] = rounded(number, self.kv_dtype());
                }
            }
        }
    }

    fn place(&self, sequence: usize, position: usize, side: usize, kv_head: usize) -> usize {
        let block = self.blocks[sequence][position / BLOCK_TOKENS];
        let row = (side * self.spec.kv_heads + kv_head) * BLOCK_TOKENS + position % BLOCK_TOKENS;
        block * self.block_elements() + row * self.spec.head_dim
    }

    pub fn key(&self, sequence: usize, position: usize, kv_head: usize) -> &[f32] {
        &self.cache[self.place(sequence, position, 0, kv_head)..][..self.spec.head_dim]
    }

    pub fn value(&self, sequence: usize, position: usize, kv_head: usize) -> &[f32] {
        &self.cache[self.place(sequence, position, 1, kv_head)..][..self.spec.head_dim]
    }

    /// The KV range as it lies in memory: a block that is no one's, then all others. Other layers are NaN.
    pub fn cache_bytes(&self) -> Vec<u8> {
        let bytes = self.layout.block_bytes();
        let count = self.cache.len() / self.block_elements();
        let mut range = vec![0xFF; (count + 1) * bytes];
        for (block, elements) in self.cache.chunks_exact(self.block_elements()).enumerate() {
            let start = (block + 1) * bytes + self.spec.layer * self.layout.layer_bytes();
            let encoded = encoded(elements, self.kv_dtype());
            range[start..start + encoded.len()].copy_from_slice(&encoded);
        }
        range
    }

    fn address(&self, block: Option<usize>) -> u32 {
        let index = block.map_or(0, |block| block + 1);
        ((RANGE_OFFSET as usize + index * self.layout.block_bytes()) / KV_ADDRESS_UNIT) as u32
    }

    /// Entries of the sequences, and all block tables. Blocks that no token of the step sees lead to the block that is no one's.
    pub fn tables(&self) -> (Vec<SequenceEntry>, Vec<u32>) {
        let nowhere = self.address(None);
        let mut tables = vec![nowhere];
        let mut first_token = 0;
        let mut entries = Vec::new();
        for (chunk, blocks) in self.chunks.iter().zip(&self.blocks) {
            let first_seen = self.first_seen(chunk.earlier) / BLOCK_TOKENS;
            let mut entry = SequenceEntry {
                first_token,
                token_count: chunk.tokens as u32,
                context_len: chunk.context() as u32,
                ..SequenceEntry::default()
            };
            entry.first_block[KV_GROUP] = tables.len() as u32;
            let addresses = blocks.iter().enumerate();
            tables.extend(
                addresses
                    .map(|(at, block)| if at < first_seen { nowhere } else { self.address(Some(*block)) }),
            );
            first_token += entry.token_count;
            entries.push(entry);
        }
        tables.push(nowhere);
        (entries, tables)
    }

    pub fn first_seen(&self, position: usize) -> usize {
        self.spec.window.map_or(0, |window| (position + 1).saturating_sub(window))
    }
}

/// Where a scenario lies on a device.
pub struct Placed {
    pub step: StepAddresses,
    pub cache: u64,
    pub queries: Tensor,
}
