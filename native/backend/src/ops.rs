use std::sync::Arc;

use crate::{Backend, Experts};

/// Handle of an activation `[tokens, features]` in the shared workspace, valid within one recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activation {
    pub id: usize,
    pub features: usize,
}

/// How rotary position embedding pairs the elements of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RotaryStyle {
    /// Element `i` with `i + rotary_dim / 2` (Hugging Face Llama, Qwen, Mistral).
    RotateHalf,
    /// Element `2i` with `2i + 1` (GPT-J).
    Interleaved,
}

/// Rotary position embedding; scaling rules (Llama-3, YaRN, …) are already in the frequencies.
pub struct RotarySpec<'a, B: Backend + ?Sized> {
    /// `rotary_dim / 2` angular frequencies in radians per position. What is beyond `rotary_dim` in a head stays as it is, and
    /// so does what turns at a frequency of 0: a layer without rotary embedding has one such.
    pub inverse_frequencies: &'a B::Vector,
    /// Factor on both sine and cosine (YaRN's `attention_factor`); 1 for plain rotary embedding.
    pub attention_factor: f32,
    pub style: RotaryStyle,
}

/// RMS norm over each head of queries and keys, before the rotary embedding (Qwen3).
pub struct QueryKeyNorm<'a, B: Backend + ?Sized> {
    /// `[head_dim]` each.
    pub query: &'a B::Vector,
    pub key: &'a B::Vector,
    pub epsilon: f32,
}

/// Shape of one attention layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AttentionSpec {
    /// Index of the layer's KV group in [`crate::Model::kv_groups`].
    pub group: usize,
    /// Index of the layer within its group.
    pub layer: usize,
    pub heads: usize,
    pub kv_heads: usize,
    pub head_dim: usize,
    /// Factor on the query-key products, usually `head_dim^-0.5`.
    pub scale: f32,
    /// Positions that a token sees, itself included; `None` sees everything.
    pub window: Option<usize>,
    /// `cap * tanh(score / cap)` on the scores (Gemma 2).
    pub soft_cap: Option<f32>,
}

/// The gate of a gated feed-forward layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GatedActivation {
    /// `silu(gate) * up`
    Silu,
    /// `gelu_tanh(gate) * up`
    GeluTanh,
}

/// The operations of which decoders are made. Each call records one operation and returns at once.
///
/// Activations are single-assignment, except the residual stream, which [`Ops::add`] and [`Ops::add_norm`] update in place.
/// A recorder that is given unmatching shapes reports it from [`crate::Backend::record`].
pub trait Ops<B: Backend + ?Sized> {
    /// Rows of `table` (`[vocab, hidden]`, the packed weight also serving as a tied head) for this step's tokens, times `scale`
    /// (1 in most families, the root of `hidden` in Gemma).
    fn embed(&mut self, table: &B::Linear, scale: f32) -> Activation;

    /// RMS norm: `x / sqrt(mean(x^2) + epsilon) * weight`.
    fn norm(&mut self, x: Activation, weight: &B::Vector, epsilon: f32) -> Activation;

    /// `residual += delta`, then the RMS norm of the sum.
    fn add_norm(
        &mut self,
        residual: Activation,
        delta: Activation,
        weight: &B::Vector,
        epsilon: f32,
    ) -> Activation;

    /// `residual += delta`.
    fn add(&mut self, residual: Activation, delta: Activation);

    /// `x * weight^T + bias`.
    fn linear(&mut self, x: Activation, weight: &B::Linear) -> Activation;

    /// Takes `qkv` (`heads + 2 * kv_heads` heads side by side), applies the optional q/k norm and the rotary embedding,
    /// writes keys and values into the cache, and returns the queries `[tokens, heads * head_dim]`.
    fn rotate_and_cache(
        &mut self,
        qkv: Activation,
        norm: Option<QueryKeyNorm<'_, B>>,
        rotary: &RotarySpec<'_, B>,
        attention: &AttentionSpec,
    ) -> Activation;

    /// Causal attention of the queries over everything in the cache that their sequences hold.
    fn attention(&mut self, queries: Activation, attention: &AttentionSpec) -> Activation;

    /// `gate_up` holds gate and up side by side; the result has half the features.
    fn gated(&mut self, gate_up: Activation, activation: GatedActivation) -> Activation;

    /// Sends each row of `x` through the [`Experts::chosen`] experts with the largest `scores` (`[rows, experts]`; of equal ones the
    /// one with the lower index), and adds up what they give, weighted by the softmax of the row's scores, in the order of their
    /// indices.
    fn experts(&mut self, x: Activation, scores: Activation, experts: &Arc<Experts<B>>) -> Activation;

    /// The rows that [`crate::StepInputs::logit_tokens`] names: `[rows, features]`.
    fn gather_rows(&mut self, x: Activation) -> Activation;

    /// RMS norm of the rows that [`crate::StepInputs::hidden_tokens`] names, which go to the host: what embeddings are made of.
    /// At most once; costs nothing in steps that name none.
    fn hidden(&mut self, x: Activation, weight: &B::Vector, epsilon: f32);

    /// Last operation: logits `[rows, vocab]` of gathered rows, kept on the device for sampling; with a soft cap (Gemma 2)
    /// `cap * tanh(logit / cap)`.
    fn logits(&mut self, x: Activation, head: &B::Linear, soft_cap: Option<f32>);
}
