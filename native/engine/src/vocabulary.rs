use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use llguidance::ParserFactory;
use llguidance::api::ParserLimits;
use toktrie::{InferenceCapabilities, TokEnv, TokRxInfo, TokTrie, TokenizerEnv};

/// Text to token ids, as the model's own tokenizer does it, without special tokens around it.
pub type Encode = Arc<dyn Fn(&str) -> Vec<u32> + Send + Sync>;

/// What a token stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TokenBytes {
    /// The bytes that it adds to a text; none for an id without a token.
    Text(Vec<u8>),
    /// The name of a token that steers the model; no text contains it.
    Special(Vec<u8>),
}

impl TokenBytes {
    fn marked(self) -> Vec<u8> {
        match self {
            Self::Text(bytes) => bytes,
            Self::Special(mut name) => {
                name.insert(0, TokTrie::SPECIAL_TOKEN_MARKER);
                name
            }
        }
    }
}

/// Why no grammar can work on a tokenizer's vocabulary.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the tokenizer gives no vocabulary for grammars: {0}")]
pub struct VocabularyError(String);

/// The bytes of every token of a tokenizer, in the form that grammars walk. Built once and shared.
pub struct Vocabulary {
    factory: ParserFactory,
    eos_tokens: Vec<u32>,
    /// Tokens that are nothing but line breaks, and how many.
    line_breaks: Vec<(u32, usize)>,
    closers: Closers,
}

/// Tokens of single characters that bring JSON to its end.
struct Closers {
    quote: Option<u32>,
    /// One that only strings take.
    letter: Option<u32>,
    /// Outside strings, the best first.
    others: Vec<u32>,
}

impl Closers {
    fn find(tokens: &[TokenBytes]) -> Self {
        let find = |byte: u8| {
            let is_byte = |token: &TokenBytes| matches!(token, TokenBytes::Text(bytes) if *bytes == [byte]);
            tokens.iter().position(is_byte).map(|id| id as u32)
        };
        let others = b"}]\"0123456789-tn{[:,".iter().filter_map(|&byte| find(byte)).collect();
        Self { quote: find(b'"'), letter: find(b'q'), others }
    }
}

impl std::fmt::Debug for Vocabulary {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Vocabulary").field("eos_tokens", &self.eos_tokens).finish_non_exhaustive()
    }
}

impl Vocabulary {
    /// From the bytes of each token, by id. `eos_tokens` end an answer; `encode` lets forced text take the tokens that the
    /// model was trained on.
    ///
    /// # Errors
    /// Where there are no tokens, one is longer than 64 KiB, or the one that ends an answer lies beyond any vocabulary.
    pub fn new(
        tokens: Vec<TokenBytes>,
        eos_tokens: &[u32],
        encode: Option<Encode>,
    ) -> Result<Self, VocabularyError> {
        let (line_breaks, closers) = (line_breaks(&tokens), Closers::find(&tokens));
        let mut token_bytes: Vec<_> = tokens.into_iter().map(TokenBytes::marked).collect();
        if token_bytes.iter().all(Vec::is_empty) {
            return Err(VocabularyError("it has no tokens".to_owned()));
        }
        // A grammar always needs a token that ends it. One beyond the vocabulary serves a model that names none: masks
        // are cut to the model's vocabulary.
        let eos_tokens = eos_tokens.to_vec();
        let ends = if eos_tokens.is_empty() { vec![token_bytes.len() as u32] } else { eos_tokens.clone() };
        let needed = ends.iter().map(|&token| token as usize + 1).max().unwrap_or_default();
        if needed > MOST_TOKENS {
            return Err(VocabularyError(format!("token {} is said to end an answer", needed - 1)));
        }
        for id in token_bytes.len()..needed {
            token_bytes.push(TokenBytes::Special(format!("<unnamed {id}>").into_bytes()).marked());
        }
        let build = || {
            let info = TokRxInfo::new(token_bytes.len() as u32, ends[0]);
            let trie = TokTrie::from(&info, &token_bytes).with_eos_tokens(&ends);
            let environment: TokEnv = Arc::new(Environment::new(trie, encode));
            let mut factory = ParserFactory::new(&environment, InferenceCapabilities::default(), &slices())?;
            factory.quiet();
            *factory.limits_mut() = LIMITS;
            anyhow::Ok(factory)
        };
        let factory = catch_unwind(AssertUnwindSafe(build))
            .map_err(|_| VocabularyError("its tokens cannot be ordered".to_owned()))?
            .map_err(|error| VocabularyError(error.to_string()))?;
        Ok(Self { factory, eos_tokens, line_breaks, closers })
    }

