//! Experts as files have them: each on its own, or all of a layer in one tensor.

use std::sync::Arc;

use conduit_backend::{Backend, Expert, Experts, RawPart, RawTensor};

use crate::architecture::{Architecture, Family, Mixture};
use crate::error::Result;
use crate::feed_forward::FeedForward;
use crate::load::{Builder, weight};

/// What router and experts of a layer are called.
struct Names {
    /// What begins all of them.
    block: String,
    gate: &'static str,
    up: &'static str,
    down: &'static str,
}

impl Names {
    fn expert(&self, index: usize, part: &str) -> String {
        format!("{}.experts.{index}.{part}", self.block)
    }
}

impl<B: Backend> Builder<'_, B> {
    /// Router and experts of a layer.
    pub(crate) fn mixture(&mut self, layer: usize, mixture: &Mixture) -> Result<FeedForward<B>> {
        let Architecture { hidden_size, activation, .. } = *self.architecture;
        let names = self.names(layer);
        // What it says is not a number but a choice, which quantising would change.
        let router =
            self.linear(&[(&format!("{}.gate", names.block), mixture.experts, false)], hidden_size, None)?;
        let experts = match self.files.has(&format!("{}.experts.gate_up_proj", names.block)) {
            true => self.fused_experts(&names, mixture)?,
            false => (0..mixture.experts)
                .map(|index| self.expert(&names, mixture, index))
                .collect::<Result<_>>()?,
        };
        let Mixture { chosen, normalized, .. } = *mixture;
        Ok(FeedForward::Mixture {
            router,
            experts: Arc::new(Experts { experts, chosen, normalized, activation }),
        })
    }

    /// transformers 5 calls Mixtral's layers as Qwen's, and goes by the names of the publisher as it saves them, unless it is told not to.
    fn names(&self, layer: usize) -> Names {
        let block = format!("model.layers.{layer}.mlp");
        match self.architecture.family {
            Family::Mixtral if !self.files.has(&format!("{block}.gate.weight")) => {
                let block = format!("model.layers.{layer}.block_sparse_moe");
                Names { block, gate: "w1", up: "w3", down: "w2" }
            }
            _ => Names { block, gate: "gate_proj", up: "up_proj", down: "down_proj" },
        }
    }

    fn expert(&mut self, names: &Names, mixture: &Mixture, index: usize) -> Result<Expert<B>> {
        let (hidden_size, inner) = (self.architecture.hidden_size, mixture.intermediate_size);
        let [gate, up, down] = [names.gate, names.up, names.down].map(|part| names.expert(index, part));
        let to = self.options.quantization;
        Ok(Expert {
            gate_up: self.linear(&[(&gate, inner, false), (&up, inner, false)], hidden_size, to)?,
            down: self.linear(&[(&down, hidden_size, false)], inner, to)?,
        })
    }

    /// `[experts, gate | up, hidden]` and `[experts, hidden, inner]`, which transformers computes with.
    fn fused_experts(&mut self, names: &Names, mixture: &Mixture) -> Result<Vec<Expert<B>>> {
        let (hidden_size, inner) = (self.architecture.hidden_size, mixture.intermediate_size);
        let mut layers = |part: &str, shape: [usize; 2]| {
            let name = format!("{}.experts.{part}", names.block);
            let tensor = self.tensor(&name, &[mixture.experts, shape[0], shape[1]])?;
            (0..mixture.experts).map(|index| self.pack_one(&tensor, index, shape)).collect::<Result<Vec<_>>>()
        };
        let gate_ups = layers("gate_up_proj", [2 * inner, hidden_size])?;
        let downs = layers("down_proj", [hidden_size, inner])?;
        Ok(gate_ups.into_iter().zip(downs).map(|(gate_up, down)| Expert { gate_up, down }).collect())
    }

    /// One of the matrices that a tensor holds.
    fn pack_one(&mut self, tensor: &RawTensor, index: usize, shape: [usize; 2]) -> Result<B::Linear> {
        let bytes = tensor.data.len() / tensor.shape[0];
        let matrix = RawTensor {
            name: format!("{}[{index}]", tensor.name),
            dtype: tensor.dtype,
            shape: shape.to_vec(),
            data: tensor.data.slice(index * bytes..(index + 1) * bytes),
        };
        self.pack(vec![RawPart { weight: weight(matrix, self.options.quantization), bias: None }])
    }
}
