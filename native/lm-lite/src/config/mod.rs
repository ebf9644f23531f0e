//! What the server is told: flags, environment, and the list of models.

mod cli;
mod end_request;
mod memory_limit;
mod model_config;
mod options;

pub use cli::{Cli, Command, Device, LogFormat, ServeArguments};
pub use end_request::EndRequest;
pub use model_config::ModelConfig;
pub use options::ServeOptions;
