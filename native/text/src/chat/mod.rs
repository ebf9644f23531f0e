//! Chat templates as transformers renders them.

mod environment;
mod input;
mod jinja_filters;
mod messages;
mod prompt;
mod python_json;
mod python_methods;
mod source;
mod template;

pub use input::ChatInput;
pub use prompt::Prompt;
pub use template::ChatTemplate;
