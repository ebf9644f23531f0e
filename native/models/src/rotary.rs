use conduit_backend::{Backend, RotarySpec, RotaryStyle};

use crate::architecture::{Architecture, LayerRope};
use crate::error::Result;
use crate::rope::Rope;

/// Angles by which a layer rotates; layers that rotate alike share them.
pub(crate) struct Rotary<B: Backend> {
    inverse_frequencies: B::Vector,
    attention_factor: f32,
    style: RotaryStyle,
}

impl<B: Backend> Clone for Rotary<B> {
    fn clone(&self) -> Self {
        Self { inverse_frequencies: self.inverse_frequencies.clone(), ..*self }
    }
}

impl<B: Backend> Rotary<B> {
    fn new(backend: &B, rope: &Rope, style: RotaryStyle, max_model_len: usize) -> Result<Self> {
        let inverse_frequencies = backend.vector(&rope.inverse_frequencies(max_model_len))?;
        Ok(Self { inverse_frequencies, attention_factor: rope.attention_factor(), style })
    }

    /// One frequency of 0 leaves every head as it is.
    fn none(backend: &B) -> Result<Self> {
        let inverse_frequencies = backend.vector(&[0.0])?;
        Ok(Self { inverse_frequencies, attention_factor: 1.0, style: RotaryStyle::RotateHalf })
    }

    pub fn spec(&self) -> RotarySpec<'_, B> {
        RotarySpec {
            inverse_frequencies: &self.inverse_frequencies,
            attention_factor: self.attention_factor,
            style: self.style,
        }
    }
}

/// The angles of each layer, for sequences of up to `max_model_len` tokens.
pub(crate) fn rotaries<B: Backend>(
    backend: &B,
    architecture: &Architecture,
    max_model_len: usize,
) -> Result<Vec<Rotary<B>>> {
    let Architecture { rope, local_rope, rotary_style, layer_ropes, .. } = architecture;
    let global = Rotary::new(backend, rope, *rotary_style, max_model_len)?;
    let local = Rotary::new(backend, local_rope, *rotary_style, max_model_len)?;
    let none = Rotary::none(backend)?;
    let of_layer = |rope: &LayerRope| match rope {
        LayerRope::Global => global.clone(),
        LayerRope::Local => local.clone(),
        LayerRope::None => none.clone(),
    };
    Ok(layer_ropes.iter().map(of_layer).collect())
}
