//! Models that reason before they answer: how they mark it, and what of their text it is.

mod answer_parser;
mod markers;

pub use answer_parser::{AnswerParser, Part};
pub use markers::{ReasoningMarkers, ReasoningState};
