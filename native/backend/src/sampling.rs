/// How the next token of one row is chosen, on the device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowSampling {
    /// 0 takes the most probable token.
    pub temperature: f32,
    /// Keep the `top_k` most probable tokens; 0 keeps all.
    pub top_k: u32,
    /// Keep the smallest set of most probable tokens whose probabilities reach this sum; 1 keeps all.
    pub top_p: f32,
    /// Drop tokens less probable than this share of the most probable one; 0 drops none.
    pub min_p: f32,
    /// Key of the counter-based random numbers, the same for a whole request.
    pub seed: u64,
    /// Counter of the random numbers: the number of tokens the request has generated before this one.
    pub position: u64,
    /// Also return the row's logits, before adjustments, mask and temperature. For logprobs and tests.
    pub return_logits: bool,
}

impl RowSampling {
    /// The most probable token.
    pub const GREEDY: Self = Self {
        temperature: 0.0,
        top_k: 0,
        top_p: 1.0,
        min_p: 0.0,
        seed: 0,
        position: 0,
        return_logits: false,
    };
}

/// By how much the logit of one token changes before a token is chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogitAdjustment {
    pub token: u32,
    /// Greater than 0: divides a logit above 0 and multiplies any other, so that more than 1 makes the token less probable
    /// either way. 1 changes nothing.
    pub repetition: f32,
    /// Added after that. 0 changes nothing.
    pub bias: f32,
}

impl LogitAdjustment {
    /// The logit that counts in place of `logit`. Each of the two operations rounds once: backends agree to the bit.
    pub fn apply(&self, logit: f32) -> f32 {
        let scaled = if logit > 0.0 { logit / self.repetition } else { logit * self.repetition };
        scaled + self.bias
    }
}

/// Which tokens each row may take, and how its logits change before one is chosen.
#[derive(Clone, Debug, Default)]
pub struct Masks {
    /// One entry a row; `None` allows everything. Bit `t % 32` of word `t / 32` is set for an allowed token `t`. A mask
    /// shorter than the vocabulary forbids what lies beyond it.
    pub rows: Vec<Option<Box<[u32]>>>,
    /// One entry a row: what changes, in ascending order of tokens; before temperature, filters and mask, which see the
    /// changed logits alone.
    pub adjustments: Vec<Box<[LogitAdjustment]>>,
}

impl Masks {
    /// No restriction on any of `rows` rows.
    pub fn none(rows: usize) -> Self {
        Self { rows: vec![None; rows], adjustments: vec![Box::default(); rows] }
    }
}

/// What one row of a step gave.
#[derive(Clone, Debug, PartialEq)]
pub struct RowOutput {
    pub token: u32,
    /// `[vocab]`, where [`RowSampling::return_logits`] asked for them.
    pub logits: Option<Vec<f32>>,
}

/// What a step gave, row by row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outputs {
    pub rows: Vec<RowOutput>,
    /// `[hidden_size]` for each of [`crate::StepInputs::hidden_tokens`]. A token's does not depend on what shares its step.
    pub hidden: Vec<Vec<f32>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetition_makes_a_token_less_probable_whatever_its_sign() {
        let adjustment = LogitAdjustment { token: 0, repetition: 2.0, bias: 0.0 };
        assert_eq!([3.0, -3.0, 0.0].map(|logit| adjustment.apply(logit)), [1.5, -6.0, 0.0]);
        let biased = LogitAdjustment { bias: -1.0, ..adjustment };
        assert_eq!([3.0, -3.0, 0.0].map(|logit| biased.apply(logit)), [0.5, -7.0, -1.0]);
        assert_eq!(biased.apply(f32::NEG_INFINITY), f32::NEG_INFINITY);
    }
}
