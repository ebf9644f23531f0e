use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use conduit_gguf::Gguf;
use tokenizers::{
    AddedVocabulary, Encoding, OffsetType, PreTokenizer, Tokenizer as Reference, tokenizer::Model,
};

use crate::{
    Detokenizer, Prompt, Result, TextError,
    control_tokens::{ControlTokens, is_mark},
    decoder::Decoder,
    gguf,
    model_folder::ModelFolder,
    special_tokens::SpecialTokens,
    token_table::TokenTable,
    tokenizer_files::TokenizerFiles,
};

/// What [`Tokenizer::encode`] does with the tokens that steer a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EncodeOptions {
    /// Adds what the model wants around a text, such as a token for its beginning.
    pub add_special_tokens: bool,
    /// Takes `<|im_end|>` and its like in the text for the tokens; otherwise they are text as any other.
    pub parse_special: bool,
}

/// The tokenizer of a Hugging Face folder, or of a GGUF file.
pub struct Tokenizer {
    reference: Reference,
    /// The added tokens without those that are special, for text in which these mean nothing.
    plain_vocabulary: AddedVocabulary,
    control: ControlTokens,
    table: TokenTable,
    decoder: Decoder,
    special: SpecialTokens,
    bos_token_id: Option<u32>,
    eos_token_ids: Vec<u32>,
}

impl Tokenizer {
    /// Reads tokenizer.json, and what the folder's other files say about special tokens; or the metadata of a GGUF file.
    pub fn load(folder: &Path) -> Result<Self> {
        if Gguf::is_at(folder) {
            return Self::new(gguf::tokenizer_files(&Gguf::open(folder)?)?);
        }
        Self::new(TokenizerFiles::read(&ModelFolder(folder))?)
    }

    fn new(files: TokenizerFiles) -> Result<Self> {
        let TokenizerFiles { file, json, special, bos_token_id, eos_token_ids } = files;
        let malformed = |reason: String| TextError::Malformed { file: file.clone(), reason };
        // The library panics on some files that are malformed.
        let mut reference = catch_unwind(AssertUnwindSafe(|| Reference::from_bytes(json)))
            .unwrap_or_else(|_| Err("its parts do not fit together".into()))
            .map_err(|error| malformed(error.to_string()))?;
        // Both are remains of training; a prompt is neither cut nor filled up behind the caller's back.
        let untruncated = reference.with_truncation(None).map(|_| ());
        untruncated.map_err(|error| malformed(error.to_string()))?;
        reference.with_padding(None);

        let unsupported = |reason| TextError::UnsupportedTokenizer { file: file.clone(), reason };
        let decoder =
            serde_json::to_value(reference.get_decoder()).map_err(|error| unsupported(error.to_string()))?;
        let decoder = Decoder::from_json(&decoder).map_err(unsupported)?;
        let mut control: Vec<String> = reference
            .get_added_tokens_decoder()
            .into_values()
            .filter(|token| token.special)
            .map(|token| token.content)
            .collect();
        control.retain(|text| !text.is_empty());
        let control = ControlTokens::new(control).map_err(unsupported)?;
        let mut plain_vocabulary = reference.get_added_vocabulary().clone();
        plain_vocabulary.set_encode_special_tokens(true);

        let role_id = |role| special.role(role).and_then(|text| reference.token_to_id(text));
        let bos_token_id = role_id("bos_token").or(bos_token_id);
        let mut eos_token_ids = eos_token_ids;
        if eos_token_ids.is_empty() {
            eos_token_ids.extend(role_id("eos_token"));
        }
        let table = TokenTable::new(&reference, decoder).map_err(unsupported)?;
        Ok(Self {
            plain_vocabulary,
            control,
            table,
            decoder,
            special,
            bos_token_id,
            eos_token_ids,
            reference,
        })
    }

    /// The token ids of a text.
    pub fn encode(&self, text: &str, options: EncodeOptions) -> Result<Vec<u32>> {
        let vocabulary = if options.parse_special {
            self.reference.get_added_vocabulary()
        } else {
            &self.plain_vocabulary
        };
        self.encode_with(text, vocabulary, false, options.add_special_tokens)
    }

