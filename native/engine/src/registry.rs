use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::model_handle::ModelHandle;

/// The models that are loaded, by name.
#[derive(Default)]
pub(crate) struct Registry(RwLock<BTreeMap<String, Arc<ModelHandle>>>);

impl Registry {
    pub(crate) fn get(&self, id: &str) -> Option<Arc<ModelHandle>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<ModelHandle>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    pub(crate) fn insert(&self, handle: &Arc<ModelHandle>) {
        let mut models = self.0.write().unwrap_or_else(PoisonError::into_inner);
        models.insert(handle.id.clone(), Arc::clone(handle));
    }

    pub(crate) fn remove(&self, handle: &ModelHandle) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(&handle.id);
    }
}
