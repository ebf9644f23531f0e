use std::collections::HashMap;

use conduit_gguf::Metadata;
use serde_json::{Value, json};

use super::post_processor;
use super::tokens::{Kind, Tokens};
use crate::Result;

const SCORES: &str = "tokenizer.ggml.scores";
const PREFIX: &str = "tokenizer.ggml.add_space_prefix";
/// Bytes of the longest piece: each place where it can be cut is looked at, with the parts that this makes.
const LONGEST_PIECE: usize = 1024;
/// What SentencePiece writes for a space.
const SPACE: &str = "▁";

/// Pieces of text, of which the pair with the best score is joined first, as transformers converts them.
pub(super) fn tokenizer(metadata: &Metadata, tokens: &Tokens) -> Result<Value> {
    let scores = metadata.floats(SCORES)?.ok_or_else(|| metadata.invalid(SCORES, "is missing"))?;
    if scores.len() != tokens.texts.len() {
        let reason = format!("{} scores for {} tokens", scores.len(), tokens.texts.len());
        return Err(metadata.invalid(SCORES, &reason).into());
    }
    if let Some(index) = scores.iter().position(|score| !score.is_finite()) {
        return Err(metadata.invalid(SCORES, &format!("the score at {index} is not finite")).into());
    }
    if let Some(text) = tokens.texts.iter().find(|text| text.len() > LONGEST_PIECE) {
        let reason = format!("a token of {} bytes, at most {LONGEST_PIECE} are allowed", text.len());
        return Err(metadata.invalid("tokenizer.ggml.tokens", &reason).into());
    }
    let has_prefix = metadata.bool(PREFIX)?.unwrap_or(true);
    let spaces = json!({ "type": "Replace", "pattern": { "String": " " }, "content": SPACE });
    let mut normalizers = vec![spaces];
    let mut decoders = vec![
        json!({ "type": "Replace", "pattern": { "String": SPACE }, "content": " " }),
        json!({ "type": "ByteFallback" }),
        json!({ "type": "Fuse" }),
    ];
    if has_prefix {
        normalizers.insert(0, json!({ "type": "Prepend", "prepend": SPACE }));
        decoders.push(json!({ "type": "Strip", "content": " ", "start": 1, "stop": 0 }));
    }
    let unknown = tokens.of_kind(Kind::Unknown).next().map(|(_, text)| text);
    Ok(json!({
        "normalizer": { "type": "Sequence", "normalizers": normalizers },
        "pre_tokenizer": null,
        "post_processor": post_processor(metadata, tokens, true)?,
        "decoder": { "type": "Sequence", "decoders": decoders },
        "model": {
            "type": "BPE",
            "vocab": tokens.vocabulary(),
            "merges": merges(tokens, &scores),
            "unk_token": unknown,
            "fuse_unk": true,
            "byte_fallback": tokens.of_kind(Kind::Byte).next().is_some(),
        },
    }))
}

/// Every pair of tokens that makes up a token, the best score first; of one token in the order in which transformers has them
/// (`generate_merges`): the longer left part first, then the larger ids last.
fn merges(tokens: &Tokens, scores: &[f64]) -> Vec<Value> {
    let ids: HashMap<&str, u32> = tokens.of_kind(Kind::Normal).map(|(id, text)| (text, id)).collect();
    let mut pairs = Vec::new();
    for (id, text) in tokens.of_kind(Kind::Normal) {
        for (cut, _) in text.char_indices().skip(1) {
            let (left, right) = text.split_at(cut);
            if let (Some(left_id), Some(right_id)) = (ids.get(left), ids.get(right)) {
                pairs.push((id, (left, right), (left_id, right_id)));
            }
        }
    }
    // First as the parts' ids have it, then, without changing what is equal, by score and lengths.
    pairs.sort_by_key(|(id, _, parts)| (*id, *parts));
    let lengths = |(left, right): (&str, &str)| (left.chars().count(), right.chars().count());
    pairs.sort_by(|(a, pair_a, _), (b, pair_b, _)| {
        let scores = scores[*b as usize].total_cmp(&scores[*a as usize]);
        scores.then_with(|| lengths(*pair_b).cmp(&lengths(*pair_a)))
    });
    pairs.into_iter().map(|(_, (left, right), _)| json!([left, right])).collect()
}
