//! How the next token is chosen: adjustments, mask, temperature, `top_k`, `top_p`, `min_p`, in this order; then one random
//! number picks from what is left, in the order of token ids.
//!
//! A row's token depends on its own logits, adjustments, mask and parameters alone. Where logits are equal, the lower id counts as the
//! more probable. NaN counts as minus infinity.

mod random;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use conduit_backend::{LogitAdjustment, RowSampling};

use crate::Isa;
use crate::kernels::Kernels;
use random::uniform;

/// The token of one row, or `None` where the mask allows none, on the best instruction set of this CPU: what other backends'
/// sampling is compared with. Bit `t % 32` of word `t / 32` of the mask is set for an allowed token `t`.
pub fn choose_token(
    logits: &[f32],
    adjustments: &[LogitAdjustment],
    mask: Option<&[u32]>,
    sampling: &RowSampling,
) -> Option<u32> {
    let kernels = Isa::ALL.into_iter().find_map(Kernels::of).expect("every CPU has the portable set");
    choose(kernels, &adjusted(logits, adjustments), mask, sampling)
}

/// The logits that count for the choice; the same memory where nothing is adjusted.
pub(crate) fn adjusted<'a>(logits: &'a [f32], adjustments: &[LogitAdjustment]) -> Cow<'a, [f32]> {
    let mut logits = Cow::Borrowed(logits);
    for adjustment in adjustments {
        let logit = &mut logits.to_mut()[adjustment.token as usize];
        *logit = adjustment.apply(*logit);
    }
    logits
}

/// A token that may be chosen, and its weight: its probability over that of the most probable one.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Candidate {
    token: u32,
    weight: f32,
}

/// The token of one row, or `None` where the mask allows none.
pub(crate) fn choose(
    kernels: &Kernels,
    logits: &[f32],
    mask: Option<&[u32]>,
    sampling: &RowSampling,
) -> Option<u32> {
    let best = most_probable(logits, mask)?;
    let highest = clean(logits[best as usize]);
    if sampling.temperature == 0.0 || sampling.top_k == 1 || !highest.is_finite() {
        return Some(best);
    }
    let mut candidates = candidates(kernels, logits, mask, highest, sampling.temperature);
    keep_top_k(&mut candidates, sampling.top_k as usize);
    keep_top_p(&mut candidates, f64::from(sampling.top_p));
    candidates.retain(|candidate| candidate.weight >= sampling.min_p);
    let token = pick(&mut candidates, uniform(sampling.seed, sampling.position));
    Some(token.unwrap_or(best))
}

fn clean(logit: f32) -> f32 {
    if logit.is_nan() { f32::NEG_INFINITY } else { logit }
}

fn is_allowed(mask: Option<&[u32]>, token: usize) -> bool {
    mask.is_none_or(|mask| mask.get(token / 32).is_some_and(|word| word >> (token % 32) & 1 == 1))
}

fn most_probable(logits: &[f32], mask: Option<&[u32]>) -> Option<u32> {
    let mut best = None;
    let mut highest = f32::NEG_INFINITY;
    for (token, logit) in logits.iter().enumerate() {
        if (*logit > highest || best.is_none()) && is_allowed(mask, token) {
            highest = clean(*logit);
            best = Some(token as u32);
        }
    }
    best
}

/// All allowed tokens that are not infinitely improbable, in the order of their ids.
fn candidates(
    kernels: &Kernels,
    logits: &[f32],
    mask: Option<&[u32]>,
    highest: f32,
    temperature: f32,
) -> Vec<Candidate> {
    let mut weights: Vec<f32> = logits.iter().map(|logit| (clean(*logit) - highest) / temperature).collect();
    // SAFETY: the table is that of an instruction set this CPU has.
    unsafe { (kernels.exponentials)(&mut weights) };
    let allowed = |(token, weight): (usize, f32)| {
        let candidate = Candidate { token: token as u32, weight };
        (weight > 0.0 && is_allowed(mask, token)).then_some(candidate)
    };
    weights.into_iter().enumerate().filter_map(allowed).collect()
}

fn by_probability(a: &Candidate, b: &Candidate) -> std::cmp::Ordering {
    b.weight.total_cmp(&a.weight).then(a.token.cmp(&b.token))
}

fn keep_top_k(candidates: &mut Vec<Candidate>, top_k: usize) {
    if top_k > 0 && top_k < candidates.len() {
        candidates.select_nth_unstable_by(top_k - 1, by_probability);
        candidates.truncate(top_k);
    }
}

fn keep_top_p(candidates: &mut Vec<Candidate>, top_p: f64) {
    if top_p >= 1.0 {
        return;
    }
    // In the order of ids, so that the sum does not depend on how `keep_top_k` left them.
    candidates.sort_unstable_by_key(|candidate| candidate.token);
    let total = sum(candidates);
    // What lies below this share holds less than `1 - top_p` together: it need not be sorted.
    let negligible = (1.0 - top_p) * total / candidates.len() as f64;
    candidates.retain(|candidate| f64::from(candidate.weight) >= negligible);
    candidates.sort_unstable_by(by_probability);
    let mut reached = 0.0;
    let last = candidates.iter().position(|candidate| {
        reached += f64::from(candidate.weight);
        reached >= top_p * total
    });
    if let Some(last) = last {
        candidates.truncate(last + 1);
    }
}

fn sum(candidates: &[Candidate]) -> f64 {
    candidates.iter().map(|candidate| f64::from(candidate.weight)).sum()
}

/// The candidate at the share `random` of the total weight, in the order of ids.
fn pick(candidates: &mut [Candidate], random: f64) -> Option<u32> {
    candidates.sort_unstable_by_key(|candidate| candidate.token);
    let mut left = random * sum(candidates);
    for candidate in candidates.iter() {
        left -= f64::from(candidate.weight);
        if left < 0.0 {
            return Some(candidate.token);
        }
    }
    candidates.last().map(|candidate| candidate.token)
}
