use std::sync::{Arc, OnceLock};

use crate::constraint::Constraint;
use crate::fairness::Cost;
use crate::generation::EventSender;
use crate::penalties::Penalties;
use crate::{GrammarObserver, Pooling, Request, Sampling, Start, SubmitError};

/// Requests in the order of their arrival, over all models.
pub(crate) type SequenceId = u64;

/// A request as it was taken: checked, its limits worked out, its grammar compiled.
pub(crate) struct Task {
    pub(crate) id: SequenceId,
    pub(crate) prompt: Vec<u32>,
    /// Most tokens of the answer; at least one, but for an embedding, which has none.
    pub(crate) limit: usize,
    /// What becomes of the prompt's hidden states, where it is to be embedded rather than answered.
    pub(crate) pooling: Option<Pooling>,
    pub(crate) sampling: Sampling,
    pub(crate) seed: u64,
    pub(crate) constraint: Option<Constraint>,
    pub(crate) observer: Option<Arc<dyn GrammarObserver>>,
    pub(crate) penalties: Option<Penalties>,
    pub(crate) ends: Ends,
    /// The most probable tokens to tell with each token; `None` tells no probabilities.
    pub(crate) logprobs: Option<usize>,
    pub(crate) client: Arc<str>,
    /// Tokens of the answer that admission counts with at least.
    pub(crate) expected_tokens: usize,
    /// What the request is expected to cost.
    pub(crate) expected_cost: Cost,
    /// The request whose prompt this one shares: it waits until that is computed.
    pub(crate) follows: Option<SequenceId>,
    pub(crate) events: EventSender,
    /// Is told how the request begins to be computed.
    pub(crate) start: Arc<OnceLock<Start>>,
}

/// Which tokens end an answer.
#[derive(Clone, Default)]
pub(crate) struct Ends {
    stop_tokens: Vec<u32>,
    /// Whether the vocabulary's own ends are tokens like others.
    ignore_eos: bool,
    /// Tokens of an answer before it may end.
    pub(crate) min_tokens: usize,
    /// The mask of all tokens that do not end an answer; empty where it may always end.
    pub(crate) others: Box<[u32]>,
}

impl Ends {
    /// # Errors
    /// `InvalidParameter` where an answer of `min_tokens` cannot be because every token would end it.
    pub(crate) fn new(request: &Request, eos_tokens: &[u32], vocab_size: usize) -> Result<Self, SubmitError> {
        let stop_tokens = request.stop_tokens.clone();
        let ignore_eos = request.ignore_eos && request.grammar.is_none();
        let min_tokens = request.min_tokens;
        let mut ends = Self { stop_tokens, ignore_eos, min_tokens, others: Box::default() };
        if min_tokens > 0 {
            let other = |token: usize| !ends.contains(token as u32, eos_tokens);
            let word = |first: usize| {
                let tokens = (0..32).filter(|bit| first + bit < vocab_size && other(first + bit));
                tokens.fold(0, |word, bit| word | 1 << bit)
            };
            ends.others = (0..vocab_size).step_by(32).map(word).collect();
            if ends.others.iter().all(|&word| word == 0) {
                let (name, expected) = ("min_tokens", "0 where every token ends the answer");
                return Err(SubmitError::InvalidParameter { name, expected, found: min_tokens.to_string() });
            }
        }
        Ok(ends)
    }

    pub(crate) fn contains(&self, token: u32, eos_tokens: &[u32]) -> bool {
        self.stop_tokens.contains(&token) || !self.ignore_eos && eos_tokens.contains(&token)
    }

    /// Whether a token ends this answer that ends no other.
    pub(crate) fn is_stop(&self, token: u32) -> bool {
        self.stop_tokens.contains(&token)
    }

    /// A grammar's mask without the ends, unless it allows nothing else: an answer that is complete ends.
    pub(crate) fn without(&self, mask: Box<[u32]>) -> Box<[u32]> {
        let others: Box<[u32]> = mask.iter().zip(&self.others).map(|(word, others)| word & others).collect();
        if others.iter().all(|&word| word == 0) { mask } else { others }
    }
}
