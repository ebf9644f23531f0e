//! The tokenizer of a GGUF file, as the tokenizer.json that it was converted from.

mod pre_tokenizer;
mod sentence_piece;
mod tokens;

use conduit_gguf::{Gguf, Metadata};
use serde_json::{Value, json};

use crate::{Result, special_tokens::SpecialTokens, tokenizer_files::TokenizerFiles};
use pre_tokenizer::PreTokenizer;
use tokens::{Kind, Tokens};

const MODEL: &str = "tokenizer.ggml.model";
const MERGES: &str = "tokenizer.ggml.merges";

/// Tokens that end an answer of a chat, where a file has them and does not say so, as with llama.cpp.
const ENDS_OF_TURNS: [&str; 4] = ["<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>"];

/// What the file says of its tokenizer.
///
/// # Errors
/// What is missing, wrong or not supported, by its key.
pub(crate) fn tokenizer_files(gguf: &Gguf) -> Result<TokenizerFiles> {
    let metadata = gguf.metadata();
    let tokens = Tokens::read(metadata)?;
    let mut json = match metadata.text(MODEL)? {
        Some("gpt2") => byte_level(metadata, &tokens)?,
        Some("llama") => sentence_piece::tokenizer(metadata, &tokens)?,
        Some(other) => return Err(metadata.unsupported(MODEL, other, "gpt2, llama").into()),
        None => return Err(metadata.invalid(MODEL, "is missing").into()),
    };
    json["version"] = "1.0".into();
    json["added_tokens"] = added_tokens(&tokens);
    let roles = [
        ("bos_token", "bos"),
        ("eos_token", "eos"),
        ("unk_token", "unknown"),
        // So it is spelt there.
        ("sep_token", "seperator"),
        ("pad_token", "padding"),
        ("mask_token", "mask"),
    ];
    let mut by_role = Vec::new();
    for (role, name) in roles {
        if let Some(id) = tokens.id(metadata, name)? {
            by_role.push((role, tokens.texts[id as usize].to_owned()));
        }
    }
    Ok(TokenizerFiles {
        file: metadata.path().to_owned(),
        json: json.to_string().into_bytes(),
        special: SpecialTokens { by_role, additional: Vec::new() },
        bos_token_id: None,
        eos_token_ids: ends(metadata, &tokens)?,
    })
}

/// The tokens that end an answer, each once.
fn ends(metadata: &Metadata, tokens: &Tokens) -> Result<Vec<u32>> {
    let mut ends = Vec::new();
    for name in ["eos", "eot", "eom"] {
        ends.extend(tokens.id(metadata, name)?);
    }
    let of_turns = tokens.of_kind(Kind::Control).filter(|(_, text)| ENDS_OF_TURNS.contains(text));
    ends.extend(of_turns.map(|(id, _)| id));
    let mut seen = Vec::new();
    ends.retain(|id| {
        !seen.contains(id) && {
            seen.push(*id);
            true
        }
    });
    Ok(ends)
}

/// Tokens that are found in a text before anything else.
fn added_tokens(tokens: &Tokens) -> Value {
    let entry = |is_special: bool| {
        move |(id, text): (u32, &str)| {
            json!({
                "id": id, "content": text, "special": is_special, "normalized": false,
                "single_word": false, "lstrip": false, "rstrip": false,
            })
        }
    };
    // What stands for text that has no token is one of them in the files that these were made from.
    let unknown = tokens.of_kind(Kind::Unknown).chain(tokens.of_kind(Kind::Control)).map(entry(true));
    let mut added: Vec<Value> = unknown.chain(tokens.of_kind(Kind::UserDefined).map(entry(false))).collect();
    added.sort_by_key(|token| token["id"].as_u64());
    added.into()
}

/// What is added around a text: its beginning and its end, where the file says so.
fn post_processor(metadata: &Metadata, tokens: &Tokens, adds_bos: bool) -> Result<Value> {
    let mut single = vec![json!({ "Sequence": { "id": "A", "type_id": 0 } })];
    let mut special = serde_json::Map::new();
    for (name, is_added, is_first) in [("bos", adds_bos, true), ("eos", false, false)] {
        let is_added = metadata.bool(&format!("tokenizer.ggml.add_{name}_token"))?.unwrap_or(is_added);
        let Some(id) = tokens.id(metadata, name)?.filter(|_| is_added) else { continue };
        let text = tokens.texts[id as usize];
        let piece = json!({ "SpecialToken": { "id": text, "type_id": 0 } });
        single.insert(if is_first { 0 } else { single.len() }, piece);
        special.insert(text.to_owned(), json!({ "id": text, "ids": [id], "tokens": [text] }));
    }
    if special.is_empty() {
        return Ok(Value::Null);
    }
    let pair = [single.clone(), vec![json!({ "Sequence": { "id": "B", "type_id": 1 } })]].concat();
    Ok(json!({ "type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": special }))
}

/// Byte pairs, merged in the order of a list.
fn byte_level(metadata: &Metadata, tokens: &Tokens) -> Result<Value> {
    let pre = PreTokenizer::read(metadata)?;
    let merges = metadata.texts(MERGES)?.ok_or_else(|| metadata.invalid(MERGES, "is missing"))?;
    let pair = |merge: &&str| {
        let (left, right) = merge.split_once(' ')?;
        Some(json!([left, right]))
    };
    let merges: Option<Vec<_>> = merges.iter().map(pair).collect();
    let merges = merges.ok_or_else(|| metadata.invalid(MERGES, "expected pairs of tokens"))?;
    Ok(json!({
        "normalizer": pre.normalizer(),
        "pre_tokenizer": pre.steps(),
        "post_processor": post_processor(metadata, tokens, pre.adds_bos())?,
        "decoder": { "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true },
        "model": {
            "type": "BPE",
            "vocab": tokens.vocabulary(),
            "merges": merges,
            "ignore_merges": pre.ignores_merges(),
        },
    }))
}
