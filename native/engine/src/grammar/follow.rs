use super::{Grammar, NextTokens, Progress};

/// What a grammar says of the next token of an answer.
#[derive(Clone, Copy, Debug)]
pub enum NextToken<'m> {
    /// No other may come.
    Forced(u32),
    /// One of a mask: bit `id % 32` of word `id / 32`.
    OneOf(&'m [u32]),
}

impl Grammar {
    /// Follows an answer as a sequence of the engine does, with the tokens that `choose` gives, for measuring; `None` ends it.
    /// Returns whether what was given is a whole answer. The grammar stays where it is.
    pub fn follow(&self, mut choose: impl FnMut(NextToken<'_>) -> Option<u32>) -> bool {
        let mut grammar = self.clone();
        loop {
            let chosen = match grammar.forced() {
                Some(token) => choose(NextToken::Forced(token)),
                None => match grammar.next_tokens() {
                    Ok(NextTokens::Mask(mask)) => choose(NextToken::OneOf(&mask)),
                    Ok(NextTokens::End) => return true,
                    Err(_) => return false,
                },
            };
            let Some(token) = chosen else { return grammar.matcher.is_accepting().unwrap_or(false) };
            match grammar.consume(token) {
                Ok(Progress::Open) => {}
                Ok(Progress::Complete) => return true,
                Err(_) => return false,
            }
        }
    }
}
