use std::collections::VecDeque;

use conduit_engine::Logprobs;
use conduit_text::{AnswerParser, Part, StopStrings, Tokenizer, ToolCallFormat, ToolCallParser, ToolPart};

use super::ids::call_id;
use super::text_tokens::{TextToken, TextTokens};

/// What comes of an answer; no text is empty.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece {
    /// What the model thinks before it answers.
    Reasoning(String),
    Text {
        text: String,
        /// The tokens whose text begins here, where their probabilities were asked for.
        tokens: Vec<TextToken>,
    },
    /// A call of a function begins; calls are counted from 0.
    Call { index: usize, id: String, name: String },
    /// More of the arguments of a call.
    Arguments { index: usize, text: String },
}

/// Turns the tokens of an answer into pieces: its reasoning, its text up to a stop string, and its calls.
pub(super) struct Pieces {
    parser: AnswerParser,
    calls: Option<Calls>,
    stops: Stops,
    tokens: TextTokens,
    ready: VecDeque<Piece>,
    stopped: bool,
}

/// Stop strings, and what becomes of the one that ends an answer.
struct Stops {
    search: StopStrings,
    strings: Vec<String>,
    are_included: bool,
}

struct Calls {
    format: ToolCallFormat,
    parser: ToolCallParser,
    begun: usize,
}

impl Pieces {
    /// `calls` where the answer may call functions; stop strings, and whether the one that ends the answer is part of it.
    pub(super) fn new(
        parser: AnswerParser,
        calls: Option<(ToolCallFormat, ToolCallParser)>,
        (stops, are_included): (Vec<String>, bool),
    ) -> Self {
        let calls = calls.map(|(format, parser)| Calls { format, parser, begun: 0 });
        let stops = Stops { search: StopStrings::new(&stops), strings: stops, are_included };
        let tokens = TextTokens::default();
        Self { parser, calls, stops, tokens, ready: VecDeque::new(), stopped: false }
    }

    /// The next piece that is complete.
    pub(super) fn pop(&mut self) -> Option<Piece> {
        self.ready.pop_front()
    }

    /// `logprobs` where they were asked for.
    pub(super) fn push(&mut self, tokenizer: &Tokenizer, token: u32, logprobs: Option<&Logprobs>) {
        let marker = self.calls.as_ref().and_then(|calls| calls.format.marker_token()) == Some(token);
        let is_call = marker && !self.parser.is_reasoning();
        if is_call {
            let before = self.parser.finish(tokenizer);
            self.part(before);
        }
        let part = if is_call {
            self.parser.pass_over();
            Part::Content(String::new())
        } else {
            self.parser.push(tokenizer, token)
        };
        if let (Some(logprobs), Part::Content(text)) = (logprobs, &part)
            && !(is_call || self.parser.skips(tokenizer, token))
            && !self.parser.is_between()
        {
            self.tokens.push(tokenizer, token, logprobs, text);
        }
        self.part(part);
        if let (true, Some(calls)) = (is_call, &mut self.calls) {
            calls.parser.push_marker();
        }
    }

    /// Gives out what was held back; the answer has ended.
    pub(super) fn finish(&mut self, tokenizer: &Tokenizer) {
        let rest = self.parser.finish(tokenizer);
        self.part(rest);
        let held = self.calls.as_mut().and_then(|calls| calls.parser.finish());
        if let Some(ToolPart::Text(text)) = held {
            self.text(&text);
        }
        self.release();
    }

    /// Whether a stop string has been found; nothing after it counts.
    pub(super) const fn stopped(&self) -> bool {
        self.stopped
    }

    /// Whether functions have been called.
    pub(super) fn called(&self) -> bool {
        self.calls.as_ref().is_some_and(|calls| calls.begun > 0)
    }

    pub(super) const fn reasoning_tokens(&self) -> usize {
        self.parser.reasoning_tokens()
    }

    fn part(&mut self, part: Part) {
        let text = match part {
            Part::Reasoning(text) => {
                if !text.is_empty() {
                    self.ready.push_back(Piece::Reasoning(text));
                }
                return;
            }
            Part::Content(text) => text,
        };
        self.tokens.write(&text);
        let Some(calls) = &mut self.calls else { return self.text(&text) };
        for part in calls.parser.push(&text) {
            self.tool_part(part);
        }
    }

    fn tool_part(&mut self, part: ToolPart) {
        if self.stopped {
            return;
        }
        match part {
            ToolPart::Text(text) => self.text(&text),
            ToolPart::Call(name) => {
                self.release();
                let Some(calls) = &mut self.calls else { return };
                let index = calls.begun;
                calls.begun += 1;
                self.ready.push_back(Piece::Call { index, id: call_id(calls.format.id_characters), name });
            }
            ToolPart::Arguments(text) => {
                let index = self.calls.as_ref().map_or(0, |calls| calls.begun.saturating_sub(1));
                self.ready.push_back(Piece::Arguments { index, text });
            }
        }
    }

    /// Text of the answer itself; stop strings mean something here only.
    fn text(&mut self, text: &str) {
        if self.stopped {
            return;
        }
        let mut found = self.stops.search.push(text);
        self.stopped = found.stop.is_some();
        if self.stops.are_included
            && let Some(stop) = found.stop.and_then(|index| self.stops.strings.get(index))
        {
            found.text.push_str(stop);
        }
        self.give(found.text);
    }

    /// Gives out text that turned out to be no stop string.
    fn release(&mut self) {
        if !self.stopped {
            let text = self.stops.search.finish();
            self.give(text);
        }
    }

    fn give(&mut self, text: String) {
        if !text.is_empty() {
            let tokens = self.tokens.give(&text);
            self.ready.push_back(Piece::Text { text, tokens });
        }
    }
}
