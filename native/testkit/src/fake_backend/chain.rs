use conduit_backend::{KvLayout, LogitAdjustment, RowSampling};

use super::sampler;

/// SplitMix64's finaliser: every bit of the input changes every bit of the result with probability one half.
pub(super) fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

pub(super) fn combine(state: u64, value: u64) -> u64 {
    mix(state ^ mix(value))
}

/// What one group of layers stores for `token` at `position`, given what it stored for the positions it sees.
pub(super) fn token_state(salt: u64, token: u32, position: usize, seen: impl Iterator<Item = u64>) -> u64 {
    let start = combine(combine(salt, u64::from(token)), position as u64);
    seen.fold(start, combine)
}

/// First position that a token at `position` sees.
pub(super) fn first_visible(layout: &KvLayout, position: usize) -> usize {
    layout.window.map_or(0, |window| (position + 1).saturating_sub(window))
}

/// Logits of a row from what all groups hold for its token; between -4 and 4.
pub(super) fn logits(row: u64, vocab_size: usize) -> Vec<f32> {
    (0..vocab_size)
        .map(|token| {
            let unit = (combine(row, token as u64) >> 40) as f32 / (1 << 24) as f32;
            unit * 8.0 - 4.0
        })
        .collect()
}

/// Features of every model's hidden states.
pub const HIDDEN_SIZE: usize = 8;

/// A hidden state from what all groups hold for its token; between -1 and 1.
pub(super) fn hidden(row: u64) -> Vec<f32> {
    let unit = |feature: usize| (combine(mix(row), feature as u64) >> 40) as f32 / (1 << 24) as f32;
    (0..HIDDEN_SIZE).map(|feature| unit(feature) * 2.0 - 1.0).collect()
}

/// A decoder without pages, steps or batches: what every engine has to give.
pub struct ReferenceDecoder {
    groups: Vec<KvLayout>,
    vocab_size: usize,
    /// For each group what it stores for each position.
    states: Vec<Vec<u64>>,
}

impl ReferenceDecoder {
    pub fn new(groups: &[KvLayout], vocab_size: usize) -> Self {
        Self { groups: groups.to_vec(), vocab_size, states: vec![Vec::new(); groups.len()] }
    }

    pub fn push(&mut self, token: u32) {
        for (group, (layout, states)) in self.groups.iter().zip(&mut self.states).enumerate() {
            let position = states.len();
            let seen = states[first_visible(layout, position)..].iter().copied();
            states.push(token_state(group_salt(group), token, position, seen));
        }
    }

    fn last(&self) -> u64 {
        let last = self.states.iter().map(|states| states.last().copied().unwrap_or_default());
        last.fold(0, combine)
    }

    /// The logits of the token that follows.
    pub fn logits(&self) -> Vec<f32> {
        logits(self.last(), self.vocab_size)
    }

    /// The hidden state of the last token.
    pub fn hidden(&self) -> Vec<f32> {
        hidden(self.last())
    }

    /// The token that follows.
    pub fn sample(
        &self,
        adjustments: &[LogitAdjustment],
        sampling: &RowSampling,
        mask: Option<&[u32]>,
    ) -> u32 {
        sampler::sample(&self.logits(), adjustments, sampling, mask).unwrap_or_default()
    }
}

pub(super) fn group_salt(group: usize) -> u64 {
    mix(group as u64 + 1)
}
