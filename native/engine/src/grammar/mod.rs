mod bounds;
mod follow;
pub(crate) mod schema;
#[cfg(test)]
mod tests;
mod way_to_end;

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use llguidance::api::{GrammarInit, ParserLimits, StopReason};
use llguidance::earley::lexerspec::LexerSpec;
use llguidance::{Matcher, TokenParser, panic_utils};

pub use self::follow::NextToken;
pub(crate) use self::way_to_end::MOST_TOKENS_TO_END;
use crate::grammar_spec::source;
use crate::{GrammarSpec, SubmitError, Vocabulary};

/// For the compiler of a caller's own grammar: it descends from rule to rule.
const LARK_STACK_BYTES: usize = 256 << 20;

/// What a token did to a grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Open,
    /// Nothing but the end may follow.
    Complete,
}

/// A grammar at one point of an answer.
pub struct Grammar {
    matcher: Matcher,
    vocab_size: usize,
    /// Tokens that have to follow, one after the other.
    forced: VecDeque<u32>,
    /// Whether `forced` is what the matcher gives for the tokens so far.
    knows_forced: bool,
}

impl Clone for Grammar {
    fn clone(&self) -> Self {
        let (vocab_size, knows_forced) = (self.vocab_size, self.knows_forced);
        Self { matcher: self.matcher.deep_clone(), vocab_size, forced: self.forced.clone(), knows_forced }
    }
}

/// What the grammar allows next.
pub(crate) enum NextTokens {
    Mask(Box<[u32]>),
    /// No token of the model's vocabulary can follow what is complete already.
    End,
}

impl Grammar {
    /// Compiles a grammar; bounded in time and memory, and run on the caller's thread.
    ///
    /// # Errors
    /// `UnsupportedSchema` with the keyword or limit that stands against it.
    pub fn compile(
        spec: &GrammarSpec,
        vocabulary: &Arc<Vocabulary>,
        vocab_size: usize,
    ) -> Result<Self, SubmitError> {
        if let GrammarSpec::Lark(_) = spec {
            // Rules that refer to rules take more stack than threads have by default, and no panic tells that it is over.
            return std::thread::scope(|scope| {
                let compile = || Self::compile_here(spec, vocabulary, vocab_size);
                let thread = std::thread::Builder::new().stack_size(LARK_STACK_BYTES);
                let thread = thread.spawn_scoped(scope, compile);
                let compiled = thread.map_err(|error| unsupported(error.to_string()))?.join();
                compiled.unwrap_or_else(|_| Err(unsupported("it cannot be compiled")))
            });
        }
        let GrammarSpec::Calls(calls) = spec else {
            return Self::compile_here(spec, vocabulary, vocab_size);
        };
        Self::compile_here(spec, vocabulary, vocab_size).map_err(|error| {
            let of_one = calls.functions.iter().find_map(|function| {
                let alone = GrammarSpec::JsonSchema(function.arguments.clone());
                let compiled = Self::compile_here(&alone, vocabulary, vocab_size);
                let error = compiled.err()?;
                let SubmitError::UnsupportedSchema { reason } = error else { return Some(error) };
                Some(unsupported(format!("{} {reason}", function.name)))
            });
            of_one.unwrap_or(error)
        })
    }

    fn compile_here(
        spec: &GrammarSpec,
        vocabulary: &Arc<Vocabulary>,
        vocab_size: usize,
    ) -> Result<Self, SubmitError> {
        let source = source(spec)?;
        let build = || {
            let factory = vocabulary.factory();
            let serialized = GrammarInit::Serialized(source);
            let internal =
                serialized.to_internal(Some(factory.tok_env().clone()), factory.limits().clone())?;
            check_lexer(&internal.1, factory.limits().clone())?;
            let mut parser =
                factory.create_parser_from_init_default(GrammarInit::Internal(internal.0, internal.1))?;
            check_forced(&mut parser)?;
            Ok(parser)
        };
        let mut matcher = Matcher::new(panic_utils::catch_unwind(AssertUnwindSafe(build)));
        if let Some(error) = matcher.get_error() {
            return Err(unsupported(reason(&error)));
        }
        // What the first mask finds out is found out here, not in the middle of a batch.
        matcher.compute_mask().map_err(|error| unsupported(reason(&error.to_string())))?;
        Ok(Self { matcher, vocab_size, forced: VecDeque::new(), knows_forced: false })
    }

