//! What an answer says, whichever route gave it, streamed or whole.

use serde_json::{Value, json};

/// The choices of an answer and its tokens, without ids and times.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    pub choices: Vec<Choice>,
    /// Of the prompts, and of the answers.
    pub tokens: (u64, u64),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    pub reasoning: String,
    pub text: String,
    /// Names and arguments.
    pub calls: Vec<(String, String)>,
    pub end: String,
}

impl Choice {
    /// Whether this may still become that one.
    pub fn is_beginning_of(&self, whole: &Self) -> bool {
        let calls = self.calls.iter().zip(&whole.calls);
        whole.text.starts_with(&self.text)
            && whole.reasoning.starts_with(&self.reasoning)
            && self.calls.len() <= whole.calls.len()
            && calls.into_iter().all(|(begun, call)| begun.0 == call.0 && call.1.starts_with(&begun.1))
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

impl Answer {
    /// From a body that came as a whole.
    pub fn of_body(body: &Value) -> Self {
        match (&body["tokens"], &body["output"]) {
            (tokens @ Value::Array(_), _) => {
                let choice = Choice { text: tokens.to_string(), ..Choice::default() };
                Self { choices: vec![choice], tokens: (0, 0) }
            }
            (_, Value::Array(items)) => Self::of_response(body, items),
            _ => Self::of_choices(body),
        }
    }

    fn of_choices(body: &Value) -> Self {
        let mut answer = Self::default();
        for choice in body["choices"].as_array().into_iter().flatten() {
            answer.add_choice(choice, &choice["message"]);
        }
        answer.set_tokens(&body["usage"], "prompt_tokens", "completion_tokens");
        answer
    }

    /// Adds what a choice of a chat or of a completion says, or what it says more.
    fn add_choice(&mut self, choice: &Value, message: &Value) {
        let index = choice["index"].as_u64().unwrap_or_default() as usize;
        if self.choices.len() <= index {
            self.choices.resize_with(index + 1, Choice::default);
        }
        let found = &mut self.choices[index];
        found.text.push_str(text(&choice["text"]));
        found.text.push_str(text(&message["content"]));
        found.reasoning.push_str(text(&message["reasoning_content"]));
        found.end.push_str(text(&choice["finish_reason"]));
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            let function = &call["function"];
            if function["name"].is_string() {
                found.calls.push((text(&function["name"]).to_owned(), String::new()));
            }
            if let Some((_, arguments)) = found.calls.last_mut() {
                arguments.push_str(text(&function["arguments"]));
            }
        }
    }

    fn of_response(body: &Value, items: &[Value]) -> Self {
        let mut choice = Choice { end: text(&body["status"]).to_owned(), ..Choice::default() };
        for item in items {
            let parts = item["content"].as_array().into_iter().flatten().map(|part| text(&part["text"]));
            match text(&item["type"]) {
                "reasoning" => choice.reasoning.extend(parts),
                "function_call" => {
                    choice.calls.push((text(&item["name"]).to_owned(), text(&item["arguments"]).to_owned()));
                }
                _ => choice.text.extend(parts),
            }
        }
        let mut answer = Self { choices: vec![choice], tokens: (0, 0) };
        answer.set_tokens(&body["usage"], "input_tokens", "output_tokens");
        answer
    }

    fn set_tokens(&mut self, usage: &Value, prompt: &str, answer: &str) {
        let count = |name: &str| usage[name].as_u64().unwrap_or_default();
        self.tokens = (count(prompt), count(answer));
    }

    /// Takes one more event of a stream.
    ///
    /// # Errors
    /// The event, where it tells of an error.
    pub fn push_event(&mut self, event: &Value) -> Result<(), String> {
        if !event["error"].is_null() || event["type"] == "response.failed" {
            return Err(event.to_string());
        }
        let Some(kind) = event["type"].as_str() else {
            for choice in event["choices"].as_array().into_iter().flatten() {
                self.add_choice(choice, &choice["delta"]);
            }
            if event["usage"].is_object() {
                self.set_tokens(&event["usage"], "prompt_tokens", "completion_tokens");
            }
            return Ok(());
        };
        self.choices.resize_with(1, Choice::default);
        let (choice, delta) = (&mut self.choices[0], text(&event["delta"]));
        match kind {
            "response.output_text.delta" => choice.text.push_str(delta),
            "response.reasoning_text.delta" => choice.reasoning.push_str(delta),
            "response.output_item.added" if event["item"]["type"] == "function_call" => {
                choice.calls.push((text(&event["item"]["name"]).to_owned(), String::new()));
            }
            "response.function_call_arguments.delta" => {
                if let Some((_, arguments)) = choice.calls.last_mut() {
                    arguments.push_str(delta);
                }
            }
            "response.completed" | "response.incomplete" => {
                let whole = Self::of_body(&event["response"]);
                choice.end.clone_from(&whole.choices[0].end);
                if whole.choices != self.choices {
                    return Err(
                        json!({ "error": "the events tell another answer than the last one" }).to_string()
                    );
                }
                self.tokens = whole.tokens;
            }
            _ => {}
        }
        Ok(())
    }
}
