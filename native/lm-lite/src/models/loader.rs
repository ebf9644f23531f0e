use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::load_error::LoadError;
use super::vocabularies::Vocabularies;
use super::{CacheLocation, Device, Loading, ModelState, Registry, ServedModel, lookup};
use crate::ModelConfig;
use crate::lifecycle::Guard;

/// Loads models, one at a time, and unloads them.
pub(crate) struct Loader {
    registry: Arc<Registry>,
    device: Arc<dyn Device>,
    cache: CacheLocation,
    vocabularies: Mutex<Vocabularies>,
}

impl Loader {
    pub(crate) fn new(registry: Arc<Registry>, device: Arc<dyn Device>, cache: CacheLocation) -> Self {
        Self { registry, device, cache, vocabularies: Mutex::default() }
    }

    /// Loads all models that the server begins with; what fails leaves the others as they are.
    pub(crate) fn load_all(&self) {
        for (config, state) in self.registry.states() {
            // What a request has begun to load meanwhile is loaded for that.
            if let ModelState::Loading(loading) = state
                && loading.at_start
            {
                self.load(config, &loading);
            }
        }
    }

    /// Begins to load a model that is unloaded, or whose loading has failed; whether it is loaded, or about to be.
    pub(crate) fn begin_load(self: &Arc<Self>, name: &str, running: Guard) -> bool {
        let Some((config, _)) = self.registry.get(name) else { return false };
        let loading = Arc::new(Loading::default());
        let is_out = |state: &ModelState| matches!(state, ModelState::Unloaded | ModelState::Failed(_));
        if self.registry.change(name, is_out, ModelState::Loading(Arc::clone(&loading))) {
            let (this, config) = (Arc::clone(self), config.clone());
            tokio::task::spawn_blocking(move || {
                this.load(&config, &loading);
                drop(running);
            });
        }
        !matches!(self.registry.get(name), Some((_, ModelState::Unloading)))
    }

    /// Begins to unload a model that is loaded or has failed; its requests have so long to come to their ends.
    pub(crate) fn begin_unload(self: &Arc<Self>, name: &str, limit: Duration, running: Guard) {
        let has_failed = |state: &ModelState| matches!(state, ModelState::Failed(_));
        self.registry.change(name, has_failed, ModelState::Unloaded);
        let is_loaded = |state: &ModelState| matches!(state, ModelState::Ready(_));
        if self.registry.change(name, is_loaded, ModelState::Unloading) {
            let (this, name) = (Arc::clone(self), name.to_owned());
            tokio::task::spawn_blocking(move || {
                this.device.remove_model(&name, limit);
                this.registry.set(&name, ModelState::Unloaded);
                drop(running);
            });
        }
    }

    /// Takes note of models that the engine has unloaded of itself.
    pub(crate) fn refresh(&self) {
        if self.device.failure().is_some() {
            return;
        }
        for config in self.registry.configs() {
            let is_gone = |state: &ModelState| {
                matches!(state, ModelState::Ready(_)) && self.device.metrics(&config.name).is_none()
            };
            self.registry.change(&config.name, is_gone, ModelState::Unloaded);
        }
    }

    fn load(&self, config: &ModelConfig, loading: &Loading) {
        let start = Instant::now();
        let mut vocabularies = self.vocabularies.lock().unwrap_or_else(PoisonError::into_inner);
        let read = || self.read(config, loading, &mut vocabularies);
        let loaded = catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
            Err(LoadError::new("internal_error", "loading it met a fault of this program; the log has more"))
        });
        let state = match loaded {
            Ok(model) => {
                tracing::info!(model = config.name, seconds = start.elapsed().as_secs_f32(), "ready");
                ModelState::Ready(Arc::new(model))
            }
            Err(error) => {
                tracing::error!(model = config.name, code = error.code, "cannot be loaded: {error}");
                ModelState::Failed(Arc::new(error))
            }
        };
        self.registry.set(&config.name, state);
    }

    fn read(
        &self,
        config: &ModelConfig,
        loading: &Loading,
        vocabularies: &mut Vocabularies,
    ) -> Result<ServedModel, LoadError> {
        let revision = config.revision.as_deref();
        let folder = lookup::find(&config.source, revision, &self.cache, &loading.download)?;
        tracing::info!(model = config.name, folder = %folder.display(), "loading");
        let served = ServedModel::read(&config.name, &folder, config.max_model_len)?;
        let vocabulary = vocabularies.get(&served.tokenizer)?;
        let add = || self.device.add_model(&folder, config, Arc::clone(&vocabulary), &loading.weights);
        let mut added = add();
        // At the start all models are to fit together; later one may have to go for another.
        for bytes in [weight_bytes(&folder), u64::MAX] {
            if loading.at_start || !added.as_ref().is_err_and(|error| error.code == "out_of_memory") {
                break;
            }
            self.device.make_room(bytes);
            added = add();
        }
        added.map(|()| served)
    }
}

/// About how much room weights take.
fn weight_bytes(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let weights = files.filter(|file| file.path().extension().is_some_and(|kind| kind == "safetensors"));
    weights.filter_map(|file| fs::metadata(file.path()).ok()).map(|file| file.len()).sum()
}
