use std::sync::Arc;
use std::time::Duration;

use crate::ModelConfig;
use crate::lifecycle::{Activity, Guard};
use crate::metrics::Metrics;
use crate::models::{Device, Loader, ModelState, Registry, ServedModel};

use super::api_error::ApiError;

/// What all routes share.
#[derive(Clone)]
pub(crate) struct AppState {
    pub(crate) registry: Arc<Registry>,
    pub(crate) device: Arc<dyn Device>,
    pub(crate) loader: Arc<Loader>,
    pub(crate) activity: Activity,
    pub(crate) metrics: Arc<Metrics>,
    /// How long a client may take to send more of its request.
    pub(crate) read_timeout: Duration,
    /// How long requests may go on of a model that is unloaded.
    pub(crate) drain_timeout: Duration,
    /// Key that every request but `/health` has to bring.
    pub(crate) api_key: Option<Arc<str>>,
}

impl AppState {
    /// The model of a request; one that is unloaded is loaded first. Those that the server begins with are not waited for.
    pub(crate) async fn model(&self, name: &str) -> Result<Arc<ServedModel>, ApiError> {
        self.loader.refresh();
        let mut state = self.state(name)?;
        if let ModelState::Unloaded = state {
            self.loader.begin_load(name, self.running()?);
            state = self.state(name)?;
        }
        if let ModelState::Loading(loading) = &state
            && !loading.at_start
        {
            state = self.registry.settled(name).await.unwrap_or(state);
        }
        match state {
            ModelState::Ready(model) => Ok(model),
            ModelState::Loading(_) => Err(ApiError::unavailable(
                "model_loading",
                format!("the model {name:?} is still being loaded; try again"),
            )),
            ModelState::Unloaded | ModelState::Unloading => Err(ApiError::unavailable(
                "model_unloaded",
                format!("the model {name:?} is being unloaded; try again, and it is loaded again"),
            )),
            ModelState::Failed(error) => Err(ApiError::unavailable(
                "model_failed",
                format!("the model {name:?} could not be loaded: {error}"),
            )),
        }
    }

    /// Takes what the engine counts into the metrics.
    pub(crate) fn measure(&self) {
        for config in self.registry.configs() {
            let ask = || self.device.metrics(&config.name).unwrap_or_default();
            self.metrics.model(&config.name).tell(ask);
        }
    }

    /// How far a model is.
    pub(crate) fn state(&self, name: &str) -> Result<ModelState, ApiError> {
        Ok(self.entry(name)?.1)
    }

    /// A model and how far it is.
    pub(crate) fn entry(&self, name: &str) -> Result<(&ModelConfig, ModelState), ApiError> {
        self.registry.get(name).ok_or_else(|| {
            let known: Vec<_> = self.registry.configs().map(|config| config.name.as_str()).collect();
            ApiError::model_not_found(name, &known)
        })
    }

    /// Keeps the process running; an error where it is ending.
    pub(crate) fn running(&self) -> Result<Guard, ApiError> {
        let ending = || ApiError::unavailable("shutting_down", "this server is shutting down");
        self.activity.request().ok_or_else(ending)
    }
}
