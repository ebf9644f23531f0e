use std::collections::VecDeque;
use std::sync::Arc;

use crate::grammar::{Grammar, MOST_TOKENS_TO_END, NextTokens, Progress};
use crate::{Reasoning, Vocabulary};

/// Most line breaks that may stand between reasoning and answer, as models write them.
const MAX_LINE_BREAKS: usize = 2;

/// Holds an answer to its grammar from where its reasoning has ended.
#[derive(Clone)]
pub(crate) struct Constraint {
    grammar: Grammar,
    phase: Phase,
    vocabulary: Arc<Vocabulary>,
    vocab_size: usize,
    /// What reasoning is sampled from: everything but the tokens that would end the request without an answer.
    free: Box<[u32]>,
    /// The way to the answer's end, once no more tokens are left than that takes.
    way_to_end: VecDeque<u32>,
    /// With how many tokens left that way is looked for next.
    looks_at: usize,
}

/// Tokens that may be left over when the way to the end begins: a token more of an answer can make that way longer.
const SPARE_TOKENS: usize = 3;

#[derive(Clone, Copy)]
enum Phase {
    /// The first token begins either the reasoning or the answer.
    Undecided {
        start: u32,
        end: u32,
    },
    Reasoning {
        end: u32,
    },
    /// The reasoning has ended, and so many line breaks may come before the answer.
    Between {
        line_breaks: usize,
    },
    Answer,
}

impl Constraint {
    /// Without `reasoning` the grammar holds from the first token on. `stop_tokens` end the request as the vocabulary's
    /// own do.
    pub(crate) fn new(
        grammar: Grammar,
        reasoning: Option<Reasoning>,
        vocabulary: &Arc<Vocabulary>,
        vocab_size: usize,
        stop_tokens: &[u32],
    ) -> Self {
        let (phase, free) = match reasoning {
            None => (Phase::Answer, Box::default()),
            Some(Reasoning { start, end, begun }) => {
                let mut free = vec![u32::MAX; vocab_size.div_ceil(32)];
                let ends = vocabulary.eos_tokens().iter().chain(stop_tokens);
                for &token in ends.filter(|&&token| token != end) {
                    if let Some(word) = free.get_mut(token as usize / 32) {
                        *word &= !(1 << (token % 32));
                    }
                }
                let phase = if begun { Phase::Reasoning { end } } else { Phase::Undecided { start, end } };
                (phase, free.into_boxed_slice())
            }
        };
        Self {
            grammar,
            phase,
            vocabulary: Arc::clone(vocabulary),
            vocab_size,
            free,
            way_to_end: VecDeque::new(),
            looks_at: MOST_TOKENS_TO_END,
        }
    }

    /// The mask of the next token, with `left` tokens left for the answer, that one included: as they come to an end it leads
    /// to the answer's, where the grammar tells how.
    ///
    /// # Errors
    /// What the grammar failed with; the sequence cannot go on.
    pub(crate) fn next_tokens(&mut self, left: usize) -> Result<NextTokens, String> {
        if let Phase::Answer = self.phase
            && let Some(token) = self.token_to_end(left)
        {
            return Ok(NextTokens::Mask(with(Box::default(), [token])));
        }
        if let Phase::Reasoning { .. } = self.phase {
            return Ok(NextTokens::Mask(self.free.clone()));
        }
        let next = self.grammar.next_tokens()?;
        Ok(match (next, self.phase) {
            (NextTokens::Mask(mask), Phase::Undecided { start, .. }) => NextTokens::Mask(with(mask, [start])),
            (NextTokens::Mask(mask), Phase::Between { line_breaks }) => {
                let known = self.vocabulary.line_breaks().filter(|&(_, count)| count <= line_breaks);
                let known = known.map(|(token, _)| token).filter(|&token| (token as usize) < self.vocab_size);
                NextTokens::Mask(with(mask, known))
            }
            (next, _) => next,
        })
    }

    /// The next token on the way to the end, where there is no time for another.
    fn token_to_end(&mut self, left: usize) -> Option<u32> {
        if self.way_to_end.is_empty() && left <= self.looks_at {
            let way = self.grammar.way_to_end(&self.vocabulary, left);
            let is_known = |way: &Vec<u32>| way.iter().all(|&token| (token as usize) < self.vocab_size);
            let way = way.filter(is_known);
            let needed = way.as_ref().map_or(0, |way| way.len() + SPARE_TOKENS);
            // How long the way is changes with every token; to look for it takes as many masks as it has tokens.
            self.looks_at = needed.max(left / 2).min(left.saturating_sub(1));
            self.way_to_end = way.filter(|_| needed >= left).unwrap_or_default().into();
        }
        self.way_to_end.front().copied()
    }

    /// The token that has to come next, where the grammar leaves no choice and tells so beforehand.
    pub(crate) fn forced(&mut self) -> Option<u32> {
        matches!(self.phase, Phase::Answer).then(|| self.grammar.forced()).flatten()
    }

    /// Takes a token that is not an end.
    ///
    /// # Errors
    /// What the grammar failed with; the sequence cannot go on.
    pub(crate) fn consume(&mut self, token: u32) -> Result<Progress, String> {
        let phase = match self.phase {
            Phase::Undecided { start, end } if token == start => Phase::Reasoning { end },
            Phase::Reasoning { end } if token == end => Phase::Between { line_breaks: MAX_LINE_BREAKS },
            Phase::Reasoning { end } => Phase::Reasoning { end },
            Phase::Between { line_breaks } => match self.line_breaks(token) {
                Some(count) => Phase::Between { line_breaks: line_breaks.saturating_sub(count) },
                None => Phase::Answer,
            },
            Phase::Undecided { .. } | Phase::Answer => Phase::Answer,
        };
        self.phase = phase;
        if self.way_to_end.pop_front().is_some_and(|expected| expected != token) {
            self.way_to_end.clear();
        }
        if let Phase::Answer = phase { self.grammar.consume(token) } else { Ok(Progress::Open) }
    }

    /// How many line breaks a token is, where it is nothing else; no answer begins with one.
    fn line_breaks(&self, token: u32) -> Option<usize> {
        self.vocabulary.line_breaks().find(|&(known, _)| known == token).map(|(_, count)| count)
    }
}

/// A mask that allows `tokens` too.
fn with(mask: Box<[u32]>, tokens: impl IntoIterator<Item = u32>) -> Box<[u32]> {
    let mut words = mask.into_vec();
    for token in tokens {
        let word = token as usize / 32;
        if word >= words.len() {
            words.resize(word + 1, 0);
        }
        words[word] |= 1 << (token % 32);
    }
    words.into_boxed_slice()
}
