use std::sync::Arc;

use crate::{Activation, AttentionSpec, Backend, Bucket, Experts, GatedActivation, KvLayout, RotaryStyle};

/// An activation `[rows, features]` of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Counts from 0; index into what belongs to each region.
    pub id: usize,
    pub features: usize,
    pub rows: Rows,
}

impl Region {
    /// The handle that a model gets.
    pub fn activation(self) -> Activation {
        Activation { id: self.id, features: self.features }
    }
}

/// What the rows of an activation stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// Every token of the step.
    Tokens,
    /// The tokens whose logits are wanted.
    LogitTokens,
    /// The tokens whose hidden states are wanted.
    HiddenTokens,
}

impl Rows {
    /// The most rows of a step of this bucket.
    pub const fn most(self, bucket: Bucket) -> usize {
        match self {
            Self::Tokens | Self::HiddenTokens => bucket.max_tokens,
            Self::LogitTokens => bucket.max_rows,
        }
    }
}

/// RMS norm of the heads of queries and keys.
pub struct HeadNorm<B: Backend> {
    pub query: B::Vector,
    pub key: B::Vector,
    pub epsilon: f32,
}

/// An attention layer and the cache it uses.
#[derive(Clone, Copy)]
pub struct Layer {
    pub spec: AttentionSpec,
    pub layout: KvLayout,
}

/// One step of a forward pass. Recording has checked that shapes fit and that regions of one operation differ.
pub enum Operation<B: Backend> {
    Embed {
        table: B::Linear,
        scale: f32,
        output: Region,
    },
    Norm {
        x: Region,
        weight: B::Vector,
        epsilon: f32,
        output: Region,
    },
    AddNorm {
        residual: Region,
        delta: Region,
        weight: B::Vector,
        epsilon: f32,
        output: Region,
    },
    Add {
        residual: Region,
        delta: Region,
    },
    Linear {
        x: Region,
        weight: B::Linear,
        output: Region,
    },
    /// Cosines and sines of the step's positions, `[tokens, cosines | sines]`; made once for all layers.
    RotaryTable {
        inverse_frequencies: B::Vector,
        factor: f32,
        output: Region,
    },
    RotateAndCache {
        qkv: Region,
        norm: Option<HeadNorm<B>>,
        table: Region,
        style: RotaryStyle,
        layer: Layer,
        queries: Region,
    },
    Attention {
        queries: Region,
        layer: Layer,
        output: Region,
    },
    Gated {
        gate_up: Region,
        activation: GatedActivation,
        output: Region,
    },
    Experts {
        x: Region,
        /// `[rows, experts]`
        scores: Region,
        experts: Arc<Experts<B>>,
        output: Region,
    },
    /// `output` has the rows of the tokens that its [`Region::rows`] says.
    GatherRows {
        x: Region,
        output: Region,
    },
    /// The norm of gathered rows, which go to the host.
    Hidden {
        x: Region,
        weight: B::Vector,
        epsilon: f32,
    },
    Logits {
        x: Region,
        head: B::Linear,
        soft_cap: Option<f32>,
    },
}

impl<B: Backend> Operation<B> {
    /// Every region that the operation reads or writes.
    pub fn regions(&self) -> Vec<Region> {
        match self {
            Self::Embed { output, .. } | Self::RotaryTable { output, .. } => vec![*output],
            Self::Norm { x, output, .. }
            | Self::Linear { x, output, .. }
            | Self::GatherRows { x, output } => {
                vec![*x, *output]
            }
            Self::AddNorm { residual, delta, output, .. } => vec![*residual, *delta, *output],
            Self::Add { residual, delta } => vec![*residual, *delta],
            Self::RotateAndCache { qkv, table, queries, .. } => vec![*qkv, *table, *queries],
            Self::Attention { queries, output, .. } => vec![*queries, *output],
            Self::Gated { gate_up, output, .. } => vec![*gate_up, *output],
            Self::Experts { x, scores, output, .. } => vec![*x, *scores, *output],
            Self::Hidden { x, .. } | Self::Logits { x, .. } => vec![*x],
        }
    }
}
