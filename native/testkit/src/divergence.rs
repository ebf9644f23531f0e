//! How far one model's logits are from another's.

/// Means over positions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Divergence {
    positions: usize,
    divergence: f64,
    agreeing: usize,
}

impl Divergence {
    /// Takes in one position after the other.
    ///
    /// # Panics
    /// Where the vocabularies differ.
    pub fn add(&mut self, reference: &[f32], other: &[f32]) {
        assert_eq!(reference.len(), other.len());
        let (reference_log, other_log) = (log_probabilities(reference), log_probabilities(other));
        let terms = reference_log.iter().zip(&other_log).map(|(p, q)| p.exp() * (p - q));
        self.divergence += terms.sum::<f64>();
        self.agreeing += usize::from(most_probable(reference) == most_probable(other));
        self.positions += 1;
    }

    /// Kullback-Leibler divergence of the other's probabilities from the reference's, in nats a token.
    pub fn mean(&self) -> f64 {
        self.divergence / self.positions as f64
    }

    /// Share of positions with the same most probable token.
    pub fn agreement(&self) -> f64 {
        self.agreeing as f64 / self.positions as f64
    }
}

fn log_probabilities(logits: &[f32]) -> Vec<f64> {
    let most = logits.iter().fold(f32::NEG_INFINITY, |a, b| a.max(*b));
    let sum: f64 = logits.iter().map(|logit| f64::from(logit - most).exp()).sum();
    logits.iter().map(|logit| f64::from(logit - most) - sum.ln()).collect()
}

fn most_probable(logits: &[f32]) -> Option<usize> {
    let order = |a: &(usize, &f32), b: &(usize, &f32)| a.1.total_cmp(b.1);
    logits.iter().enumerate().max_by(order).map(|(token, _)| token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_over_positions() {
        let mut divergence = Divergence::default();
        divergence.add(&[0.0, 0.0], &[3.0, 3.0]);
        assert!(divergence.mean().abs() < 1e-12 && divergence.agreement() == 1.0);
        divergence.add(&[f32::ln(3.0), 0.0], &[0.0, 0.0]);
        let second = 0.25 * f64::ln(0.5) + 0.75 * f64::ln(1.5);
        assert!((divergence.mean() - second / 2.0).abs() < 1e-6, "{}", divergence.mean());
        assert_eq!(divergence.agreement(), 0.5);
    }
}
