use std::collections::VecDeque;

use conduit_engine::Logprobs;
use conduit_text::Tokenizer;

/// A token of an answer's text, and how probable the model held it to be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TextToken {
    /// Where its text begins, in characters of the answer's text.
    pub(crate) offset: usize,
    /// The token that was taken.
    pub(crate) taken: ProbableToken,
    /// Those that the model held to be most probable, the most probable first.
    pub(crate) top: Vec<ProbableToken>,
}

/// What a token stands for, and the natural logarithm of its probability.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ProbableToken {
    pub(crate) bytes: Vec<u8>,
    pub(crate) logprob: f32,
}

/// Pairs tokens with the text that they become, which may be held back when they come.
#[derive(Debug, Default)]
pub(super) struct TextTokens {
    /// Tokens whose text has not been given out, with the byte of the answer's text at which it begins.
    waiting: VecDeque<(usize, TextToken)>,
    /// What all tokens so far have become.
    written_bytes: usize,
    written_characters: usize,
    given_bytes: usize,
}

impl TextTokens {
    /// A token comes that completes `text`, which is written next; ids that stand for nothing are passed over.
    pub(super) fn push(&mut self, tokenizer: &Tokenizer, id: u32, logprobs: &Logprobs, text: &str) {
        let own = tokenizer.token_bytes(id);
        if own.is_empty() {
            return;
        }
        // What was held back before it comes before it; a part of a character begins where the character does.
        let own = std::str::from_utf8(own).ok().filter(|own| text.ends_with(own));
        let before = &text[..own.map_or(0, |own| text.len() - own.len())];
        let token = |id, logprob| ProbableToken { bytes: tokenizer.token_bytes(id).to_vec(), logprob };
        let token = TextToken {
            offset: self.written_characters + before.chars().count(),
            taken: token(id, logprobs.logprob),
            top: logprobs.top.iter().map(|top| token(top.token, top.logprob)).collect(),
        };
        self.waiting.push_back((self.written_bytes + before.len(), token));
    }

    /// Tokens have become this text.
    pub(super) fn write(&mut self, text: &str) {
        self.written_bytes += text.len();
        self.written_characters += text.chars().count();
    }

    /// The tokens whose text begins within this text, which is given out next.
    pub(super) fn give(&mut self, text: &str) -> Vec<TextToken> {
        self.given_bytes += text.len();
        let begun = self.waiting.iter().take_while(|(start, _)| *start < self.given_bytes).count();
        self.waiting.drain(..begun).map(|(_, token)| token).collect()
    }
}
