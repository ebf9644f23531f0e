use crate::{Backend, GatedActivation};

/// A feed-forward layer of experts, of which each row goes through those that score highest.
pub struct Experts<B: Backend + ?Sized> {
    /// All of the same shape.
    pub experts: Vec<Expert<B>>,
    /// How many of them a row goes through.
    pub chosen: usize,
    /// Whether the weights of those that a row goes through are brought to a sum of 1.
    pub normalized: bool,
    pub activation: GatedActivation,
}

/// A gated feed-forward network.
pub struct Expert<B: Backend + ?Sized> {
    /// Gate and up side by side.
    pub gate_up: B::Linear,
    pub down: B::Linear,
}

impl<B: Backend> Experts<B> {
    /// Whether rows of `features` can be sent through any of them and come back as wide, and there are as many as are chosen.
    pub(crate) fn fit(&self, backend: &B, features: usize) -> bool {
        let shapes =
            |expert: &Expert<B>| [&expert.gate_up, &expert.down].map(|layer| backend.linear_shape(layer));
        let first = self.experts.first().map(|expert| shapes(expert)[1].in_features);
        let fits = |expert: &Expert<B>| {
            let [gate_up, down] = shapes(expert);
            gate_up.in_features == features
                && Some(down.in_features) == first
                && gate_up.out_features == 2 * down.in_features
                && down.out_features == features
        };
        (1..=self.experts.len()).contains(&self.chosen) && self.experts.iter().all(fits)
    }
}
