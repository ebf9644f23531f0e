use std::env;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use super::memory_limit::default_memory_limit;
use super::{Device, ModelConfig, ServeArguments};
use crate::ServeError;
use crate::models::CacheLocation;

/// Everything that [`crate::serve`] needs to know.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    pub host: String,
    pub port: u16,
    pub port_file: Option<PathBuf>,
    /// Key that every request but `/health` has to bring.
    pub api_key: Option<String>,
    pub models: Vec<ModelConfig>,
    pub cache: CacheLocation,
    pub device: Device,
    pub threads: Option<NonZeroUsize>,
    pub memory_limit_bytes: u64,
    pub holders: Option<PathBuf>,
    pub holders_stdin: bool,
    pub idle_timeout: Option<Duration>,
    pub max_lifetime: Option<Duration>,
    pub drain_timeout: Duration,
}

impl ServeArguments {
    /// Adds what the environment says.
    ///
    /// # Errors
    /// Where flags and environment contradict each other, or ask for what there is not.
    pub fn into_options(self) -> Result<ServeOptions, ServeError> {
        let models = self.models().and_then(|models| ModelConfig::check_list(&models).map(|()| models));
        let api_key = env::var("LM_LITE_API_KEY").ok();
        if api_key.as_deref() == Some("") {
            return Err(ServeError::Configuration(
                "LM_LITE_API_KEY is empty; set a key or unset it".to_owned(),
            ));
        }
        Ok(ServeOptions {
            models: models.map_err(ServeError::Configuration)?,
            api_key,
            cache: CacheLocation::from_environment(),
            device: self.device,
            host: self.host,
            port: self.port,
            port_file: self.port_file,
            threads: self.threads,
            memory_limit_bytes: self.memory_limit.unwrap_or_else(default_memory_limit),
            holders: self.holders,
            holders_stdin: self.holders_stdin,
            idle_timeout: self.idle_timeout,
            max_lifetime: self.max_lifetime,
            drain_timeout: self.drain_timeout,
        })
    }

    fn models(&self) -> Result<Vec<ModelConfig>, String> {
        match (env::var("MODELS"), self.models.is_empty()) {
            (Ok(_), false) => Err("models are given by --model and by MODELS; use one of them".to_owned()),
            (Ok(text), true) => ModelConfig::list_from_json(&text),
            (Err(env::VarError::NotUnicode(_)), _) => Err("MODELS is no UTF-8".to_owned()),
            (Err(env::VarError::NotPresent), _) => {
                let parse = |flag: &String| {
                    ModelConfig::from_flag(flag, self.max_model_len, self.max_model_concurrency)
                };
                self.models.iter().map(parse).collect()
            }
        }
    }
}
