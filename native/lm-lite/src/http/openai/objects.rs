use std::sync::atomic::{AtomicU64, Ordering};

use conduit_engine::FinishReason;
use serde_json::{Value, json};

use crate::http::answer::Finish;
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
    pub(crate) fn answer(&self, reasoning: &str, text: &str, finish: &Finish) -> Value {
        let finish_reason = finish_reason(finish.reason);
        let (object, choice) = match self.kind {
            Kind::Chat => {
                let mut message = json!({ "role": "assistant", "content": text, "refusal": null });
                if !reasoning.is_empty() {
                    message["reasoning_content"] = reasoning.into();
                }
                let choice = json!({
                    "index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason,
                });
                ("chat.completion", choice)
            }
            Kind::Completion => {
                let choice =
                    json!({ "index": 0, "text": text, "logprobs": null, "finish_reason": finish_reason });
                ("text_completion", choice)
            }
        };
        self.object(object, json!([choice]), Some(usage(finish)))
    }

    /// The first chunk of a stream; completions have none.
    pub(crate) fn first_chunk(&self) -> Option<Value> {
        let delta = json!({ "role": "assistant", "content": "" });
        (self.kind == Kind::Chat).then(|| self.chunk(Some(delta), "", None))
    }

    pub(crate) fn text_chunk(&self, text: &str) -> Value {
        self.chunk(Some(json!({ "content": text })), text, None)
    }

    /// Reasoning, which only chats tell from the rest.
    pub(crate) fn reasoning_chunk(&self, text: &str) -> Value {
        self.chunk(Some(json!({ "reasoning_content": text })), "", None)
    }

    pub(crate) fn last_chunk(&self, reason: FinishReason) -> Value {
        self.chunk(None, "", Some(reason))
    }

    /// The chunk after the last one, for those who asked for it.
    pub(crate) fn usage_chunk(&self, finish: &Finish) -> Value {
        self.object(self.chunk_object(), json!([]), Some(usage(finish)))
    }

    fn chunk(&self, delta: Option<Value>, text: &str, reason: Option<FinishReason>) -> Value {
        let finish_reason = reason.map(finish_reason);
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

const fn finish_reason(reason: FinishReason) -> &'static str {
    match reason {
        FinishReason::Stop => "stop",
        FinishReason::Length => "length",
    }
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
