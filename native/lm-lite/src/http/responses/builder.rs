use conduit_engine::FinishReason;
use serde_json::{Value, json};

use super::items::ItemKind;
use crate::http::answer::Finish;
use crate::http::api_error::ApiError;
use crate::http::piece::Piece;

/// Makes a response of the pieces of an answer, and the events that tell of it.
pub(super) struct ResponseBuilder {
    /// The response without its output.
    head: Value,
    output: Vec<Value>,
    /// Kind and text of the last item, while it grows.
    open: Option<(ItemKind, String)>,
    events: Vec<Value>,
    sequence_number: u64,
}

impl ResponseBuilder {
    pub(super) fn new(head: Value) -> Self {
        let mut builder =
            Self { head, output: Vec::new(), open: None, events: Vec::new(), sequence_number: 0 };
        builder.response_event("response.created");
        builder.response_event("response.in_progress");
        builder
    }

    /// The events since the last call.
    pub(super) fn take_events(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.events)
    }

    pub(super) fn push(&mut self, piece: Piece) {
        match piece {
            Piece::Reasoning(text) => self.text(ItemKind::Reasoning, &text),
            Piece::Text { text, .. } => self.text(ItemKind::Message, &text),
            Piece::Call { id, name, .. } => {
                self.close("completed");
                let mut item = ItemKind::Call.item();
                (item["call_id"], item["name"]) = (id.into(), name.into());
                self.open(ItemKind::Call, item);
            }
            Piece::Arguments { text, .. } => self.text(ItemKind::Call, &text),
        }
    }

    /// The whole response, once the answer has ended.
    pub(super) fn finish(&mut self, end: Result<Finish, ApiError>) -> Value {
        let status = match end {
            Ok(finish) => {
                let (status, details) = match finish.reason {
                    FinishReason::Stop => ("completed", Value::Null),
                    FinishReason::Length => ("incomplete", json!({ "reason": "max_output_tokens" })),
                };
                self.close(status);
                self.head["usage"] = usage(&finish);
                self.head["incomplete_details"] = details;
                status
            }
            Err(error) => {
                self.close("incomplete");
                let body = error.body();
                self.head["error"] =
                    json!({ "code": body["error"]["code"], "message": body["error"]["message"] });
                "failed"
            }
        };
        self.head["status"] = status.into();
        self.response_event(&format!("response.{status}"));
        self.response()
    }

    fn text(&mut self, kind: ItemKind, text: &str) {
        if self.open.as_ref().is_none_or(|(open, _)| *open != kind) {
            self.close("completed");
            self.open(kind, kind.item());
        }
        if let Some((_, written)) = &mut self.open {
            written.push_str(text);
        }
        let mut event = self.item_event(&format!("{}.delta", kind.event()), kind);
        event["delta"] = text.into();
        if kind == ItemKind::Message {
            event["logprobs"] = json!([]);
        }
        self.emit(event);
    }

    fn open(&mut self, kind: ItemKind, item: Value) {
        self.output.push(item.clone());
        let index = self.output.len() - 1;
        self.emit(json!({ "type": "response.output_item.added", "output_index": index, "item": item }));
        self.open = Some((kind, String::new()));
        if let Some(part) = kind.part() {
            let mut event = self.item_event("response.content_part.added", kind);
            event["part"] = part;
            self.emit(event);
        }
    }

    fn close(&mut self, status: &str) {
        let Some((kind, text)) = self.open.take() else { return };
        let mut done = self.item_event(&format!("{}.done", kind.event()), kind);
        done[kind.text_field()] = text.as_str().into();
        match kind {
            ItemKind::Message => done["logprobs"] = json!([]),
            ItemKind::Call => {
                done["name"] = self.output.last().map_or(Value::Null, |item| item["name"].clone());
            }
            ItemKind::Reasoning => {}
        }
        self.emit(done);
        let part = kind.part().map(|mut part| {
            part["text"] = text.as_str().into();
            part
        });
        if let Some(part) = &part {
            let mut event = self.item_event("response.content_part.done", kind);
            event["part"] = part.clone();
            self.emit(event);
        }
        let Some(item) = self.output.last_mut() else { return };
        item["status"] = status.into();
        match part {
            Some(part) => item["content"] = json!([part]),
            None => item["arguments"] = text.into(),
        }
        let item = item.clone();
        let index = self.output.len() - 1;
        self.emit(json!({ "type": "response.output_item.done", "output_index": index, "item": item }));
    }

    /// An event about the last item.
    fn item_event(&self, name: &str, kind: ItemKind) -> Value {
        let index = self.output.len().saturating_sub(1);
        let id = self.output.last().map_or(Value::Null, |item| item["id"].clone());
        let mut event = json!({ "type": name, "item_id": id, "output_index": index });
        if kind != ItemKind::Call {
            event["content_index"] = 0.into();
        }
        event
    }

    fn response_event(&mut self, name: &str) {
        let response = self.response();
        self.emit(json!({ "type": name, "response": response }));
    }

    fn response(&self) -> Value {
        let mut response = self.head.clone();
        response["output"] = self.output.clone().into();
        response
    }

    fn emit(&mut self, mut event: Value) {
        event["sequence_number"] = self.sequence_number.into();
        self.sequence_number += 1;
        self.events.push(event);
    }
}

fn usage(finish: &Finish) -> Value {
    let tokens = finish.usage;
    json!({
        "input_tokens": tokens.prompt_tokens,
        "input_tokens_details": { "cached_tokens": tokens.cached_tokens },
        "output_tokens": tokens.completion_tokens,
        "output_tokens_details": { "reasoning_tokens": finish.reasoning_tokens.unwrap_or_default() },
        "total_tokens": tokens.prompt_tokens + tokens.completion_tokens,
    })
}
