use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Weak};

use conduit_engine::{TokenBytes, Vocabulary};
use conduit_text::{EncodeOptions, Tokenizer};

use super::load_error::LoadError;

/// Vocabularies by the hash of their tokens: models of one family share theirs, as long as one of them is loaded.
#[derive(Default)]
pub(super) struct Vocabularies(HashMap<u64, Weak<Vocabulary>>);

impl Vocabularies {
    pub(super) fn get(&mut self, tokenizer: &Arc<Tokenizer>) -> Result<Arc<Vocabulary>, LoadError> {
        let tokens: Vec<_> = (0..tokenizer.vocab_size() as u32)
            .map(|id| {
                let bytes = tokenizer.token_bytes(id).to_vec();
                if tokenizer.is_special(id) { TokenBytes::Special(bytes) } else { TokenBytes::Text(bytes) }
            })
            .collect();
        let mut hasher = DefaultHasher::new();
        (&tokens, tokenizer.eos_token_ids()).hash(&mut hasher);
        let hash = hasher.finish();
        if let Some(known) = self.0.get(&hash).and_then(Weak::upgrade) {
            return Ok(known);
        }
        let encoder = Arc::clone(tokenizer);
        // A text that cannot be encoded forces no tokens.
        let encode = move |text: &str| encoder.encode(text, EncodeOptions::default()).unwrap_or_default();
        let vocabulary = Vocabulary::new(tokens, tokenizer.eos_token_ids(), Some(Arc::new(encode)))?;
        let vocabulary = Arc::new(vocabulary);
        self.0.insert(hash, Arc::downgrade(&vocabulary));
        Ok(vocabulary)
    }
}
