use std::env;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use conduit_backend_cpu::Isa;

use super::end_request::{END_REQUESTS_VARIABLE, EndRequest};
use super::{DeviceChoice, ModelConfig, ServeArguments};
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
    pub device: DeviceChoice,
    /// Whether the CPU will not do, where the device is left open.
    pub require_gpu: bool,
    /// Whether answers are not to depend on what else runs in the batch, on a GPU either.
    pub deterministic: bool,
    pub threads: Option<NonZeroUsize>,
    /// `None` takes the best that the CPU has.
    pub cpu_isa: Option<Isa>,
    /// `None` leaves it to the device.
    pub memory_limit_bytes: Option<u64>,
    pub holders: Option<PathBuf>,
    pub holders_stdin: bool,
    pub idle_timeout: Option<Duration>,
    pub max_lifetime: Option<Duration>,
    pub drain_timeout: Duration,
    /// How long a client may take to send more of its request, or to take more of its answer.
    pub client_timeout: Duration,
    /// How to end the machine, where it goes on without this process.
    pub end_requests: Vec<EndRequest>,
}

impl ServeArguments {
    /// Adds what the environment says.
    ///
    /// # Errors
    /// Where flags and environment contradict each other, or ask for what there is not.
    pub fn into_options(self) -> Result<ServeOptions, ServeError> {
        let models = self.models().and_then(|models| ModelConfig::check_list(&models).map(|()| models));
        let key = env::var("LM_LITE_API_KEY").ok();
        let key_file = env::var_os("LM_LITE_API_KEY_FILE").map(PathBuf::from);
        Ok(ServeOptions {
            api_key: api_key(key, key_file.as_deref()).map_err(ServeError::Configuration)?,
            models: models.map_err(ServeError::Configuration)?,
            cache: CacheLocation::from_environment(),
            device: self.device,
            require_gpu: self.require_gpu,
            deterministic: self.deterministic,
            host: self.host,
            port: self.port,
            port_file: self.port_file,
            threads: self.threads,
            cpu_isa: self.cpu_isa,
            memory_limit_bytes: self.memory_limit,
            holders: self.holders,
            holders_stdin: self.holders_stdin,
            idle_timeout: self.idle_timeout,
            max_lifetime: self.max_lifetime,
            drain_timeout: self.drain_timeout,
            client_timeout: self.client_timeout,
            end_requests: end_requests().map_err(ServeError::Configuration)?,
        })
    }

    fn models(&self) -> Result<Vec<ModelConfig>, String> {
        match (env::var("MODELS"), self.models.is_empty()) {
            (Ok(_), false) => Err("models are given by --model and by MODELS; use one of them".to_owned()),
            (Ok(text), true) => ModelConfig::list_from_json(&text),
            (Err(env::VarError::NotUnicode(_)), _) => Err("MODELS is no UTF-8".to_owned()),
            (Err(env::VarError::NotPresent), _) => {
                let parse = |flag: &String| {
                    let model = ModelConfig::from_flag(flag, self.max_model_len, self.max_model_concurrency)?;
                    let (is_lazy, is_pinned, idle_unload) = (self.lazy, self.pin, self.idle_unload);
                    let (quantization, kv_dtype) = (self.quantization, self.kv_dtype);
                    Ok(ModelConfig { quantization, kv_dtype, is_lazy, is_pinned, idle_unload, ..model })
                };
                self.models.iter().map(parse).collect()
            }
        }
    }
}

fn end_requests() -> Result<Vec<EndRequest>, String> {
    match env::var(END_REQUESTS_VARIABLE) {
        Ok(text) => EndRequest::list_from_json(&text, &|name| env::var(name).ok()),
        Err(env::VarError::NotPresent) => Ok(Vec::new()),
        Err(env::VarError::NotUnicode(_)) => Err(format!("{END_REQUESTS_VARIABLE} is no UTF-8")),
    }
}

/// The key itself, or what its file holds: more people see the environment of a process than a file.
fn api_key(key: Option<String>, file: Option<&Path>) -> Result<Option<String>, String> {
    let key = match (key, file) {
        (Some(_), Some(_)) => {
            return Err("LM_LITE_API_KEY and LM_LITE_API_KEY_FILE are both set; unset one of them".to_owned());
        }
        (None, Some(file)) => {
            let text = fs::read_to_string(file)
                .map_err(|error| format!("LM_LITE_API_KEY_FILE: {}: {error}", file.display()))?;
            Some(text.trim_end_matches(['\r', '\n']).to_owned())
        }
        (key, None) => key,
    };
    if key.as_deref() == Some("") {
        return Err("LM_LITE_API_KEY is empty; set a key or unset it".to_owned());
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_comes_from_one_place() {
        let file = env::temp_dir().join(format!("lm-lite-key-{}", std::process::id()));
        fs::write(&file, "from the file\n").unwrap();
        let key = || Some("from the environment".to_owned());
        assert_eq!(api_key(None, None), Ok(None));
        assert_eq!(api_key(key(), None), Ok(key()));
        assert_eq!(api_key(None, Some(&file)), Ok(Some("from the file".to_owned())));
        assert!(api_key(key(), Some(&file)).unwrap_err().contains("both set"));
        fs::write(&file, "\n").unwrap();
        assert!(api_key(None, Some(&file)).unwrap_err().contains("is empty"));
        fs::remove_file(&file).unwrap();
        assert!(api_key(None, Some(&file)).unwrap_err().contains("LM_LITE_API_KEY_FILE: "));
        assert!(api_key(Some(String::new()), None).unwrap_err().contains("is empty"));
    }
}
