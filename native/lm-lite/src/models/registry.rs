use std::sync::Arc;

use tokio::sync::watch;

use super::{Loading, ModelState};
use crate::ModelConfig;

/// The models that the server was told to serve, in that order.
pub(crate) struct Registry {
    models: Vec<(ModelConfig, watch::Sender<ModelState>)>,
}

impl Registry {
    pub(crate) fn new(models: Vec<ModelConfig>) -> Self {
        let state = |model: ModelConfig| {
            let loading = || ModelState::Loading(Arc::new(Loading { at_start: true, ..Loading::default() }));
            let state = if model.is_lazy { ModelState::Unloaded } else { loading() };
            (model, watch::Sender::new(state))
        };
        Self { models: models.into_iter().map(state).collect() }
    }

    pub(crate) fn configs(&self) -> impl Iterator<Item = &ModelConfig> {
        self.models.iter().map(|(config, _)| config)
    }

    /// All models, as they are now.
    pub(crate) fn states(&self) -> impl Iterator<Item = (&ModelConfig, ModelState)> {
        self.models.iter().map(|(config, state)| (config, state.borrow().clone()))
    }

    /// `None` for a name that the server was never told.
    pub(crate) fn get(&self, name: &str) -> Option<(&ModelConfig, ModelState)> {
        self.states().find(|(config, _)| config.name == name)
    }

    /// The state of a model once it does not change of itself any more.
    pub(crate) async fn settled(&self, name: &str) -> Option<ModelState> {
        let mut state = self.sender(name)?.subscribe();
        let settled = state.wait_for(|state| !state.is_passing()).await;
        settled.ok().map(|state| state.clone())
    }

    pub(super) fn set(&self, name: &str, new: ModelState) {
        if let Some(state) = self.sender(name) {
            state.send_replace(new);
        }
    }

    /// Where `from` says so of its state, a model takes the state `to`; whether it did.
    pub(super) fn change(&self, name: &str, from: impl Fn(&ModelState) -> bool, to: ModelState) -> bool {
        self.sender(name).is_some_and(|state| {
            state.send_if_modified(|state| {
                let changes = from(state);
                if changes {
                    *state = to;
                }
                changes
            })
        })
    }

    fn sender(&self, name: &str) -> Option<&watch::Sender<ModelState>> {
        self.models.iter().find(|(config, _)| config.name == name).map(|(_, state)| state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_model_is_loaded_by_one_and_waited_for_by_all() {
        let config = ModelConfig { is_lazy: true, ..ModelConfig::from_flag("a", 64, 1).unwrap() };
        let registry = Registry::new(vec![config]);
        let load = || {
            let loading = ModelState::Loading(Arc::default());
            registry.change("a", |state| matches!(state, ModelState::Unloaded), loading)
        };
        assert!(load() && !load());
        let (_, state) = registry.get("a").unwrap();
        assert!(state.is_passing() && !state.holds_up());
        let end = async { registry.set("a", ModelState::Unloaded) };
        let (settled, ()) = tokio::join!(registry.settled("a"), end);
        assert_eq!(settled.unwrap().name(), "unloaded");
        assert!(registry.settled("b").await.is_none() && registry.get("b").is_none());
    }
}
