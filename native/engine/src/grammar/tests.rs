use std::sync::Arc;

use serde_json::{Value, json};

use super::{Grammar, NextTokens, Progress};
use crate::{GrammarSpec, TokenBytes, Vocabulary};

const STEPS: usize = 60;

struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most as u64) as usize
    }
}

/// All bytes, and texts of up to 30 characters that lie within strings, end them, or do neither.
fn vocabulary(random: &mut Random) -> Vocabulary {
    let pieces = ["a", "b", "z", "7", " ", "é", "中", "🧁", "\"", "\\", ",", "-", "red", "\n", "]", "{", ":"];
    let mut texts: Vec<String> = (1..=30).map(|length| "q".repeat(length)).collect();
    for length in 1..=30 {
        for _ in 0..20 {
            // Most have no end of a string in them.
            let kinds = if random.below(3) == 0 { pieces.len() } else { 8 };
            texts.push((0..length).map(|_| pieces[random.below(kinds)]).collect());
        }
    }
    texts.sort();
    texts.dedup();
    let bytes = (0..=255).map(|byte| vec![byte]);
    let longer = texts.into_iter().map(String::into_bytes).filter(|text| text.len() > 1);
    let tokens = bytes.chain(longer).map(TokenBytes::Text);
    let end = TokenBytes::Special(b"<end>".to_vec());
    Vocabulary::new([end].into_iter().chain(tokens).collect(), &[0], None).unwrap()
}

fn schemas() -> Vec<Value> {
    let bounded =
        (0..45).map(|most| json!({ "type": "array", "items": { "type": "string", "maxLength": most } }));
    let others = [
        json!({ "type": "string" }),
        json!({ "type": "string", "minLength": 12, "maxLength": 24 }),
        json!({ "type": "string", "pattern": "^[a-z]{2,14}q*$" }),
        json!({ "type": "array", "items": { "anyOf": [
            { "type": "string", "maxLength": 22 }, { "type": "number" }, { "enum": ["red", "green"] },
        ] } }),
        json!({ "type": "object", "properties": { "a": { "type": "string", "maxLength": 9 } } }),
        json!({ "type": "object" }),
    ];
    bounded.chain(others).collect()
}

/// A mask comes from walking the tokens in groups; what is asked about one token knows nothing of those.
#[test]
fn a_mask_allows_exactly_the_tokens_that_may_come_each_alone() {
    let mut random = Random(0x5eed_0009);
    let vocabulary = Arc::new(vocabulary(&mut random));
    let vocab_size = vocabulary.factory().tok_env().tok_trie().vocab_size();
    let mut masks = 0;
    for schema in schemas() {
        let spec = GrammarSpec::JsonSchema(schema);
        let mut grammar = Grammar::compile(&spec, &vocabulary, vocab_size).unwrap();
        for step in 0..STEPS {
            let Ok(NextTokens::Mask(mask)) = grammar.next_tokens() else { break };
            let in_mask = |token: &u32| mask[*token as usize / 32] >> (token % 32) & 1 == 1;
            let allowed: Vec<u32> = (1..vocab_size as u32).filter(in_mask).collect();
            let alone: Vec<u32> = (1..vocab_size as u32).filter(|&token| grammar.allows(token)).collect();
            assert_eq!(allowed, alone, "{spec:?} after {step} tokens");
            masks += 1;
            if allowed.is_empty()
                || grammar.consume(allowed[random.below(allowed.len())]) != Ok(Progress::Open)
            {
                break;
            }
        }
    }
    assert!(masks > 500, "{masks}");
}
