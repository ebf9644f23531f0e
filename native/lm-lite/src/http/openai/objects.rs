use std::sync::atomic::{AtomicU64, Ordering};

use conduit_engine::FinishReason;
use serde_json::{Value, json};

use crate::http::answer::Finish;
use crate::http::collected::{Call, Collected};
use crate::http::piece::Piece;
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
}

impl AnswerHead {
    pub(crate) fn new(kind: Kind, model: &str) -> Self {
        static ANSWERS: AtomicU64 = AtomicU64::new(0);
        let created = unix_seconds();
        let number = ANSWERS.fetch_add(1, Ordering::Relaxed);
        let prefix = match kind {
            Kind::Chat => "chatcmpl",
            Kind::Completion => "cmpl",
        };
        let id = format!("{prefix}-{created:x}-{:x}-{number:x}", std::process::id());
        Self { kind, id, created, model: model.to_owned() }
    }

    /// The whole answer.
    pub(crate) fn answer(&self, answer: &Collected) -> Value {
        let finish_reason = finish_reason(&answer.finish);
        let (object, choice) = match self.kind {
            Kind::Chat => {
                let choice = json!({
                    "index": 0, "message": message(answer), "logprobs": null, "finish_reason": finish_reason,
                });
                ("chat.completion", choice)
            }
            Kind::Completion => {
                let choice = json!({
                    "index": 0, "text": answer.text, "logprobs": null, "finish_reason": finish_reason,
                });
                ("text_completion", choice)
            }
        };
        self.object(object, json!([choice]), Some(usage(&answer.finish)))
    }

    /// The first chunk of a stream; completions have none.
    pub(crate) fn first_chunk(&self) -> Option<Value> {
        let delta = json!({ "role": "assistant", "content": "" });
        (self.kind == Kind::Chat).then(|| self.chunk(Some(delta), "", None))
    }

    /// The chunk of a piece; reasoning and calls are those of chats.
    pub(crate) fn piece_chunk(&self, piece: &Piece) -> Value {
        let delta = match piece {
            Piece::Text(text) => return self.chunk(Some(json!({ "content": text })), text, None),
            Piece::Reasoning(text) => json!({ "reasoning_content": text }),
            Piece::Call { index, id, name } => {
                let function = json!({ "name": name, "arguments": "" });
                json!({ "tool_calls": [{ "index": index, "id": id, "type": "function", "function": function }] })
            }
            Piece::Arguments { index, text } => {
                json!({ "tool_calls": [{ "index": index, "function": { "arguments": text } }] })
            }
        };
        self.chunk(Some(delta), "", None)
    }

    pub(crate) fn last_chunk(&self, finish: &Finish) -> Value {
        self.chunk(None, "", Some(finish))
    }

    /// The chunk after the last one, for those who asked for it.
    pub(crate) fn usage_chunk(&self, finish: &Finish) -> Value {
        self.object(self.chunk_object(), json!([]), Some(usage(finish)))
    }

    fn chunk(&self, delta: Option<Value>, text: &str, finish: Option<&Finish>) -> Value {
        let finish_reason = finish.map(finish_reason);
        let choice = match self.kind {
            Kind::Chat => json!({
                "index": 0, "delta": delta.unwrap_or_else(|| json!({})), "logprobs": null,
                "finish_reason": finish_reason,
            }),
            Kind::Completion => {
                json!({ "index": 0, "text": text, "logprobs": null, "finish_reason": finish_reason })
            }
        };
        self.object(self.chunk_object(), json!([choice]), None)
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

fn usage(finish: &Finish) -> Value {
    let tokens = finish.usage;
    let mut usage = json!({
        "prompt_tokens": tokens.prompt_tokens,
        "completion_tokens": tokens.completion_tokens,
        "total_tokens": tokens.prompt_tokens + tokens.completion_tokens,
    });
    if let Some(reasoning_tokens) = finish.reasoning_tokens {
        usage["completion_tokens_details"] = json!({ "reasoning_tokens": reasoning_tokens });
    }
    usage
}
