//! Calls of functions: how a model's template has it write them, and how they are read back.

mod format;
mod json_end;
mod parser;

pub use format::{ToolCallFormat, ToolCallMarker};
pub use parser::{ToolCallParser, ToolPart};
