//! Requests that have an answer.

use conduit_testkit::random::Random;
use serde_json::{Map, Value, json};

use crate::client::Outgoing;
use crate::models::NAMES;

const WORDS: [&str; 16] = [
    "list", "the", "files", "of", "a", "folder", "name", "size", "date", "then", "write", "more", "42", "é",
    "日本", "\n",
];

/// What many prompts begin with, so that they share pages.
const OPENINGS: [&str; 3] = [
    "You are a careful assistant that answers in few words and never makes anything up about files.",
    "Answer with what the listing says. Sizes are bytes, dates have a year, a month and a day; leave out the rest.",
    "Be brief.",
];

/// A request, and how its answer is read.
#[derive(Clone, Debug)]
pub struct Ask {
    pub path: &'static str,
    /// Without `stream`.
    body: Map<String, Value>,
    pub streams: bool,
    /// Reads now and then a little of the stream.
    pub is_slow: bool,
}

impl Ask {
    pub fn random(random: &mut Random) -> Self {
        let model = random.below(NAMES.len());
        let (path, fields) = match random.below(10) {
            0..4 => ("/v1/chat/completions", chat(random, model)),
            4..7 => ("/v1/completions", completion(random)),
            7..9 => ("/v1/responses", response(random, model)),
            _ => ("/tokenize", json!({ "prompt": words(random, 60) })),
        };
        let Value::Object(mut body) = fields else { unreachable!("all of them are objects") };
        body.insert("model".to_owned(), NAMES[model].into());
        let mut ask = Self { path, body, streams: false, is_slow: false };
        if path != "/tokenize" {
            ask.sample(random);
            ask.streams = random.chance(50);
            ask.is_slow = ask.streams && random.chance(8);
        }
        ask
    }

    fn sample(&mut self, random: &mut Random) {
        let fields = match random.below(5) {
            0 => json!({ "temperature": 1.2, "top_k": 20, "top_p": 0.9 }),
            1 => json!({ "temperature": 0.8, "min_p": 0.02, "top_k": -1 }),
            _ => json!({ "temperature": 0 }),
        };
        self.body.extend(
            fields.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())),
        );
        self.body.insert("seed".to_owned(), (random.next() >> 12).into());
        let limit = if self.path == "/v1/responses" { "max_output_tokens" } else { "max_tokens" };
        // Half of the answers are short; the long ones outgrow what admission has counted with.
        let most = if random.chance(50) { 200 + random.below(140) } else { 1 + random.below(16) };
        self.body.insert(limit.to_owned(), most.into());
    }

    /// As it is sent; a quiet server is asked for the whole answer at once.
    pub fn outgoing(&self, streams: bool) -> Outgoing {
        let mut body = self.body.clone();
        if streams {
            body.insert("stream".to_owned(), true.into());
            if self.path != "/v1/responses" {
                body.insert("stream_options".to_owned(), json!({ "include_usage": true }));
            }
        }
        Outgoing::post(self.path, Value::Object(body).to_string())
    }
}

/// Between one and `most` words.
pub fn words(random: &mut Random, most: usize) -> String {
    let count = 1 + random.below(most);
    (0..count).map(|_| *random.pick(&WORDS)).collect::<Vec<_>>().join(" ")
}

fn chat(random: &mut Random, model: usize) -> Value {
    let user = json!({ "role": "user", "content": words(random, 20) });
    let mut messages = vec![];
    if random.chance(60) {
        messages.push(json!({ "role": "system", "content": random.pick(&OPENINGS) }));
    }
    if random.chance(20) {
        messages.extend([user.clone(), json!({ "role": "assistant", "content": words(random, 20) })]);
    }
    messages.push(user);
    let mut request = json!({ "messages": messages });
    match random.below(10) {
        0..2 => {
            request["response_format"] =
                json!({ "type": "json_schema", "json_schema": { "name": "files", "schema": schema() } });
        }
        2 => request["structured_outputs"] = json!({ "regex": "[a-c]{2,30}-[0-9]{3}" }),
        3 => request["stop"] = json!(["e", "\n"]),
        4..7 if model == 0 => {
            request["tools"] = json!([function("paint", true), function("measure", true)]);
            request["tool_choice"] = (*random.pick(&["auto", "required"])).into();
        }
        4..7 if model == 1 => {
            request["chat_template_kwargs"] = json!({ "enable_thinking": random.chance(50) })
        }
        _ => {}
    }
    request
}

/// One prompt or several, of which some are the same.
fn completion(random: &mut Random) -> Value {
    let prompt = |random: &mut Random| {
        let opening = if random.chance(50) { *random.pick(&OPENINGS) } else { "" };
        format!("{opening} {}", words(random, 24))
    };
    if random.chance(70) {
        return json!({ "prompt": prompt(random) });
    }
    let (first, copies) = (prompt(random), 2 + random.below(3));
    let others: Vec<_> =
        (1..copies).map(|_| if random.chance(60) { first.clone() } else { prompt(random) }).collect();
    let prompts = [vec![first], others].concat();
    json!({ "prompt": prompts })
}

fn response(random: &mut Random, model: usize) -> Value {
    let mut request = json!({ "input": words(random, 20) });
    if random.chance(50) {
        request["instructions"] = (*random.pick(&OPENINGS)).into();
    }
    match random.below(10) {
        0..2 => {
            request["text"] =
                json!({ "format": { "type": "json_schema", "name": "files", "schema": schema() } })
        }
        2..5 if model == 0 => {
            request["tools"] = json!([function("paint", false)]);
            request["tool_choice"] = "required".into();
        }
        _ => {}
    }
    request
}

fn schema() -> Value {
    let name = json!({ "type": "string", "maxLength": 6 });
    json!({
        "type": "object", "additionalProperties": false, "required": ["name", "bytes", "kind"],
        "properties": {
            "name": name, "bytes": { "type": "integer", "minimum": 0, "maximum": 99_999 },
            "kind": { "enum": ["file", "folder"] }, "owners": { "type": "array", "items": name, "maxItems": 2 },
        },
    })
}

/// A function as chats have it, or as responses have it.
fn function(name: &str, is_nested: bool) -> Value {
    let parameters = json!({
        "type": "object", "additionalProperties": false, "required": ["color"],
        "properties": { "color": { "enum": ["red", "green", "}\"{"] } },
    });
    if is_nested {
        return json!({ "type": "function", "function": { "name": name, "parameters": parameters } });
    }
    json!({ "type": "function", "name": name, "parameters": parameters })
}
