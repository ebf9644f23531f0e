use std::ops::Range;

use crate::Pooling;

/// The hidden states of a prompt on their way to one vector.
pub(crate) struct Pool {
    pooling: Pooling,
    prompt_tokens: usize,
    /// Tokens whose hidden states have come: for [`Pooling::Mean`] the first ones, in their order.
    count: usize,
    sums: Vec<f64>,
}

impl Pool {
    pub(crate) const fn new(pooling: Pooling, prompt_tokens: usize) -> Self {
        Self { pooling, prompt_tokens, count: 0, sums: Vec::new() }
    }

    /// Whether tokens may be left out that were computed for another prompt: the last never is.
    pub(crate) fn may_share(&self) -> bool {
        self.pooling == Pooling::Last
    }

    /// Of these tokens of the prompt, those whose hidden states are still wanted: what was pushed back is computed once more,
    /// but counts once.
    pub(crate) fn wanted(&self, tokens: &Range<usize>) -> Range<usize> {
        let all = match self.pooling {
            Pooling::Last => self.prompt_tokens - 1..self.prompt_tokens,
            Pooling::First => 0..1,
            Pooling::Mean => self.count..self.prompt_tokens,
        };
        let (start, end) = (all.start.max(tokens.start), all.end.min(tokens.end));
        start.min(end)..end
    }

    /// Takes in what a step gave of [`Pool::wanted`]; the vector, once all is there.
    pub(crate) fn add(&mut self, hidden: &[Vec<f32>]) -> Option<Vec<f32>> {
        for hidden in hidden {
            self.sums.resize(hidden.len(), 0.0);
            self.sums.iter_mut().zip(hidden).for_each(|(sum, value)| *sum += f64::from(*value));
            self.count += 1;
        }
        let all = if self.pooling == Pooling::Mean { self.prompt_tokens } else { 1 };
        let is_complete = !hidden.is_empty() && self.count == all;
        is_complete.then(|| self.sums.iter().map(|sum| (sum / all as f64) as f32).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pools a prompt of seven tokens, token `t` with the hidden state `[t, 1]`, in these chunks.
    fn pool(pooling: Pooling, chunks: &[Range<usize>]) -> (Vec<Range<usize>>, Option<Vec<f32>>) {
        let mut pool = Pool::new(pooling, 7);
        let (mut wanted, mut vector) = (Vec::new(), None);
        for chunk in chunks {
            let tokens = pool.wanted(chunk);
            let hidden: Vec<_> = tokens.clone().map(|token| vec![token as f32, 1.0]).collect();
            vector = vector.or(pool.add(&hidden));
            wanted.push(tokens);
        }
        (wanted, vector)
    }

    #[test]
    fn only_what_is_pooled_is_asked_for() {
        let chunks = [0..3, 3..6, 6..7];
        assert_eq!(pool(Pooling::Last, &chunks), (vec![3..3, 6..6, 6..7], Some(vec![6.0, 1.0])));
        assert_eq!(pool(Pooling::Mean, &chunks), (chunks.to_vec(), Some(vec![3.0, 1.0])));
        let (wanted, vector) = pool(Pooling::First, &chunks);
        assert_eq!((&wanted[0], vector), (&(0..1), Some(vec![0.0, 1.0])));
    }

    #[test]
    fn what_is_computed_again_counts_once() {
        let (wanted, vector) = pool(Pooling::Mean, &[0..4, 0..2, 2..7]);
        assert_eq!((wanted, vector), (vec![0..4, 2..2, 4..7], Some(vec![3.0, 1.0])));
    }
}
