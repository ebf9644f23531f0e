use conduit_backend::{AttentionSpec, Backend, KvLayout, Model, Ops, QueryKeyNorm};

use crate::architecture::Architecture;
use crate::feed_forward::FeedForward;
use crate::rotary::Rotary;

/// A decoder with its weights on a backend: data and modules, and no requests.
pub struct Decoder<B: Backend> {
    pub(crate) architecture: Architecture,
    pub(crate) kv_groups: Vec<KvLayout>,
    pub(crate) weight_bytes: u64,
    pub(crate) embedding: B::Linear,
    pub(crate) embedding_scale: f32,
    pub(crate) layers: Vec<Layer<B>>,
    pub(crate) norm: B::Vector,
    /// `None` for one that was saved to embed only.
    pub(crate) head: Option<B::Linear>,
}

pub(crate) struct Layer<B: Backend> {
    pub input_norm: B::Vector,
    pub qkv: B::Linear,
    pub head_norms: Option<HeadNorms<B>>,
    pub rotary: Rotary<B>,
    pub attention: AttentionSpec,
    pub output: B::Linear,
    pub feed_forward_norm: B::Vector,
    pub feed_forward: FeedForward<B>,
    pub post_norms: Option<PostNorms<B>>,
}

/// Norms of what is added to the residual stream (Gemma).
pub(crate) struct PostNorms<B: Backend> {
    pub attention: B::Vector,
    pub feed_forward: B::Vector,
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
        let residual = ops.embed(&self.embedding, self.embedding_scale);
        let mut delta = None;
        for layer in &self.layers {
            let x = match delta {
                None => ops.norm(residual, &layer.input_norm, epsilon),
                Some(delta) => ops.add_norm(residual, delta, &layer.input_norm, epsilon),
            };
            let qkv = ops.linear(x, &layer.qkv);
            let head_norms = layer.head_norms.as_ref();
            let norm = head_norms.map(|norms| QueryKeyNorm { query: &norms.query, key: &norms.key, epsilon });
            let queries = ops.rotate_and_cache(qkv, norm, &layer.rotary.spec(), &layer.attention);
            let mixed = ops.attention(queries, &layer.attention);
            let mut output = ops.linear(mixed, &layer.output);
            if let Some(norms) = &layer.post_norms {
                output = ops.norm(output, &norms.attention, epsilon);
            }
            let x = ops.add_norm(residual, output, &layer.feed_forward_norm, epsilon);
            let mut output = layer.feed_forward.record(ops, x, self.architecture.activation);
            if let Some(norms) = &layer.post_norms {
                output = ops.norm(output, &norms.feed_forward, epsilon);
            }
            delta = Some(output);
        }
        if let Some(delta) = delta {
            ops.add(residual, delta);
        }
        ops.hidden(residual, &self.norm, epsilon);
        let Some(head) = &self.head else { return };
        // Only the rows whose logits are wanted go on.
        let rows = ops.gather_rows(residual);
        let x = ops.norm(rows, &self.norm, epsilon);
        ops.logits(x, head, self.architecture.logit_soft_cap);
    }
}
