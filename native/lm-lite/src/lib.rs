//! LM Lite's server: flags, models and their states, the OpenAI routes, and when the process ends.
//!
//! It listens first and loads then; a model that fails to load leaves the others as they are.

mod config;
mod error;
mod health;
mod http;
mod lifecycle;
mod metrics;
mod models;
mod serve;

pub use config::{
    Cli, Command, DeviceChoice, EndRequest, HealthArguments, LogFormat, ModelConfig, ServeArguments,
    ServeOptions,
};
pub use error::{GpuError, ServeError};
pub use health::{Health, ask_health};
pub use lifecycle::End;
pub use serve::serve;
