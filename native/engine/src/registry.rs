use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::counters::Counters;
use crate::model_handle::ModelHandle;

/// The models that are loaded, by name, and what has been counted of each name.
#[derive(Default)]
pub(crate) struct Registry {
    models: RwLock<BTreeMap<String, Arc<ModelHandle>>>,
    counters: Mutex<BTreeMap<String, Arc<Counters>>>,
}

impl Registry {
    pub(crate) fn get(&self, id: &str) -> Option<Arc<ModelHandle>> {
        self.models.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<ModelHandle>> {
        self.models.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    pub(crate) fn insert(&self, handle: &Arc<ModelHandle>) {
        let mut models = self.models.write().unwrap_or_else(PoisonError::into_inner);
        models.insert(handle.id.clone(), Arc::clone(handle));
    }

    pub(crate) fn remove(&self, handle: &ModelHandle) {
        self.models.write().unwrap_or_else(PoisonError::into_inner).remove(&handle.id);
    }

    /// What is counted of models of this name; it outlives each of them.
    pub(crate) fn counters(&self, id: &str) -> Arc<Counters> {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(counters.entry(id.to_owned()).or_default())
    }
}
