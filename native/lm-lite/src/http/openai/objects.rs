use std::sync::atomic::{AtomicU64, Ordering};

use conduit_engine::FinishReason;
use serde_json::{Value, json};

use super::logprobs::logprobs;
use crate::http::answer::Finish;
use crate::http::collected::{Call, Collected};
use crate::http::piece::Piece;
use crate::http::text_tokens::TextToken;
use crate::models::unix_seconds;

/// Which of the two endpoints answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Chat,
    Completion,
}

/// What all objects of one answer have in common.
#[derive(Clone, Debug)]
pub(crate) struct AnswerHead {
    kind: Kind,
    id: String,
    created: u64,
    model: String,
    /// Whether choices have the probabilities of their tokens.
    has_logprobs: bool,
}

impl AnswerHead {
    pub(crate) fn new(kind: Kind, model: &str, has_logprobs: bool) -> Self {
        static ANSWERS: AtomicU64 = AtomicU64::new(0);
        let created = unix_seconds();
        let number = ANSWERS.fetch_add(1, Ordering::Relaxed);
        let prefix = match kind {
            Kind::Chat => "chatcmpl",
            Kind::Completion => "cmpl",
        };
        let id = format!("{prefix}-{created:x}-{:x}-{number:x}", std::process::id());
        Self { kind, id, created, model: model.to_owned(), has_logprobs }
    }

    /// The whole answer: one choice for each of `answers`.
    pub(crate) fn answer(&self, answers: &[Collected]) -> Value {
        let choice = |(index, answer): (usize, &Collected)| {
            let finish_reason = finish_reason(&answer.finish);
            let logprobs = self.logprobs(&answer.tokens);
            match self.kind {
                Kind::Chat => json!({
                    "index": index, "message": message(answer), "logprobs": logprobs, "finish_reason": finish_reason,
                }),
                Kind::Completion => json!({
                    "index": index, "text": answer.text, "logprobs": logprobs, "finish_reason": finish_reason,
                }),
            }
        };
        let object = match self.kind {
            Kind::Chat => "chat.completion",
            Kind::Completion => "text_completion",
        };
        let choices = answers.iter().enumerate().map(choice).collect();
        self.object(object, choices, Some(usage(answers.iter().map(|answer| &answer.finish))))
    }

    /// The first chunk of a choice; completions have none.
    pub(crate) fn first_chunk(&self, index: usize) -> Option<Value> {
        let delta = json!({ "role": "assistant", "content": "" });
        (self.kind == Kind::Chat).then(|| self.chunk(index, Some(delta), None))
    }

    /// The chunk of a piece; reasoning and calls are those of chats.
    pub(crate) fn piece_chunk(&self, index: usize, piece: &Piece) -> Value {
        let delta = match piece {
            Piece::Text { text, tokens } => {
                let mut chunk = self.chunk(index, Some(json!({ "content": text })), None);
                chunk["choices"][0]["logprobs"] = self.logprobs(tokens);
                if self.kind == Kind::Completion {
                    chunk["choices"][0]["text"] = text.as_str().into();
                }
                return chunk;
            }
            Piece::Reasoning(text) => json!({ "reasoning_content": text }),
            Piece::Call { index, id, name } => {
                let function = json!({ "name": name, "arguments": "" });
                json!({ "tool_calls": [{ "index": index, "id": id, "type": "function", "function": function }] })
            }
            Piece::Arguments { index, text } => {
                json!({ "tool_calls": [{ "index": index, "function": { "arguments": text } }] })
            }
        };
        self.chunk(index, Some(delta), None)
    }

    pub(crate) fn last_chunk(&self, index: usize, finish: &Finish) -> Value {
        self.chunk(index, None, Some(finish))
    }

    /// The chunk after the last ones, for those who asked for it.
    pub(crate) fn usage_chunk(&self, finishes: &[Finish]) -> Value {
        self.object(self.chunk_object(), json!([]), Some(usage(finishes)))
    }

    /// A chunk without text.
    fn chunk(&self, index: usize, delta: Option<Value>, finish: Option<&Finish>) -> Value {
        let finish_reason = finish.map(finish_reason);
        let choice = match self.kind {
            Kind::Chat => json!({
                "index": index, "delta": delta.unwrap_or_else(|| json!({})), "logprobs": null,
                "finish_reason": finish_reason,
            }),
            Kind::Completion => {
                json!({ "index": index, "text": "", "logprobs": null, "finish_reason": finish_reason })
            }
        };
        self.object(self.chunk_object(), json!([choice]), None)
    }

    fn logprobs(&self, tokens: &[TextToken]) -> Value {
        if self.has_logprobs { logprobs(self.kind, tokens) } else { Value::Null }
    }

    const fn chunk_object(&self) -> &'static str {
        match self.kind {
            Kind::Chat => "chat.completion.chunk",
            Kind::Completion => "text_completion",
        }
    }

    fn object(&self, object: &str, choices: Value, usage: Option<Value>) -> Value {
        let mut answer = json!({
            "id": self.id, "object": object, "created": self.created, "model": self.model, "choices": choices,
        });
        if let Some(usage) = usage {
            answer["usage"] = usage;
        }
        answer
    }
}

const fn finish_reason(finish: &Finish) -> &'static str {
    match finish.reason {
        FinishReason::Stop if finish.called => "tool_calls",
        FinishReason::Stop => "stop",
        FinishReason::Length => "length",
    }
}

fn message(answer: &Collected) -> Value {
    let mut message = json!({ "role": "assistant", "content": answer.text, "refusal": null });
    if !answer.reasoning.is_empty() {
        message["reasoning_content"] = answer.reasoning.as_str().into();
    }
    if !answer.calls.is_empty() {
        if answer.text.is_empty() {
            message["content"] = Value::Null;
        }
        let call = |Call { id, name, arguments }: &Call| {
            let function = json!({ "name": name, "arguments": arguments });
            json!({ "id": id, "type": "function", "function": function })
        };
        message["tool_calls"] = answer.calls.iter().map(call).collect();
    }
    message
}

fn usage<'a>(finishes: impl IntoIterator<Item = &'a Finish>) -> Value {
    let (mut prompt_tokens, mut cached_tokens, mut completion_tokens) = (0, 0, 0);
    let mut reasoning_tokens = None;
    for finish in finishes {
        // What several answers share is computed, and counted, once.
        if !finish.shares_prompt {
            prompt_tokens += finish.usage.prompt_tokens;
            cached_tokens += finish.usage.cached_tokens;
        }
        completion_tokens += finish.usage.completion_tokens;
        reasoning_tokens = match (reasoning_tokens, finish.reasoning_tokens) {
            (Some(before), Some(tokens)) => Some(before + tokens),
            (before, tokens) => before.or(tokens),
        };
    }
    let mut usage = json!({
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
        "prompt_tokens_details": { "cached_tokens": cached_tokens },
    });
    if let Some(reasoning_tokens) = reasoning_tokens {
        usage["completion_tokens_details"] = json!({ "reasoning_tokens": reasoning_tokens });
    }
    usage
}
