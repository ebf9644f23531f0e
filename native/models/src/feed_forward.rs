use std::sync::Arc;

use conduit_backend::{Activation, Backend, Experts, GatedActivation, Ops};

/// What follows attention in a layer.
pub(crate) enum FeedForward<B: Backend> {
    /// One gated network.
    Dense { gate_up: B::Linear, down: B::Linear },
    /// Experts, and what scores them for each token.
    Mixture { router: B::Linear, experts: Arc<Experts<B>> },
}

impl<B: Backend> FeedForward<B> {
    pub fn record(&self, ops: &mut dyn Ops<B>, x: Activation, activation: GatedActivation) -> Activation {
        match self {
            Self::Dense { gate_up, down } => {
                let gate_up = ops.linear(x, gate_up);
                let gated = ops.gated(gate_up, activation);
                ops.linear(gated, down)
            }
            Self::Mixture { router, experts } => {
                let scores = ops.linear(x, router);
                ops.experts(x, scores, experts)
            }
        }
    }
}
