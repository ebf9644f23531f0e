use conduit_backend::{LogitAdjustment, RowSampling};

use super::chain::{combine, mix};

fn allowed(mask: Option<&[u32]>, token: usize) -> bool {
    mask.is_none_or(|words| words.get(token / 32).is_some_and(|word| word >> (token % 32) & 1 == 1))
}

/// The token a row takes, or `None` where its mask allows nothing.
pub(super) fn sample(
    logits: &[f32],
    adjustments: &[LogitAdjustment],
    sampling: &RowSampling,
    mask: Option<&[u32]>,
) -> Option<u32> {
    let mut logits = logits.to_vec();
    for adjustment in adjustments {
        let logit = &mut logits[adjustment.token as usize];
        *logit = adjustment.apply(*logit);
    }
    let mut candidates: Vec<(u32, f32)> = logits
        .iter()
        .enumerate()
        .filter(|(token, _)| allowed(mask, *token))
        .map(|(token, logit)| (token as u32, *logit))
        .collect();
    let by_probability = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    if sampling.temperature <= 0.0 {
        return candidates.iter().min_by(|a, b| by_probability(a, b)).map(|candidate| candidate.0);
    }
    candidates.sort_by(by_probability);
    let best = candidates.first()?.1;
    if sampling.top_k > 0 {
        candidates.truncate(sampling.top_k as usize);
    }
    for candidate in &mut candidates {
        candidate.1 = ((candidate.1 - best) / sampling.temperature).exp();
    }
    let total: f32 = candidates.iter().map(|candidate| candidate.1).sum();
    let mut reached = 0.0;
    let kept = candidates
        .iter()
        .take_while(|candidate| {
            let keep = reached < sampling.top_p * total && candidate.1 >= sampling.min_p;
            reached += candidate.1;
            keep
        })
        .count();
    candidates.truncate(kept.max(1));
    let kept_total: f32 = candidates.iter().map(|candidate| candidate.1).sum();
    let unit = (combine(mix(sampling.seed), sampling.position) >> 40) as f32 / (1 << 24) as f32;
    let mut left = unit * kept_total;
    for (token, weight) in &candidates {
        left -= weight;
        if left < 0.0 {
            return Some(*token);
        }
    }
    candidates.last().map(|candidate| candidate.0)
}
