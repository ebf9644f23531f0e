use serde_json::{Value, json};

use crate::http::ids::random_text;

/// What an item of the output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ItemKind {
    Reasoning,
    Message,
    Call,
}

impl ItemKind {
    /// A new item of this kind without its content.
    pub(super) fn item(self) -> Value {
        match self {
            Self::Reasoning => json!({
                "id": id("rs"), "type": "reasoning", "status": "in_progress", "summary": [], "content": [],
            }),
            Self::Message => json!({
                "id": id("msg"), "type": "message", "status": "in_progress", "role": "assistant", "content": [],
            }),
            Self::Call => json!({
                "id": id("fc"), "type": "function_call", "status": "in_progress", "call_id": "", "name": "",
                "arguments": "",
            }),
        }
    }

    /// The part that holds the text of an item, still empty; calls have none.
    pub(super) fn part(self) -> Option<Value> {
        match self {
            Self::Reasoning => Some(json!({ "type": "reasoning_text", "text": "" })),
            Self::Message => {
                Some(json!({ "type": "output_text", "text": "", "annotations": [], "logprobs": [] }))
            }
            Self::Call => None,
        }
    }

    /// What events about the text of an item are called.
    pub(super) const fn event(self) -> &'static str {
        match self {
            Self::Reasoning => "response.reasoning_text",
            Self::Message => "response.output_text",
            Self::Call => "response.function_call_arguments",
        }
    }

    /// The field of an event that has the whole text.
    pub(super) const fn text_field(self) -> &'static str {
        match self {
            Self::Reasoning | Self::Message => "text",
            Self::Call => "arguments",
        }
    }
}

pub(super) fn id(prefix: &str) -> String {
    format!("{prefix}_{}", random_text(24))
}
