use std::sync::Arc;
use std::time::Duration;

use crate::lifecycle::Activity;
use crate::metrics::Metrics;
use crate::models::{Device, ModelState, Registry, ServedModel};

use super::api_error::ApiError;

/// What all routes share.
#[derive(Clone)]
pub(crate) struct AppState {
    pub(crate) registry: Arc<Registry>,
    pub(crate) device: Arc<dyn Device>,
    pub(crate) activity: Activity,
    pub(crate) metrics: Arc<Metrics>,
    /// How long a client may take to send more of its request.
    pub(crate) read_timeout: Duration,
    /// Key that every request but `/health` has to bring.
    pub(crate) api_key: Option<Arc<str>>,
}

impl AppState {
    /// The model of a request, where it can answer.
    pub(crate) fn model(&self, name: &str) -> Result<Arc<ServedModel>, ApiError> {
        match self.registry.state(name) {
            Some(ModelState::Ready(model)) => Ok(model),
            Some(ModelState::Loading(_)) => Err(ApiError::unavailable(
                "model_loading",
                format!("the model {name:?} is still being loaded; try again"),
            )),
            Some(ModelState::Failed(error)) => Err(ApiError::unavailable(
                "model_failed",
                format!("the model {name:?} could not be loaded: {error}"),
            )),
            None => {
                let known: Vec<_> = self.registry.configs().map(|config| config.name.as_str()).collect();
                Err(ApiError::model_not_found(name, &known))
            }
        }
    }
}