    /// The token ids of a rendered chat: the template's control tokens are tokens, those in messages are text.
    ///
    /// Nothing is added, because templates write the beginning of a text themselves.
    pub fn encode_prompt(&self, prompt: &Prompt) -> Result<Vec<u32>> {
        self.encode_with(prompt.marked(), self.reference.get_added_vocabulary(), prompt.has_marks(), false)
    }

    fn encode_with(
        &self,
        text: &str,
        vocabulary: &AddedVocabulary,
        has_marks: bool,
        add_special_tokens: bool,
    ) -> Result<Vec<u32>> {
        // The regex library panics on a pattern that gives up on a text, and a request must not reach a panic.
        let encode = AssertUnwindSafe(|| self.encoding(text, vocabulary, has_marks, add_special_tokens));
        match catch_unwind(encode) {
            Ok(Ok(encoding)) => Ok(encoding.get_ids().to_vec()),
            Ok(Err(error)) => Err(TextError::Encode { reason: error.to_string() }),
            Err(_) => {
                Err(TextError::Encode { reason: "the pre-tokenizer's pattern gave up on it".to_owned() })
            }
        }
    }

    /// The steps of `tokenizers`' own `encode_fast`, with the choice of what is parsed, and without the marks.
    fn encoding(
        &self,
        text: &str,
        vocabulary: &AddedVocabulary,
        has_marks: bool,
        add_special_tokens: bool,
    ) -> tokenizers::Result<Encoding> {
        let mut pieces = vocabulary.extract_and_normalize(self.reference.get_normalizer(), text);
        if has_marks {
            pieces.split(|_, mut piece| {
                piece.filter(|character| !is_mark(character));
                Ok([piece])
            })?;
        }
        if let Some(pre_tokenizer) = self.reference.get_pre_tokenizer() {
            pre_tokenizer.pre_tokenize(&mut pieces)?;
        }
        pieces.tokenize(|piece| self.reference.get_model().tokenize(piece.get()))?;
        let encoding = pieces.into_encoding(None, 0, OffsetType::None)?;
        if add_special_tokens { self.reference.post_process(encoding, None, true) } else { Ok(encoding) }
    }

    /// The text of a sequence; with `skip_special`, without its control tokens.
    pub fn decode(&self, ids: &[u32], skip_special: bool) -> String {
        let mut detokenizer = Detokenizer::new(skip_special);
        let mut text: String = ids.iter().map(|id| detokenizer.push(self, *id)).collect();
        text.push_str(&detokenizer.finish(self));
        text
    }

    /// The bytes that a token adds to a text, its name for a control token; empty for an id without a token.
    pub fn token_bytes(&self, id: u32) -> &[u8] {
        self.table.bytes(id)
    }

    /// Whether a token steers the model and is no text.
    pub fn is_special(&self, id: u32) -> bool {
        self.table.is_special(id)
    }

    /// The id of the token that is written `text` in tokenizer.json, such as `</think>`.
    pub fn token_id(&self, text: &str) -> Option<u32> {
        self.reference.token_to_id(text)
    }

    /// One more than the largest id; the model's logits may have more rows, which stand for no token.
    pub fn vocab_size(&self) -> usize {
        self.table.len()
    }

    /// The token that begins a text, where the model has one.
    pub const fn bos_token_id(&self) -> Option<u32> {
        self.bos_token_id
    }

    /// The tokens that end an answer: those of generation_config.json, or of config.json, or the tokenizer's.
    pub fn eos_token_ids(&self) -> &[u32] {
        &self.eos_token_ids
    }

    pub(crate) const fn table(&self) -> &TokenTable {
        &self.table
    }

    pub(crate) const fn decoder(&self) -> Decoder {
        self.decoder
    }

    pub(crate) const fn control_tokens(&self) -> &ControlTokens {
        &self.control
    }

    pub(crate) const fn special_tokens(&self) -> &SpecialTokens {
        &self.special
    }
}
