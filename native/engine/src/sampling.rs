use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

use conduit_backend::RowSampling;

use crate::SubmitError;

/// Temperatures below this divide logits out of the range of f32 and choose as 0 does.
const SMALLEST_TEMPERATURE: f32 = 1e-4;

/// Most tokens that one request may bias.
const MOST_BIASED_TOKENS: usize = 1_024;

/// How tokens are chosen.
///
/// The penalties and `logit_bias` change the model's logits before anything else, in the order of their fields here, as
/// vLLM and the OpenAI API define each of them. Temperature, the filters and a grammar see the changed logits; what is told of
/// probabilities ([`crate::Logprobs`]) is of the model's own.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// At least 0; 0 takes the most probable token. Default 1.
    pub temperature: f32,
    /// Within (0, 1]: the smallest set of most probable tokens that reach this probability. Default 1.
    pub top_p: f32,
    /// The number of most probable tokens kept; 0, the default, keeps all.
    pub top_k: u32,
    /// Within [0, 1]: drops tokens less probable than this share of the most probable one. Default 0.
    pub min_p: f32,
    /// Greater than 0: what the logits of tokens of the prompt or of the answer so far are divided by where they are above
    /// 0, and multiplied by elsewhere. Default 1: nothing changes.
    pub repetition_penalty: f32,
    /// Within [-2, 2]: what the logit of a token of the answer so far loses for each time that it is there. Default 0.
    pub frequency_penalty: f32,
    /// Within [-2, 2]: what the logit of a token of the answer so far loses once. Default 0.
    pub presence_penalty: f32,
    /// What is added to the logits of some tokens, at most 1024: within [-100, 100], whose ends as good as forbid a token or
    /// allow no other. Default none.
    pub logit_bias: Option<Arc<BTreeMap<u32, f32>>>,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { temperature: 1.0, ..Self::GREEDY }
    }
}

impl Sampling {
    /// The most probable token, always.
    pub const GREEDY: Self = Self {
        temperature: 0.0,
        top_p: 1.0,
        top_k: 0,
        min_p: 0.0,
        repetition_penalty: 1.0,
        frequency_penalty: 0.0,
        presence_penalty: 0.0,
        logit_bias: None,
    };

    pub(crate) fn validate(&self, vocab_size: usize) -> Result<(), SubmitError> {
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
        if !self.repetition_penalty.is_finite() || self.repetition_penalty <= 0.0 {
            return invalid("repetition_penalty", "a finite number greater than 0", self.repetition_penalty);
        }
        for (name, penalty) in
            [("frequency_penalty", self.frequency_penalty), ("presence_penalty", self.presence_penalty)]
        {
            if !(-2.0..=2.0).contains(&penalty) {
                return invalid(name, "between -2 and 2", penalty);
            }
        }
        self.validate_bias(vocab_size)
    }

    fn validate_bias(&self, vocab_size: usize) -> Result<(), SubmitError> {
        let invalid =
            |expected, found| Err(SubmitError::InvalidParameter { name: "logit_bias", expected, found });
        let Some(logit_bias) = &self.logit_bias else { return Ok(()) };
        if logit_bias.len() > MOST_BIASED_TOKENS {
            return invalid("a map of at most 1024 tokens", format!("{} tokens", logit_bias.len()));
        }
        if let Some((&token, _)) = logit_bias.last_key_value()
            && token as usize >= vocab_size
        {
            let found = format!("token {token} of a vocabulary of {vocab_size}");
            return invalid("a map from ids of the model's vocabulary", found);
        }
        let is_outside = |bias: &f32| !(-100.0..=100.0).contains(bias);
        match logit_bias.iter().find(|(_, bias)| is_outside(bias)) {
            Some((token, bias)) => {
                invalid("a map to numbers between -100 and 100", format!("{bias} for token {token}"))
            }
            None => Ok(()),
        }
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
