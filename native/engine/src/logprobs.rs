/// A token and its probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TokenLogprob {
    pub token: u32,
    /// Natural logarithm of the probability.
    pub logprob: f32,
}

/// How probable the model held a token to be, and which ones it held to be most probable.
///
/// Of the model's own distribution: before penalties, temperature and masks, so that all probabilities sum to one.
#[derive(Clone, Debug, PartialEq)]
pub struct Logprobs {
    /// Of the token that was taken.
    pub logprob: f32,
    /// The most probable first; of equal ones the lower id.
    pub top: Vec<TokenLogprob>,
}

impl Logprobs {
    /// `logits` are those of the row that `token` was sampled from; NaN counts as minus infinity.
    pub(crate) fn of(logits: &[f32], token: u32, top: usize) -> Self {
        let clean = |logit: f32| if logit.is_nan() { f32::NEG_INFINITY } else { logit };
        let highest = logits.iter().copied().map(clean).fold(f32::NEG_INFINITY, f32::max);
        // Rows that are all infinite have no distribution; differences to zero keep the numbers apart at least.
        let highest = if highest.is_finite() { f64::from(highest) } else { 0.0 };
        let sum: f64 = logits.iter().map(|&logit| (f64::from(clean(logit)) - highest).exp()).sum();
        let logprob = |logit: f32| (f64::from(clean(logit)) - highest - sum.ln()) as f32;

        let mut ids: Vec<u32> = (0..logits.len() as u32).collect();
        let by_probability = |a: &u32, b: &u32| {
            let [first, second] = [a, b].map(|&id| clean(logits[id as usize]));
            second.total_cmp(&first).then(a.cmp(b))
        };
        if top < ids.len() {
            ids.select_nth_unstable_by(top, by_probability);
            ids.truncate(top);
        }
        ids.sort_unstable_by(by_probability);
        let of = |token: u32| logits.get(token as usize).map_or(f32::NEG_INFINITY, |&logit| logprob(logit));
        let top = ids.into_iter().map(|token| TokenLogprob { token, logprob: of(token) }).collect();
        Self { logprob: of(token), top }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_sum_to_one_and_the_most_probable_come_first() {
        let logits = [1.0, 3.0, f32::NAN, 3.0, -200.0, 88.0, 87.0];
        let all = Logprobs::of(&logits, 6, 7);
        let sum: f64 = all.top.iter().map(|entry| f64::from(entry.logprob).exp()).sum();
        assert!((sum - 1.0).abs() < 1e-6, "{sum}");
        assert_eq!(all.top.iter().map(|entry| entry.token).collect::<Vec<_>>(), [5, 6, 1, 3, 0, 4, 2]);
        assert!((all.logprob - (1.0f32 / (1.0 + 1.0f32.exp())).ln()).abs() < 1e-5, "{}", all.logprob);
        assert_eq!(Logprobs::of(&logits, 6, 2).top, all.top[..2]);
        assert_eq!(Logprobs::of(&logits, 6, 0).top, []);
    }
}
