use std::{fs, path::Path};

use serde_json::{Value, json};
use tokenizers::{
    AddedToken, NormalizerWrapper, PreTokenizerWrapper, Result, SplitDelimiterBehavior, Tokenizer,
    models::{
        TrainerWrapper,
        bpe::{BPE, BpeTrainer},
    },
    normalizers::NFC,
    pre_tokenizers::{
        byte_level::ByteLevel,
        sequence::Sequence,
        split::{Split, SplitPattern},
    },
};

use super::{Thinking, chat_template::chat_template};

const TRAINING_TEXT: &str = include_str!("training-text.txt");

/// The pattern of the Qwen tokenizers: words with one leading character, single digits, runs of punctuation.
const WORDS: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

const END_OF_TEXT: &str = "<|endoftext|>";
const START_OF_TURN: &str = "<|im_start|>";
const END_OF_TURN: &str = "<|im_end|>";

/// Stand around reasoning. Like those of Qwen3 they are tokens of their own and yet no control tokens.
const THINKING: [&str; 2] = ["<think>", "</think>"];

/// Ids of the control tokens; they follow the learned ones.
pub(crate) struct SpecialTokens {
    pub(crate) end_of_text: u32,
    pub(crate) end_of_turn: u32,
}

/// A byte-level BPE tokenizer learned from the built-in text: 256 bytes, up to `merges` merges, three control tokens,
/// and where the model thinks the two around its thoughts.
pub(crate) fn train(merges: usize, thinking: Thinking) -> Result<(Tokenizer, SpecialTokens)> {
    let mut tokenizer = Tokenizer::new(BPE::default());
    let words = Split::new(SplitPattern::Regex(WORDS.to_owned()), SplitDelimiterBehavior::Isolated, false)?;
    let bytes = ByteLevel::new(false, false, false);
    tokenizer
        .with_normalizer(Some(NormalizerWrapper::NFC(NFC)))
        .with_pre_tokenizer(Some(Sequence::new(vec![
            PreTokenizerWrapper::Split(words),
            PreTokenizerWrapper::ByteLevel(bytes),
        ])))
        .with_post_processor(Some(bytes))
        .with_decoder(Some(bytes));
    let mut trainer: TrainerWrapper = BpeTrainer::builder()
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .vocab_size(256 + merges)
        .min_frequency(2)
        .show_progress(false)
        .build()
        .into();
    tokenizer.train(&mut trainer, TRAINING_TEXT.lines().map(|line| format!("{line}\n")))?;
    let control = [END_OF_TEXT, START_OF_TURN, END_OF_TURN].map(|text| AddedToken::from(text, true));
    tokenizer.add_special_tokens(&control);
    if thinking != Thinking::Never {
        tokenizer.add_tokens(&THINKING.map(|text| AddedToken::from(text, false)));
    }
    let special = SpecialTokens::of(&tokenizer)?;
    Ok((tokenizer, special))
}

impl SpecialTokens {
    fn of(tokenizer: &Tokenizer) -> Result<Self> {
        let id = |text: &str| tokenizer.token_to_id(text).ok_or_else(|| format!("{text} has no id"));
        Ok(Self { end_of_text: id(END_OF_TEXT)?, end_of_turn: id(END_OF_TURN)? })
    }
}

/// A tokenizer as its two files, tokenizer.json and tokenizer_config.json, with its control tokens and its size.
pub(crate) struct TokenizerFiles {
    pub(crate) tokenizer: Vec<u8>,
    pub(crate) config: Vec<u8>,
    pub(crate) special: SpecialTokens,
    pub(crate) tokens: usize,
}

/// The tokenizer of a Hugging Face folder; it has to have the control tokens of Qwen's.
pub(crate) fn read(folder: &Path) -> Result<TokenizerFiles> {
    let tokenizer = fs::read(folder.join("tokenizer.json"))?;
    let config = fs::read(folder.join("tokenizer_config.json"))?;
    let parsed = Tokenizer::from_bytes(&tokenizer)?;
    let (special, tokens) = (SpecialTokens::of(&parsed)?, parsed.get_vocab_size(true));
    Ok(TokenizerFiles { tokenizer, config, special, tokens })
}

/// tokenizer_config.json with the chat template.
pub(crate) fn tokenizer_config(max_position_embeddings: usize, thinking: Thinking) -> Value {
    json!({
        "add_bos_token": false,
        "bos_token": null,
        "chat_template": chat_template(thinking),
        "clean_up_tokenization_spaces": false,
        "eos_token": END_OF_TURN,
        "model_max_length": max_position_embeddings,
        "pad_token": END_OF_TEXT,
        "tokenizer_class": "PreTrainedTokenizerFast",
        "unk_token": null,
    })
}
