//! What the server is told: flags, environment, and the list of models.

mod cli;
mod control_group;
mod device_choice;
mod end_request;
mod memory_limit;
mod model_config;
mod options;

pub use cli::{Cli, Command, HealthArguments, LogFormat, ServeArguments};
pub use device_choice::DeviceChoice;
pub use end_request::EndRequest;
pub(crate) use memory_limit::default_memory_limit;
pub use model_config::ModelConfig;
pub use options::ServeOptions;
