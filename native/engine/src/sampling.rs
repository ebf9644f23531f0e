use std::hash::{BuildHasher, Hasher, RandomState};

use conduit_backend::RowSampling;

use crate::SubmitError;

/// Temperatures below this divide logits out of the range of f32 and choose as 0 does.
const SMALLEST_TEMPERATURE: f32 = 1e-4;

/// How tokens are chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// At least 0; 0 takes the most probable token. Default 1.
    pub temperature: f32,
    /// Within (0, 1]: the smallest set of most probable tokens that reach this probability. Default 1.
    pub top_p: f32,
    /// The number of most probable tokens kept; 0, the default, keeps all.
    pub top_k: u32,
    /// Within [0, 1]: drops tokens less probable than this share of the most probable one. Default 0.
    pub min_p: f32,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { temperature: 1.0, top_p: 1.0, top_k: 0, min_p: 0.0 }
    }
}

impl Sampling {
    /// The most probable token, always.
    pub const GREEDY: Self = Self { temperature: 0.0, top_p: 1.0, top_k: 0, min_p: 0.0 };

    pub(crate) fn validate(&self) -> Result<(), SubmitError> {
        let invalid = |name, expected, found: f32| {
            Err(SubmitError::InvalidParameter { name, expected, found: found.to_string() })
        };
        if !self.temperature.is_finite() || self.temperature < 0.0 {
            return invalid("temperature", "a finite number of at least 0", self.temperature);
        }
        if !(self.top_p > 0.0 && self.top_p <= 1.0) {
            return invalid("top_p", "greater than 0 and at most 1", self.top_p);
        }
        if !(0.0..=1.0).contains(&self.min_p) {
            return invalid("min_p", "between 0 and 1", self.min_p);
        }
        Ok(())
    }

    /// The row that samples the request's `position`-th token, counted from 0.
    pub(crate) fn row(&self, seed: u64, position: usize) -> RowSampling {
        RowSampling {
            temperature: if self.temperature < SMALLEST_TEMPERATURE { 0.0 } else { self.temperature },
            top_k: self.top_k,
            top_p: self.top_p,
            min_p: self.min_p,
            seed,
            position: position as u64,
            return_logits: false,
        }
    }
}

/// A seed for a request that named none.
pub(crate) fn random_seed() -> u64 {
    // Each RandomState has its own random keys; hashing nothing with them gives a number nobody can foretell.
    RandomState::new().build_hasher().finish()
}

/// The seed of a request's copy; the first has the request's own.
pub(crate) fn copy_seed(seed: u64, copy: u64) -> u64 {
    if copy == 0 {
        return seed;
    }
    // SplitMix64: seeds that lie side by side become those of streams that have nothing to do with each other.
    let mut mixed = seed.wrapping_add(copy.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
