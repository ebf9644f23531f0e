use std::sync::Arc;

use bytes::Bytes;
use conduit_backend::{
    AttentionSpec, BLOCK_TOKENS, Backend, Bucket, Budget, DType, EXTENT_BYTES, GatedActivation,
    KV_ADDRESS_UNIT, KvAddress, KvDType, KvLayout, Memory, Model, Ops, RawLinear, RawPart, RawTensor,
    RawWeight, RotarySpec, RotaryStyle, SequenceInput, Shard, StepInputs, TokenSource,
};

use super::Subject;

pub const VOCAB: usize = 40;
pub const BUCKET: Bucket = Bucket { max_tokens: 48, max_rows: 6 };

const HEADS: usize = 4;
const KV_HEADS: usize = 2;
const HEAD_DIM: usize = 8;
pub const HIDDEN: usize = 24;
/// Of the embedding, which is also the head.
pub const EMBEDDING_SEED: u64 = 2;
const GROUPS: [KvLayout; 2] = [group(KvDType::F32, None), group(KvDType::BF16, Some(8))];

const fn group(dtype: KvDType, window: Option<usize>) -> KvLayout {
    KvLayout { layers: 1, kv_heads: KV_HEADS, head_dim: HEAD_DIM, dtype, window }
}

/// A decoder of two layers, one of them with a window, and random weights.
pub struct Toy<B: Backend> {
    embedding: B::Linear,
    layers: Vec<Layer<B>>,
    norm: B::Vector,
    inverse_frequencies: B::Vector,
}

struct Layer<B: Backend> {
    norms: [B::Vector; 2],
    qkv: B::Linear,
    output: B::Linear,
    gate_up: B::Linear,
    down: B::Linear,
}

impl<B: Backend> Model<B> for Toy<B> {
    fn kv_groups(&self) -> &[KvLayout] {
        &GROUPS
    }

    fn hidden_size(&self) -> usize {
        HIDDEN
    }

    fn vocab_size(&self) -> usize {
        VOCAB
    }

    fn max_positions(&self) -> usize {
        1024
    }

    fn weight_bytes(&self) -> u64 {
        0
    }

    fn record(&self, ops: &mut dyn Ops<B>) {
        let rotary = RotarySpec {
            inverse_frequencies: &self.inverse_frequencies,
            attention_factor: 1.0,
            style: RotaryStyle::Interleaved,
        };
        let residual = ops.embed(&self.embedding, 1.0);
        for (index, layer) in self.layers.iter().enumerate() {
            let attention = attention(index);
            let x = ops.norm(residual, &layer.norms[0], 1e-5);
            let qkv = ops.linear(x, &layer.qkv);
            let queries = ops.rotate_and_cache(qkv, None, &rotary, &attention);
            let mixed = ops.attention(queries, &attention);
            let output = ops.linear(mixed, &layer.output);
            let x = ops.add_norm(residual, output, &layer.norms[1], 1e-5);
            let gate_up = ops.linear(x, &layer.gate_up);
            let gated = ops.gated(gate_up, GatedActivation::GeluTanh);
            let down = ops.linear(gated, &layer.down);
            ops.add(residual, down);
        }
        ops.hidden(residual, &self.norm, 1e-5);
        let rows = ops.gather_rows(residual);
        let x = ops.norm(rows, &self.norm, 1e-5);
        ops.logits(x, &self.embedding, None);
    }
}

pub fn attention(group: usize) -> AttentionSpec {
    AttentionSpec {
        group,
        layer: 0,
        heads: HEADS,
        kv_heads: KV_HEADS,
        head_dim: HEAD_DIM,
        scale: 2.0,
        window: GROUPS[group].window,
        soft_cap: None,
    }
}

