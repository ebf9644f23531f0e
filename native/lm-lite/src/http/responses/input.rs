use serde_json::{Map, Value, json};

use crate::http::api_error::ApiError;

/// The messages of a chat that are in `input`.
pub(super) fn messages(instructions: Option<&str>, input: &Value) -> Result<Vec<Value>, ApiError> {
    let mut messages = Vec::new();
    messages.extend(instructions.map(|text| json!({ "role": "system", "content": text })));
    match input {
        Value::String(text) => messages.push(json!({ "role": "user", "content": text })),
        Value::Array(items) => {
            let mut reader = Reader { messages, assistant: None };
            for (index, item) in items.iter().enumerate() {
                reader.item(&format!("input[{index}]"), item)?;
            }
            reader.close();
            messages = reader.messages;
        }
        other => return Err(ApiError::invalid_type("input", "a string or an array of items", other)),
    }
    Ok(messages)
}

/// What a model said in one turn comes as several items and is one message of a chat.
struct Reader {
    messages: Vec<Value>,
    assistant: Option<Map<String, Value>>,
}

impl Reader {
    fn item(&mut self, path: &str, item: &Value) -> Result<(), ApiError> {
        let text = |name: &str| {
            let wrong = || ApiError::invalid_type(&format!("{path}.{name}"), "a string", &item[name]);
            item[name].as_str().ok_or_else(wrong)
        };
        match item["type"].as_str() {
            None | Some("message") if item["role"] == "assistant" => {
                let content = content(&format!("{path}.content"), &item["content"])?;
                if self
                    .assistant
                    .as_ref()
                    .is_some_and(|open| open.contains_key("content") || open.contains_key("tool_calls"))
                {
                    self.close();
                }
                self.open().insert("content".to_owned(), content);
            }
            None | Some("message") => {
                self.close();
                let content = content(&format!("{path}.content"), &item["content"])?;
                self.messages.push(json!({ "role": item["role"], "content": content }));
            }
            Some("reasoning") => {
                self.close();
                let parts = item["content"].as_array().into_iter().flatten();
                let texts: Vec<_> = parts.filter_map(|part| part["text"].as_str()).collect();
                if !texts.is_empty() {
                    self.open().insert("reasoning_content".to_owned(), texts.join("\n").into());
                }
            }
            Some("function_call") => {
                let function = json!({ "name": text("name")?, "arguments": text("arguments")? });
                let call = json!({ "id": text("call_id")?, "type": "function", "function": function });
                let calls = self.open().entry("tool_calls").or_insert_with(|| json!([]));
                if let Value::Array(calls) = calls {
                    calls.push(call);
                }
            }
            Some("function_call_output") => {
                self.close();
                let output = content(&format!("{path}.output"), &item["output"])?;
                let id = text("call_id")?;
                self.messages.push(json!({ "role": "tool", "tool_call_id": id, "content": output }));
            }
            Some(other) => {
                let message = format!(
                    "{path}.type: this server takes messages, reasoning, function calls and their outputs, got {other}"
                );
                return Err(ApiError::bad_request("unsupported_parameter", format!("{path}.type"), message));
            }
        }
        Ok(())
    }

    fn open(&mut self) -> &mut Map<String, Value> {
        self.assistant.get_or_insert_with(|| Map::from_iter([("role".to_owned(), "assistant".into())]))
    }

    fn close(&mut self) {
        let open = self.assistant.take();
        // Reasoning that nothing followed is no message.
        let open = open.filter(|open| open.contains_key("content") || open.contains_key("tool_calls"));
        self.messages.extend(open.map(Value::Object));
    }
}

/// A text, or parts that are texts.
fn content(path: &str, content: &Value) -> Result<Value, ApiError> {
    let Some(parts) = content.as_array() else {
        let text = content.as_str();
        let wrong = || ApiError::invalid_type(path, "a string or an array of parts", content);
        return text.map(Value::from).ok_or_else(wrong);
    };
    let part = |(index, part): (usize, &Value)| match (part["type"].as_str(), part["text"].as_str()) {
        (Some("input_text" | "output_text" | "text"), Some(text)) => {
            Ok(json!({ "type": "text", "text": text }))
        }
        (kind, _) => {
            let path = format!("{path}[{index}]");
            let kind = kind.unwrap_or("a part without a type");
            let message = format!("{path}: this server takes text only, got {kind}");
            Err(ApiError::bad_request("unsupported_parameter", path, message))
        }
    };
    parts.iter().enumerate().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_one_turn_are_one_message() {
        let input = json!([
            { "role": "user", "content": "Is it warm?" },
            { "type": "reasoning", "id": "rs_1", "summary": [], "content": [{ "type": "reasoning_text", "text": "Hm." }] },
            { "type": "message", "role": "assistant", "content": [{ "type": "output_text", "text": "Let me see." }] },
            { "type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}" },
            { "type": "function_call", "call_id": "c2", "name": "g", "arguments": "{\"x\":1}" },
            { "type": "function_call_output", "call_id": "c1", "output": "12" },
            { "type": "message", "role": "assistant", "content": "Yes." },
        ]);
        let call = |id: &str, name: &str, arguments: &str| json!({ "id": id, "type": "function", "function": { "name": name, "arguments": arguments } });
        let expected = [
            json!({ "role": "system", "content": "Be brief." }),
            json!({ "role": "user", "content": "Is it warm?" }),
            json!({
                "role": "assistant", "reasoning_content": "Hm.",
                "content": [{ "type": "text", "text": "Let me see." }],
                "tool_calls": [call("c1", "f", "{}"), call("c2", "g", "{\"x\":1}")],
            }),
            json!({ "role": "tool", "tool_call_id": "c1", "content": "12" }),
            json!({ "role": "assistant", "content": "Yes." }),
        ];
        assert_eq!(messages(Some("Be brief."), &input).unwrap(), expected);
        assert_eq!(messages(None, &json!("Hi")).unwrap(), [json!({ "role": "user", "content": "Hi" })]);
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_path() {
        for (input, param) in [
            (json!(7), "input"),
            (json!([{ "type": "item_reference", "id": "x" }]), "input[0].type"),
            (json!([{ "role": "user", "content": [{ "type": "input_image" }] }]), "input[0].content[0]"),
            (json!([{ "role": "user" }]), "input[0].content"),
            (json!([{ "type": "function_call", "call_id": "c", "name": "f" }]), "input[0].arguments"),
            (json!([{ "type": "function_call_output", "output": "x" }]), "input[0].call_id"),
        ] {
            let error = messages(None, &input).unwrap_err();
            assert_eq!(error.body()["error"]["param"], param, "{input}");
        }
    }
}
