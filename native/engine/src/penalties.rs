use conduit_backend::LogitAdjustment;

use crate::Sampling;

/// What a request's penalties and biases make of the logits of its next token. Kept up token by token, so that a long answer
/// is not counted anew for each of its tokens.
#[derive(Clone)]
pub(crate) struct Penalties {
    repetition: f32,
    frequency: f32,
    presence: f32,
    /// Ascending by token.
    entries: Vec<Entry>,
}

#[derive(Clone, Copy)]
struct Entry {
    token: u32,
    is_seen: bool,
    /// How often the answer has it.
    count: u32,
    bias: f32,
}

impl Penalties {
    /// Of an answer that has not begun; `None` where nothing would ever change.
    pub(crate) fn new(sampling: &Sampling, prompt: &[u32]) -> Option<Self> {
        let entry = |(&token, &bias): (&u32, &f32)| Entry { token, is_seen: false, count: 0, bias };
        let mut penalties = Self {
            repetition: sampling.repetition_penalty,
            frequency: sampling.frequency_penalty,
            presence: sampling.presence_penalty,
            entries: sampling.logit_bias.iter().flat_map(|biases| biases.iter()).map(entry).collect(),
        };
        if penalties.repetition != 1.0 {
            let mut tokens = prompt.to_vec();
            tokens.sort_unstable();
            tokens.dedup();
            penalties.add_prompt(&tokens);
        }
        (penalties.depend_on_answer() || !penalties.entries.is_empty()).then_some(penalties)
    }

    /// `tokens` are ascending.
    fn add_prompt(&mut self, tokens: &[u32]) {
        for entry in &mut self.entries {
            entry.is_seen = tokens.binary_search(&entry.token).is_ok();
        }
        let biased = std::mem::take(&mut self.entries);
        let is_new = |token: &&u32| biased.binary_search_by_key(*token, |entry| entry.token).is_err();
        let seen = |&token: &u32| Entry { token, is_seen: true, count: 0, bias: 0.0 };
        self.entries = tokens.iter().filter(is_new).map(seen).collect();
        self.entries.extend(biased);
        self.entries.sort_unstable_by_key(|entry| entry.token);
    }

    /// Whether the next token hangs on which ones came before it.
    pub(crate) fn depend_on_answer(&self) -> bool {
        self.repetition != 1.0 || self.frequency != 0.0 || self.presence != 0.0
    }

    /// The answer has got a token more.
    pub(crate) fn push(&mut self, token: u32) {
        if !self.depend_on_answer() {
            return;
        }
        let place = match self.entries.binary_search_by_key(&token, |entry| entry.token) {
            Ok(place) => place,
            Err(place) => {
                self.entries.insert(place, Entry { token, is_seen: false, count: 0, bias: 0.0 });
                place
            }
        };
        let entry = &mut self.entries[place];
        entry.is_seen = true;
        entry.count += 1;
    }

    /// What changes for the next token, ascending by token.
    pub(crate) fn adjustments(&self) -> Box<[LogitAdjustment]> {
        let adjustment = |entry: &Entry| {
            let penalty = match entry.count {
                0 => 0.0,
                count => self.frequency * count as f32 + self.presence,
            };
            let repetition = if entry.is_seen { self.repetition } else { 1.0 };
            LogitAdjustment { token: entry.token, repetition, bias: entry.bias - penalty }
        };
        self.entries.iter().map(adjustment).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;

    fn of(penalties: &Penalties) -> Vec<(u32, f32, f32)> {
        let all = penalties.adjustments();
        all.iter().map(|adjustment| (adjustment.token, adjustment.repetition, adjustment.bias)).collect()
    }

    #[test]
    fn what_asks_for_nothing_costs_nothing() {
        assert!(Penalties::new(&Sampling::default(), &[1, 2]).is_none());
    }

    #[test]
    fn repetition_counts_the_prompt_and_the_others_the_answer_alone() {
        let logit_bias = Some(Arc::new(BTreeMap::from([(4, -1.0), (7, 2.0)])));
        let sampling = Sampling {
            repetition_penalty: 1.5,
            frequency_penalty: 0.5,
            presence_penalty: 0.25,
            logit_bias,
            ..Sampling::GREEDY
        };
        let mut penalties = Penalties::new(&sampling, &[9, 4, 4]).unwrap();
        assert_eq!(of(&penalties), [(4, 1.5, -1.0), (7, 1.0, 2.0), (9, 1.5, 0.0)]);
        for token in [7, 7, 9, 3] {
            penalties.push(token);
        }
        let expected = [(3, 1.5, -0.75), (4, 1.5, -1.0), (7, 1.5, 0.75), (9, 1.5, -0.75)];
        assert_eq!(of(&penalties), expected);
    }

    #[test]
    fn biases_alone_do_not_depend_on_the_answer() {
        let sampling =
            Sampling { logit_bias: Some(Arc::new(BTreeMap::from([(4, -1.0)]))), ..Sampling::GREEDY };
        let mut penalties = Penalties::new(&sampling, &[4]).unwrap();
        penalties.push(4);
        assert!(!penalties.depend_on_answer());
        assert_eq!(of(&penalties), [(4, 1.0, -1.0)]);
    }
}
