use std::sync::Arc;

use conduit_backend::{Activation, AttentionSpec, Bucket, GatedActivation, KvLayout, RotaryStyle};

use crate::weights::{CpuLinear, CpuVector};

/// A recorded forward pass: operations, and where in the shared workspace their results lie.
#[derive(Clone)]
pub struct CpuPlan(pub(crate) Arc<Plan>);

pub(crate) struct Plan {
    pub bucket: Bucket,
    pub operations: Vec<Operation>,
    /// Offset of each region in elements of f32, by [`Region::id`].
    pub offsets: Vec<usize>,
    /// Elements of f32 that the regions take together.
    pub workspace: usize,
    pub kv_groups: Vec<KvLayout>,
    /// Ids that a token may have: rows of the logits.
    pub vocab_size: usize,
}

impl Plan {
    /// Elements of f32 that the logits of a step take.
    pub fn logits(&self) -> usize {
        self.bucket.max_rows.saturating_mul(self.vocab_size)
    }
}

/// An activation `[rows, features]` in the workspace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Region {
    pub id: usize,
    pub features: usize,
    pub rows: Rows,
}

impl Region {
    pub fn activation(self) -> Activation {
        Activation { id: self.id, features: self.features }
    }
}

/// What the rows of an activation stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rows {
    /// Every token of the step.
    Tokens,
    /// The tokens whose logits are wanted.
    LogitTokens,
}

/// RMS norm of the heads of queries and keys.
pub(crate) struct HeadNorm {
    pub query: CpuVector,
    pub key: CpuVector,
    pub epsilon: f32,
}

/// An attention layer and the cache it uses.
#[derive(Clone, Copy)]
pub(crate) struct Layer {
    pub spec: AttentionSpec,
    pub layout: KvLayout,
}

pub(crate) enum Operation {
    Embed {
        table: CpuLinear,
        output: Region,
    },
    Norm {
        x: Region,
        weight: CpuVector,
        epsilon: f32,
        output: Region,
    },
    AddNorm {
        residual: Region,
        delta: Region,
        weight: CpuVector,
        epsilon: f32,
        output: Region,
    },
    Add {
        residual: Region,
        delta: Region,
    },
    Linear {
        x: Region,
        weight: CpuLinear,
        output: Region,
    },
    /// Cosines and sines of the step's positions, `[tokens, cosines | sines]`; made once for all layers.
    RotaryTable {
        inverse_frequencies: CpuVector,
        factor: f32,
        output: Region,
    },
    RotateAndCache {
        qkv: Region,
        norm: Option<HeadNorm>,
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
    GatherRows {
        x: Region,
        output: Region,
    },
    Logits {
        x: Region,
        head: CpuLinear,
    },
}

impl Operation {
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
            Self::Logits { x, .. } => vec![*x],
        }
    }
}
