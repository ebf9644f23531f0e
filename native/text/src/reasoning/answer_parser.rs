use super::{ReasoningMarkers, ReasoningState};
use crate::{Detokenizer, Tokenizer};

/// A piece of what a model writes; empty where a token completes no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Reasoning(String),
    Content(String),
}

/// Turns the tokens of an answer into text as they come, its reasoning apart from its content.
///
/// The markers themselves, white space around the reasoning and line breaks between it and the content belong to neither.
#[derive(Clone, Debug)]
pub struct AnswerParser {
    phase: Phase,
    detokenizer: Detokenizer,
    /// Whether control tokens leave no trace in the text.
    skip_special: bool,
    /// White space of the reasoning that only more of it lets out.
    held_space: String,
    reasoning_tokens: usize,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// The first token tells whether the model reasons.
    Undecided(ReasoningMarkers),
    /// `written` once there was more than white space.
    Reasoning {
        end: u32,
        written: bool,
    },
    /// The reasoning has ended, and nothing but line breaks has come since.
    Between,
    Content,
}

impl AnswerParser {
    /// For a model with `markers`, behind a prompt that leaves its reasoning in `state`.
    pub fn new(markers: ReasoningMarkers, state: ReasoningState) -> Self {
        let phase = match state {
            ReasoningState::Possible => Phase::Undecided(markers),
            ReasoningState::Begun => Phase::Reasoning { end: markers.end, written: false },
            ReasoningState::Over => Phase::Content,
        };
        Self { phase, ..Self::content() }
    }

    /// For an answer that is all content.
    pub const fn content() -> Self {
        Self {
            phase: Phase::Content,
            detokenizer: Detokenizer::new(true),
            skip_special: true,
            held_space: String::new(),
            reasoning_tokens: 0,
        }
    }

    /// Before the first token: control tokens become text like others, but for the markers.
    pub fn with_special(self) -> Self {
        Self { detokenizer: Detokenizer::new(false), skip_special: false, ..self }
    }

    /// A token has come that is no text of the answer, nor begins its reasoning.
    pub fn pass_over(&mut self) {
        if let Phase::Undecided(_) = self.phase {
            self.phase = Phase::Content;
        }
    }

    /// The text that `id` completes.
    pub fn push(&mut self, tokenizer: &Tokenizer, id: u32) -> Part {
        match self.phase {
            Phase::Undecided(ReasoningMarkers { start, end }) if id == start => {
                self.reasoning_tokens += 1;
                self.phase = Phase::Reasoning { end, written: false };
                Part::Reasoning(String::new())
            }
            Phase::Reasoning { end, .. } => {
                self.reasoning_tokens += 1;
                if id != end {
                    let text = self.detokenizer.push(tokenizer, id);
                    return self.part(text);
                }
                let last = self.finish(tokenizer);
                self.detokenizer = Detokenizer::new(self.skip_special);
                self.phase = Phase::Between;
                last
            }
            Phase::Undecided(_) | Phase::Between | Phase::Content => {
                self.pass_over();
                let text = self.detokenizer.push(tokenizer, id);
                self.part(text)
            }
        }
    }

    /// The text that was held back, at the end of the answer.
    pub fn finish(&mut self, tokenizer: &Tokenizer) -> Part {
        let text = self.detokenizer.finish(tokenizer);
        self.part(text)
    }

    /// Whether a token leaves no trace in the text because it is a control token.
    pub fn skips(&self, tokenizer: &Tokenizer, id: u32) -> bool {
        self.skip_special && tokenizer.is_special(id)
    }

    /// Whether what comes next is still reasoning.
    pub const fn is_reasoning(&self) -> bool {
        matches!(self.phase, Phase::Reasoning { .. })
    }

    /// Whether the reasoning has ended, and nothing but line breaks has come since, which are no content. The first bytes of
    /// a character are content, though they have become no text yet.
    pub fn is_between(&self) -> bool {
        let is_line_break = |byte: &u8| matches!(byte, b'\r' | b'\n');
        matches!(self.phase, Phase::Between) && self.detokenizer.held().iter().all(is_line_break)
    }

    /// Tokens of the reasoning so far, markers that the model wrote included.
    pub const fn reasoning_tokens(&self) -> usize {
        self.reasoning_tokens
    }

    fn part(&mut self, mut text: String) -> Part {
        match &mut self.phase {
            Phase::Reasoning { written, .. } => {
                let mut found = std::mem::take(&mut self.held_space);
                found.push_str(&text);
                let end = found.trim_end().len();
                self.held_space = found.split_off(end);
                if !*written {
                    found.drain(..found.len() - found.trim_start().len());
                }
                *written |= !found.is_empty();
                Part::Reasoning(found)
            }
            Phase::Between => {
                text.drain(..text.len() - text.trim_start_matches(['\r', '\n']).len());
                if !text.is_empty() {
                    self.phase = Phase::Content;
                }
                Part::Content(text)
            }
            Phase::Undecided(_) | Phase::Content => Part::Content(text),
        }
    }
}