impl<B: Backend> Toy<B> {
    pub fn new(backend: &B) -> Self {
        let mut seed = EMBEDDING_SEED - 1;
        let mut linear = |rows, columns| {
            seed += 1;
            random_linear(backend, seed, rows, columns)
        };
        let vector = |features| backend.vector(&vec![1.5; features]).unwrap();
        let embedding = linear(VOCAB, HIDDEN);
        let mut layer = || Layer {
            norms: [vector(HIDDEN), vector(HIDDEN)],
            qkv: linear((HEADS + 2 * KV_HEADS) * HEAD_DIM, HIDDEN),
            output: linear(HIDDEN, HEADS * HEAD_DIM),
            gate_up: linear(2 * 20, HIDDEN),
            down: linear(HIDDEN, 20),
        };
        let layers = vec![layer(), layer()];
        let inverse_frequencies = backend.vector(&[1.0, 0.3, 0.1, 0.03]).unwrap();
        Self { embedding, layers, norm: vector(HIDDEN), inverse_frequencies }
    }
}

/// Numbers between -1 and 1.
pub fn random_weights(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

pub fn random_linear<B: Backend>(backend: &B, seed: u64, rows: usize, columns: usize) -> B::Linear {
    let bytes: Vec<u8> =
        random_weights(seed, rows * columns).into_iter().flat_map(f32::to_le_bytes).collect();
    let weight = RawTensor {
        name: "random".into(),
        dtype: DType::F32,
        shape: vec![rows, columns],
        data: Bytes::from(bytes),
    };
    let part = RawPart { weight: RawWeight::Dense(weight), bias: None };
    backend.linear(RawLinear { parts: vec![part] }, Shard::WHOLE).unwrap()
}

/// A backend with a toy on it.
pub struct Fixture<B: Backend> {
    pub backend: B,
    pub plan: B::Plan,
    pub memory: Arc<dyn Memory>,
}

/// What the toy's weights and one extent of KV take.
pub fn budget<S: Subject>() -> Budget {
    Budget { bytes: ((1 + S::WEIGHT_EXTENTS) * EXTENT_BYTES) as u64 }
}

pub fn fixture<S: Subject>() -> Fixture<S::Backend> {
    let backend = S::open();
    let memory = backend.memory(budget::<S>()).unwrap();
    memory.map().unwrap();
    let plan = backend.record(&Toy::new(&backend), BUCKET).unwrap();
    Fixture { backend, plan, memory }
}

/// Blocks that a sequence may have in these tests, in each group.
const BLOCKS: usize = 8;

/// Adds `tokens` at the end of a context of `context_len` to a step. Sequences differ in `slot`. The last token has a row.
pub fn add_sequence(inputs: &mut StepInputs, slot: usize, context_len: usize, tokens: &[TokenSource]) {
    let start = inputs.tokens.len();
    let end = start + tokens.len();
    inputs.tokens.extend(tokens);
    inputs.positions.extend((context_len - tokens.len()..context_len).map(|position| position as u32));
    inputs.logit_tokens.push(end as u32 - 1);
    let mut blocks = Vec::new();
    let mut group_start = 0;
    for group in GROUPS {
        let tables = inputs.block_tables.len();
        let units = group.block_bytes() / KV_ADDRESS_UNIT;
        let addresses =
            (0..BLOCKS).map(|block| KvAddress((group_start + (slot * BLOCKS + block) * units) as u32));
        inputs.block_tables.extend(addresses);
        blocks.push(tables..tables + BLOCKS);
        group_start += 32 * BLOCKS * units;
    }
    assert!(context_len <= BLOCKS * BLOCK_TOKENS);
    inputs.sequences.push(SequenceInput { tokens: start..end, context_len, blocks });
}

pub fn ids(ids: &[u32]) -> Vec<TokenSource> {
    ids.iter().copied().map(TokenSource::Id).collect()
}

/// A step of one sequence.
pub fn single(slot: usize, context_len: usize, tokens: &[u32]) -> StepInputs {
    let mut inputs = StepInputs::default();
    add_sequence(&mut inputs, slot, context_len, &ids(tokens));
    inputs
}