    /// Whether these tokens, one after the other, are a whole answer from here on. The grammar stays where it is.
    pub fn accepts(&self, tokens: &[u32]) -> bool {
        let mut grammar = self.clone();
        let mut progress = Progress::Open;
        for &token in tokens {
            let Ok(NextTokens::Mask(mask)) = grammar.next_tokens() else { return false };
            let allowed = mask.get(token as usize / 32).is_some_and(|word| word >> (token % 32) & 1 == 1);
            match allowed.then(|| grammar.consume(token)) {
                Some(Ok(next)) => progress = next,
                _ => return false,
            }
        }
        progress == Progress::Complete || grammar.matcher.is_accepting().unwrap_or(false)
    }

    /// The token that has to follow, where that is known without a mask.
    pub(crate) fn forced(&mut self) -> Option<u32> {
        // Forced text is tokenized as a whole: doing so again for each of its tokens would take quadratic time.
        if !self.knows_forced {
            self.forced.extend(self.matcher.compute_ff_tokens());
            self.knows_forced = true;
        }
        self.forced.front().copied().filter(|&token| (token as usize) < self.vocab_size)
    }

    /// Whether this token may come next.
    pub(super) fn allows(&mut self, token: u32) -> bool {
        (token as usize) < self.vocab_size
            && self.matcher.validate_tokens(&[token]).is_ok_and(|valid| valid == 1)
    }

    /// The mask of the next token.
    ///
    /// # Errors
    /// What the grammar failed with; the sequence cannot go on.
    pub(crate) fn next_tokens(&mut self) -> Result<NextTokens, String> {
        if let Some(token) = self.forced() {
            let mut words = vec![0; token as usize / 32 + 1];
            words[token as usize / 32] = 1 << (token % 32);
            return Ok(NextTokens::Mask(words.into_boxed_slice()));
        }
        let mask = match self.matcher.compute_mask() {
            Ok(mask) => mask,
            Err(_) if self.matcher.stop_reason() == StopReason::NoExtensionBias => {
                return Ok(NextTokens::End);
            }
            Err(error) => return Err(reason(&error.to_string())),
        };
        let mut words = mask.as_slice().to_vec();
        words.truncate(self.vocab_size.div_ceil(32));
        if let Some(last) = words.get_mut(self.vocab_size / 32) {
            *last &= (1 << (self.vocab_size % 32)) - 1;
        }
        if words.iter().all(|&word| word == 0) {
            return match self.matcher.is_accepting() {
                Ok(true) => Ok(NextTokens::End),
                _ => Err("no token of the model's vocabulary can continue the answer".to_owned()),
            };
        }
        Ok(NextTokens::Mask(words.into_boxed_slice()))
    }

    /// Takes a token that is not an end.
    ///
    /// # Errors
    /// What the grammar failed with; the sequence cannot go on.
    pub(crate) fn consume(&mut self, token: u32) -> Result<Progress, String> {
        self.forced.pop_front();
        self.knows_forced = !self.forced.is_empty();
        self.matcher.consume_token(token).map_err(|error| reason(&error.to_string()))?;
        Ok(if self.matcher.is_stopped() { Progress::Complete } else { Progress::Open })
    }
}

/// Takes the first steps of the lexer under a limit: the parser's own construction takes them without one.
fn check_lexer(spec: &LexerSpec, mut limits: ParserLimits) -> anyhow::Result<()> {
    let fuel = limits.initial_lexer_fuel;
    let mut lexer = spec.to_regex_vec(&mut limits)?;
    lexer.set_fuel(fuel);
    let start = lexer.initial_state(&spec.all_lexemes());
    for byte in 0..=u8::MAX {
        lexer.transition(start, byte);
        anyhow::ensure!(!lexer.has_error(), "its patterns, lengths and multiples are too complex together");
    }
    Ok(())
}

/// Goes over the text that has to come first: one that is too long shows in the mask of no token, only when its first
/// one is taken.
fn check_forced(parser: &mut TokenParser) -> anyhow::Result<()> {
    parser.start_without_prompt();
    parser.compute_ff_tokens();
    match parser.parser.get_error() {
        Some(error) => Err(anyhow::anyhow!(error.message())),
        None => Ok(()),
    }
}

pub(crate) fn unsupported(reason: impl Into<String>) -> SubmitError {
    SubmitError::UnsupportedSchema { reason: reason.into() }
}

/// A library's message without its dumps of state, on one line.
fn reason(message: &str) -> String {
    let text = message.split("\n<").next().unwrap_or_default();
    if text == StopReason::NoExtensionBias.to_string() {
        return "nothing can follow what it asks for".to_owned();
    }
    if text.contains("Too many items") && text.contains("ff_tokens") {
        return "the text that it leaves no choice in is too long to be worked out at once; let arrays and objects of fixed \
                content have fewer items"
            .to_owned();
    }
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(500).collect()
}
