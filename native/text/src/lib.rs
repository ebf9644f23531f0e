//! Between text and tokens: the tokenizer of a Hugging Face folder, its chat template, and what turns the tokens
//! that a model makes back into text, piece by piece.

mod chat;
mod control_tokens;
mod decoder;
mod detokenizer;
mod error;
mod gguf;
mod model_folder;
mod reasoning;
mod special_tokens;
mod stop_strings;
mod token_table;
mod tokenizer;
mod tokenizer_files;
mod tool_calls;

pub use jiff::civil::DateTime;

pub use chat::{ChatInput, ChatTemplate, Prompt};
pub use detokenizer::Detokenizer;
pub use error::{Result, TextError};
pub use reasoning::{AnswerParser, Part, ReasoningMarkers, ReasoningState};
pub use stop_strings::{StopMatch, StopStrings};
pub use tokenizer::{EncodeOptions, Tokenizer};
pub use tool_calls::{ToolCallFormat, ToolCallMarker, ToolCallParser, ToolPart};
