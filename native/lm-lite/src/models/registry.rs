use std::sync::{Arc, PoisonError, RwLock};

use super::load::LoadError;
use super::{Loading, ServedModel};
use crate::ModelConfig;

/// How far a model is.
#[derive(Clone)]
pub(crate) enum ModelState {
    Loading(Arc<Loading>),
    Ready(Arc<ServedModel>),
    Failed(Arc<LoadError>),
}

/// The models that the server was told to serve, in that order.
pub(crate) struct Registry {
    models: Vec<(ModelConfig, RwLock<ModelState>)>,
}

impl Registry {
    pub(crate) fn new(models: Vec<ModelConfig>) -> Self {
        let loading = |model| (model, RwLock::new(ModelState::Loading(Arc::default())));
        Self { models: models.into_iter().map(loading).collect() }
    }

    pub(crate) fn configs(&self) -> impl Iterator<Item = &ModelConfig> {
        self.models.iter().map(|(config, _)| config)
    }

    /// Names and states.
    pub(crate) fn states(&self) -> impl Iterator<Item = (&str, ModelState)> {
        self.models.iter().map(|(config, state)| (config.name.as_str(), read(state)))
    }

    /// `None` for a name that the server was never told.
    pub(crate) fn state(&self, name: &str) -> Option<ModelState> {
        self.models.iter().find(|(config, _)| config.name == name).map(|(_, state)| read(state))
    }

    pub(crate) fn set(&self, name: &str, new: ModelState) {
        if let Some((_, state)) = self.models.iter().find(|(config, _)| config.name == name) {
            *state.write().unwrap_or_else(PoisonError::into_inner) = new;
        }
    }
}

fn read(state: &RwLock<ModelState>) -> ModelState {
    state.read().unwrap_or_else(PoisonError::into_inner).clone()
}
