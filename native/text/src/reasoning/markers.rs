use crate::{ChatTemplate, Tokenizer};

/// Tokens between which models reason, as their vocabularies write them.
const MARKERS: [(&str, &str); 1] = [
    // DeepSeek R1, Qwen3 and most that came after them.
    ("<think>", "</think>"),
];

/// The tokens that begin and end a model's reasoning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReasoningMarkers {
    pub start: u32,
    pub end: u32,
}

/// How far a model's reasoning is at the end of a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReasoningState {
    /// The model may begin it with its first token.
    Possible,
    /// The prompt has begun it.
    Begun,
    /// The prompt has ended it; the model answers at once.
    Over,
}

impl ReasoningMarkers {
    /// The markers of a model that reasons: its vocabulary has both, and its template knows of one.
    ///
    /// Models that do not reason share their vocabulary with siblings that do, but not their template.
    pub fn find(tokenizer: &Tokenizer, template: &ChatTemplate) -> Option<Self> {
        MARKERS.into_iter().find_map(|(start, end)| {
            let known = template.contains(start) || template.contains(end);
            let tokens = tokenizer.token_id(start).zip(tokenizer.token_id(end));
            let (start, end) = tokens.filter(|_| known)?;
            Some(Self { start, end })
        })
    }

    /// How far the reasoning is behind a prompt: the last of its tokens that is no white space tells.
    pub fn state_after(self, tokenizer: &Tokenizer, prompt: &[u32]) -> ReasoningState {
        let is_space = |id: &&u32| tokenizer.token_bytes(**id).iter().all(u8::is_ascii_whitespace);
        match prompt.iter().rev().find(|id| !is_space(id)) {
            Some(&last) if last == self.start => ReasoningState::Begun,
            Some(&last) if last == self.end => ReasoningState::Over,
            _ => ReasoningState::Possible,
        }
    }

    /// How far the reasoning is in a message that the model goes on with: the last marker of that message tells.
    pub fn state_within(self, tokenizer: &Tokenizer, prompt: &[u32]) -> ReasoningState {
        let message = prompt.iter().rev().take_while(|id| !tokenizer.is_special(**id));
        match message.into_iter().find(|id| [self.start, self.end].contains(id)) {
            Some(&last) if last == self.start => ReasoningState::Begun,
            _ => ReasoningState::Over,
        }
    }
}
