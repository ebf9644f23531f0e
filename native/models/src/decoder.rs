use conduit_backend::{AttentionSpec, Backend, KvLayout, Model, Ops, QueryKeyNorm, RotarySpec};

use crate::architecture::Architecture;

/// A decoder with its weights on a backend: data and modules, and no requests.
pub struct Decoder<B: Backend> {
    pub(crate) architecture: Architecture,
    pub(crate) kv_groups: Vec<KvLayout>,
    pub(crate) weight_bytes: u64,
    pub(crate) embedding: B::Linear,
    pub(crate) layers: Vec<Layer<B>>,
    pub(crate) norm: B::Vector,
    /// `None` for one that was saved to embed only.
    pub(crate) head: Option<B::Linear>,
    pub(crate) inverse_frequencies: B::Vector,
}

pub(crate) struct Layer<B: Backend> {
    pub input_norm: B::Vector,
    pub qkv: B::Linear,
    pub head_norms: Option<HeadNorms<B>>,
    pub attention: AttentionSpec,
    pub output: B::Linear,
    pub post_attention_norm: B::Vector,
    pub gate_up: B::Linear,
    pub down: B::Linear,
}

pub(crate) struct HeadNorms<B: Backend> {
    pub query: B::Vector,
    pub key: B::Vector,
}

impl<B: Backend> Decoder<B> {
    /// What the decoder was built from.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }
}

impl<B: Backend> Model<B> for Decoder<B> {
    fn kv_groups(&self) -> &[KvLayout] {
        &self.kv_groups
    }

    fn hidden_size(&self) -> usize {
        self.architecture.hidden_size
    }

    fn has_logits(&self) -> bool {
        self.head.is_some()
    }

    fn vocab_size(&self) -> usize {
        self.architecture.vocab_size
    }

    fn max_positions(&self) -> usize {
        self.architecture.max_positions()
    }

    fn weight_bytes(&self) -> u64 {
        self.weight_bytes
    }

    fn record(&self, ops: &mut dyn Ops<B>) {
        let epsilon = self.architecture.rms_norm_epsilon;
        let rotary = RotarySpec {
            inverse_frequencies: &self.inverse_frequencies,
            attention_factor: self.architecture.rope.attention_factor(),
            style: self.architecture.rotary_style,
        };
        let residual = ops.embed(&self.embedding);
        let mut delta = None;
        for layer in &self.layers {
            let x = match delta {
                None => ops.norm(residual, &layer.input_norm, epsilon),
                Some(delta) => ops.add_norm(residual, delta, &layer.input_norm, epsilon),
            };
            let qkv = ops.linear(x, &layer.qkv);
            let head_norms = layer.head_norms.as_ref();
            let norm = head_norms.map(|norms| QueryKeyNorm { query: &norms.query, key: &norms.key, epsilon });
            let queries = ops.rotate_and_cache(qkv, norm, &rotary, &layer.attention);
            let mixed = ops.attention(queries, &layer.attention);
            let output = ops.linear(mixed, &layer.output);
            let x = ops.add_norm(residual, output, &layer.post_attention_norm, epsilon);
            let gate_up = ops.linear(x, &layer.gate_up);
            let gated = ops.gated(gate_up, self.architecture.activation);
            delta = Some(ops.linear(gated, &layer.down));
        }
        if let Some(delta) = delta {
            ops.add(residual, delta);
        }
        ops.hidden(residual, &self.norm, epsilon);
        let Some(head) = &self.head else { return };
        // Only the rows whose logits are wanted go on.
        let rows = ops.gather_rows(residual);
        let x = ops.norm(rows, &self.norm, epsilon);
        ops.logits(x, head);
    }
}
