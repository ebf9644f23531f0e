use super::{Grammar, NextTokens, Progress};
use crate::Vocabulary;

/// Longest way to an end that is looked for.
pub(crate) const MOST_TOKENS_TO_END: usize = 64;

impl Grammar {
    /// Tokens that bring the answer to its end from here, as few as can be told: strings, objects and arrays are closed where
    /// they may be, and what has to come is as short as it may be. The grammar stays where it is.
    pub(crate) fn way_to_end(&self, vocabulary: &Vocabulary, most: usize) -> Option<Vec<u32>> {
        let mut grammar = self.clone();
        let mut way = Vec::new();
        while way.len() < most.min(MOST_TOKENS_TO_END) {
            let token = match grammar.forced() {
                Some(token) => token,
                None if grammar.matcher.is_accepting().unwrap_or(false) => {
                    way.push(*vocabulary.eos_tokens().first()?);
                    return Some(way);
                }
                // A mask takes far longer than to ask about a few tokens.
                None => match vocabulary.closing_token(|token| grammar.allows(token)) {
                    Some(token) => token,
                    None => {
                        let NextTokens::Mask(mask) = grammar.next_tokens().ok()? else { return Some(way) };
                        first_token(&mask)?
                    }
                },
            };
            way.push(token);
            if grammar.consume(token).ok()? == Progress::Complete {
                return Some(way);
            }
        }
        None
    }
}

fn first_token(mask: &[u32]) -> Option<u32> {
    let (index, word) = mask.iter().enumerate().find(|(_, word)| **word != 0)?;
    Some(index as u32 * 32 + word.trailing_zeros())
}
