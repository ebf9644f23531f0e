use bytemuck::{Pod, Zeroable};
use conduit_backend::{LogitAdjustment, RowSampling};

/// How one row's token is chosen, as the device reads it.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct SamplingRow {
    pub seed: u64,
    pub position: u64,
    pub temperature: f32,
    pub top_k: u32,
    pub top_p: f32,
    pub min_p: f32,
    /// Index of the mask's first word.
    pub mask_start: u32,
    /// Words of the mask; [`Self::NONE`] allows everything.
    pub mask_words: u32,
    /// Index of the first adjustment.
    pub adjustment_start: u32,
    pub adjustment_count: u32,
}

impl SamplingRow {
    pub const NONE: u32 = u32::MAX;

    /// A row whose mask, if any, has `words` words from `start` on: `mask = Some((start, words))`; and so its adjustments:
    /// `adjustments = (start, count)`.
    pub fn new(sampling: &RowSampling, mask: Option<(u32, u32)>, adjustments: (u32, u32)) -> Self {
        let (mask_start, mask_words) = mask.unwrap_or((0, Self::NONE));
        let (adjustment_start, adjustment_count) = adjustments;
        Self {
            seed: sampling.seed,
            position: sampling.position,
            temperature: sampling.temperature,
            top_k: sampling.top_k,
            top_p: sampling.top_p,
            min_p: sampling.min_p,
            mask_start,
            mask_words,
            adjustment_start,
            adjustment_count,
        }
    }
}

/// What changes one logit, as the device reads it.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct Adjustment {
    pub token: u32,
    pub repetition: f32,
    pub bias: f32,
    /// The device keeps the model's logit here while it chooses.
    pub logit: f32,
}

impl From<&LogitAdjustment> for Adjustment {
    fn from(adjustment: &LogitAdjustment) -> Self {
        let LogitAdjustment { token, repetition, bias } = *adjustment;
        Self { token, repetition, bias, logit: 0.0 }
    }
}

/// What the device chose for one row.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct SampledToken {
    /// 0 where the mask allows none.
    pub token: u32,
    /// 1 where the mask allows a token, else 0.
    pub is_allowed: u32,
}

const _: () = assert!(size_of::<SamplingRow>() == 48 && size_of::<Adjustment>() == 16);
const _: () = assert!(size_of::<SampledToken>() == 8);
