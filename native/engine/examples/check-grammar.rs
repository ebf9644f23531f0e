//! Tells which JSON Schemas the engine takes, and which instances it accepts for them.
//!
//! Reads lines `{"name": string, "schema": <schema>, "instances": [<json>, ...]}` and writes a line
//! `{"name", "compiles": bool, "error": string | null, "accepts": [bool, ...]}` for each. An instance is accepted where its
//! compact text, keys and numbers as they stand, could be an answer. No model takes part: each byte is a token.

use std::io::{self, BufRead, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use conduit_engine::{Grammar, GrammarSpec, TokenBytes, Vocabulary};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Follows the tokens of the bytes.
const END_TOKEN: u32 = 256;

#[derive(Deserialize)]
struct Check<'l> {
    name: String,
    #[serde(borrow)]
    schema: &'l RawValue,
    #[serde(borrow)]
    instances: Vec<&'l RawValue>,
}

#[derive(Serialize)]
struct Outcome {
    name: String,
    compiles: bool,
    error: Option<String>,
    accepts: Vec<bool>,
}

fn main() -> anyhow::Result<()> {
    let tokens = (0..=u8::MAX).map(|byte| TokenBytes::Text(vec![byte]));
    let tokens = tokens.chain([TokenBytes::Special(b"<end>".to_vec())]).collect();
    let vocabulary = Arc::new(Vocabulary::new(tokens, &[END_TOKEN], None)?);
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let check: Check<'_> = serde_json::from_str(&line)?;
        serde_json::to_writer(&mut output, &outcome(&check, &vocabulary))?;
        output.write_all(b"\n")?;
    }
    Ok(())
}

fn outcome(check: &Check<'_>, vocabulary: &Arc<Vocabulary>) -> Outcome {
    let run = || -> Result<Vec<bool>, String> {
        let schema = serde_json::from_str(check.schema.get()).map_err(|error| error.to_string())?;
        let spec = GrammarSpec::JsonSchema(schema);
        let grammar = Grammar::compile(&spec, vocabulary, END_TOKEN as usize + 1);
        let grammar = grammar.map_err(|error| error.to_string())?;
        Ok(check.instances.iter().map(|instance| accepts(&grammar, instance.get())).collect())
    };
    // One schema's fault is no reason to leave the others unchecked.
    let outcome =
        catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err("the check panicked".to_owned()));
    let (error, accepts) = match outcome {
        Ok(accepts) => (None, accepts),
        Err(error) => (Some(error), Vec::new()),
    };
    Outcome { name: check.name.clone(), compiles: error.is_none(), error, accepts }
}

fn accepts(grammar: &Grammar, instance: &str) -> bool {
    let tokens: Vec<u32> = compact(instance).bytes().map(u32::from).collect();
    grammar.accepts(&tokens)
}

/// A JSON text without the white space between its parts, and with its strings escaped where they have to be only.
/// Going through a parsed value would rewrite its numbers.
fn compact(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(next) = rest.chars().next() {
        let length = if next == '"' { string_length(rest) } else { next.len_utf8() };
        let (part, behind) = rest.split_at(length);
        match serde_json::from_str::<String>(part) {
            Ok(string) => text.push_str(&serde_json::Value::from(string).to_string()),
            // Half a surrogate pair is no text, and stands as it was written.
            Err(_) if next == '"' => text.push_str(part),
            Err(_) if next.is_ascii_whitespace() => {}
            Err(_) => text.push_str(part),
        }
        rest = behind;
    }
    text
}

/// Bytes of the string at the beginning of a valid JSON text, both quotes included.
fn string_length(json: &str) -> usize {
    let mut escaped = false;
    for (place, byte) in json.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return place + 1,
            _ => {}
        }
    }
    json.len()
}
