use std::sync::Arc;

use conduit_engine::{TokenBytes, Vocabulary};
use conduit_text::{EncodeOptions, Tokenizer};

/// A tokenizer's vocabulary as the server gives it to grammars; `<|im_end|>` ends an answer.
pub fn vocabulary_of(tokenizer: &Arc<Tokenizer>) -> Arc<Vocabulary> {
    let tokens = (0..tokenizer.vocab_size() as u32).map(|id| {
        let bytes = tokenizer.token_bytes(id).to_vec();
        if tokenizer.is_special(id) { TokenBytes::Special(bytes) } else { TokenBytes::Text(bytes) }
    });
    let encoder = Arc::clone(tokenizer);
    let encode = move |text: &str| encoder.encode(text, EncodeOptions::default()).unwrap_or_default();
    let end = tokenizer.token_id("<|im_end|>").expect("a tokenizer of Qwen's");
    Arc::new(Vocabulary::new(tokens.collect(), &[end], Some(Arc::new(encode))).expect("a vocabulary"))
}