    /// Tokens that end an answer.
    pub fn eos_tokens(&self) -> &[u32] {
        &self.eos_tokens
    }

    /// Tokens that are nothing but line breaks, with their number.
    pub(crate) fn line_breaks(&self) -> impl Iterator<Item = (u32, usize)> {
        self.line_breaks.iter().copied()
    }

    /// The allowed token that brings a JSON text nearest to its end, of those that are single characters and may do so.
    pub(crate) fn closing_token(&self, mut is_allowed: impl FnMut(u32) -> bool) -> Option<u32> {
        let Closers { quote, letter, others } = &self.closers;
        // Within a string all others are text.
        let quote = quote.filter(|&quote| is_allowed(quote) && letter.is_some_and(&mut is_allowed));
        quote.or_else(|| others.iter().copied().find(|&token| is_allowed(token)))
    }

    pub(crate) fn factory(&self) -> &ParserFactory {
        &self.factory
    }
}

fn line_breaks(tokens: &[TokenBytes]) -> Vec<(u32, usize)> {
    let count = |token: &TokenBytes| match token {
        TokenBytes::Text(bytes) if !bytes.is_empty() && bytes.iter().all(|&byte| byte == b'\n') => {
            Some(bytes.len())
        }
        _ => None,
    };
    (0..).zip(tokens).filter_map(|(id, token)| Some((id, count(token)?))).collect()
}

/// Texts within JSON strings of up to so many characters; all tokens that are one are allowed at once where any such text is.
///
/// Where a string has room for fewer characters than the shortest of these, all tokens are walked. Each takes 5 to 7 MB with
/// 150,000 tokens; of three, these walk the least over strings of at most 20, 40 and 100 characters.
const SLICE_CHARACTERS: [u32; 3] = [5, 10, 20];

fn slices() -> Vec<String> {
    let text = r#"[^"\\\x00-\x1F\x7F]"#;
    let bounded = SLICE_CHARACTERS.map(|most| format!("{text}{{1,{most}}}"));
    bounded.into_iter().chain([format!("{text}+")]).collect()
}

/// What one schema may cost: about 20 ms to build and 15 ms for a mask, whatever it says.
const LIMITS: ParserLimits = ParserLimits {
    max_items_in_row: 2_000,
    initial_lexer_fuel: 1_000_000,
    step_lexer_fuel: 200_000,
    step_max_items: 50_000,
    max_lexer_states: 50_000,
    max_grammar_size: 200_000,
    precompute_large_lexemes: true,
    verbose_errors: false,
};

/// More than any tokenizer has.
const MOST_TOKENS: usize = 1 << 22;

struct Environment {
    trie: TokTrie,
    encode: Option<Encode>,
}

impl Environment {
    fn new(trie: TokTrie, encode: Option<Encode>) -> Self {
        // Forced text may only take an encoder's tokens where these spell exactly that text; tokenizers that put a space
        // in front do not.
        let faithful = |encode: &Encode| {
            ["{\"", "name", "{\"name\":true}"]
                .iter()
                .all(|text| trie.decode(&encode(text)) == text.as_bytes())
        };
        let encode = encode.filter(faithful);
        Self { trie, encode }
    }
}

impl TokenizerEnv for Environment {
    fn tok_trie(&self) -> &TokTrie {
        &self.trie
    }

    fn tokenize_bytes(&self, bytes: &[u8]) -> Vec<u32> {
        match &self.encode {
            Some(encode) => self.trie.tokenize_with_greedy_fallback(bytes, |text| encode(text)),
            None => self.trie.greedy_tokenize(bytes),
        }
    }

    fn tokenize_is_canonical(&self) -> bool {
        self.encode.is_some()
    }
}
