use serde_json::{Map, Value};

use crate::{Result, TextError};

/// Put after the text that is to be continued, to find it again in what the template makes of it.
const CONTINUE_HERE: &str = "CONTINUE_FINAL_MESSAGE_TAG ";

/// What transformers does to messages before the template sees them: drops null values, and shows reasoning under
/// all of its names.
pub(crate) fn prepare(messages: &[Value]) -> Result<Vec<Map<String, Value>>> {
    if messages.is_empty() {
        return Err(invalid("messages is empty; at least one message is needed"));
    }
    messages
        .iter()
        .map(|message| match message {
            Value::Object(message) => Ok(with_reasoning(message)),
            _ => Err(invalid("a message is not an object with role and content")),
        })
        .collect()
}

fn with_reasoning(message: &Map<String, Value>) -> Map<String, Value> {
    let entries = || message.iter().filter(|(_, value)| !value.is_null());
    let reasoning = ["reasoning_content", "thinking", "reasoning"]
        .into_iter()
        .find_map(|name| message.get(name).filter(|value| !value.is_null()));
    let mut prepared = Map::new();
    if let Some(reasoning) = reasoning {
        prepared.insert("thinking".to_owned(), reasoning.clone());
    }
    prepared.extend(entries().map(|(name, value)| (name.clone(), value.clone())));
    if let Some(reasoning) = reasoning {
        prepared.insert("reasoning_content".to_owned(), reasoning.clone());
    }
    prepared
}

/// Tags the text that the model is to go on with.
pub(crate) fn tag_final(messages: &mut [Map<String, Value>]) -> Result<()> {
    let content = messages.last_mut().and_then(|message| message.get_mut("content"));
    let text = match content {
        Some(Value::String(text)) => Some(text),
        Some(Value::Array(parts)) => parts.iter_mut().rev().find_map(|part| match part.get_mut("text") {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }),
        _ => None,
    };
    let text =
        text.ok_or_else(|| invalid("continue_final_message is set, but the last message has no text"))?;
    text.push_str(CONTINUE_HERE);
    Ok(())
}

/// Cuts the prompt at the tag; space behind it that the template trimmed away is trimmed before it too.
pub(crate) fn cut_at_tag(mut rendered: String) -> Result<String> {
    let Some(position) = rendered.rfind(CONTINUE_HERE.trim_end()) else {
        return Err(invalid("continue_final_message is set, but the chat template drops the last message"));
    };
    let preserved = rendered[position..].starts_with(CONTINUE_HERE);
    rendered.truncate(position);
    if !preserved {
        rendered.truncate(rendered.trim_end().len());
    }
    Ok(rendered)
}

pub(crate) fn invalid(reason: &str) -> TextError {
    TextError::InvalidChat { reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nulls_go_and_reasoning_is_seen_under_all_names() {
        let messages =
            [json!({ "role": "assistant", "content": null, "reasoning": "hm", "tool_calls": [null] })];
        let prepared = prepare(&messages).unwrap();
        let expected = json!({
            "thinking": "hm", "role": "assistant", "reasoning": "hm", "tool_calls": [null], "reasoning_content": "hm"
        });
        assert_eq!(Value::Object(prepared[0].clone()), expected);
        let order: Vec<_> = prepared[0].keys().collect();
        assert_eq!(order, ["thinking", "role", "reasoning", "tool_calls", "reasoning_content"]);
    }

    #[test]
    fn the_last_text_is_tagged_and_cut_at() {
        let mut messages = prepare(&[json!({ "content": [{ "text": "one " }, { "image": "x" }] })]).unwrap();
        tag_final(&mut messages).unwrap();
        let tagged = messages[0]["content"][0]["text"].as_str().unwrap().to_owned();
        assert_eq!(cut_at_tag(format!("<a>{tagged}<b>")).unwrap(), "<a>one ");
        assert_eq!(cut_at_tag(format!("<a>{}<b>", tagged.trim())).unwrap(), "<a>one");
    }

    #[test]
    fn what_cannot_be_continued_is_an_error() {
        for message in [json!({ "role": "assistant" }), json!({ "content": [{ "image": "x" }] })] {
            let error = tag_final(&mut prepare(&[message]).unwrap()).unwrap_err();
            assert_eq!(error.code(), "invalid_chat");
        }
        assert_eq!(cut_at_tag("nothing".to_owned()).unwrap_err().code(), "invalid_chat");
        assert_eq!(prepare(&[]).unwrap_err().code(), "invalid_chat");
        assert_eq!(prepare(&[json!("hi")]).unwrap_err().code(), "invalid_chat");
    }
}
