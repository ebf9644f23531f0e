use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use conduit_gguf::Gguf;

use super::load_error::LoadError;
use super::vocabularies::Vocabularies;
use super::{CacheLocation, Device, Loading, ModelState, NoRoom, Registry, ServedModel, lookup};
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
    pub(crate) fn begin_load(self: &Arc<Self>, name: &str, running: Arc<Guard>) -> bool {
        let Some((config, state)) = self.registry.get(name) else { return false };
        let failures = if let ModelState::NoRoom(no_room) = state { no_room.failures } else { 0 };
        let loading = Arc::new(Loading { failures, ..Loading::default() });
        let is_out = |state: &ModelState| {
            matches!(state, ModelState::Unloaded | ModelState::NoRoom(_) | ModelState::Failed(_))
        };
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
        let has_failed = |state: &ModelState| matches!(state, ModelState::Failed(_) | ModelState::NoRoom(_));
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
                matches!(state, ModelState::Ready(_)) && !self.device.is_loaded(&config.name)
            };
            self.registry.change(&config.name, is_gone, ModelState::Unloaded);
        }
    }

    /// Takes note of a model that can be held no more: the engine is about to unload it, and loads another one only after
    /// that.
    pub(crate) fn forget(&self, gone: &Arc<ServedModel>) {
        let is_gone =
            |state: &ModelState| matches!(state, ModelState::Ready(model) if Arc::ptr_eq(model, gone));
        self.registry.change(&gone.name, is_gone, ModelState::Unloaded);
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
                // A server is set up so that what it begins with fits.
                if error.is_want_of_room() && !loading.at_start {
                    ModelState::NoRoom(NoRoom::new(error, loading.failures.saturating_add(1), Instant::now()))
                } else {
                    ModelState::Failed(Arc::new(error))
                }
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
            if loading.at_start || !added.as_ref().is_err_and(LoadError::is_want_of_room) {
                break;
            }
            self.device.make_room(bytes);
            added = add();
        }
        // Whoever waits for it finds it here before it finds it ready.
        let _ = loading.held.set(Arc::new(added?));
        Ok(served)
    }
}

/// About how much room weights take.
fn weight_bytes(folder: &Path) -> u64 {
    if Gguf::is_at(folder) {
        return Gguf::open(folder).map_or(0, |gguf| gguf.bytes());
    }
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let weights = files.filter(|file| file.path().extension().is_some_and(|kind| kind == "safetensors"));
    weights.filter_map(|file| fs::metadata(file.path()).ok()).map(|file| file.len()).sum()
}

#[cfg(test)]
mod tests {
    use conduit_testkit::model::{Family, TinyModel};

    use super::*;
    use crate::models::TestDevice;

    #[test]
    fn what_a_request_is_loading_is_not_loaded_at_the_start_too() {
        let root = tempfile::tempdir().unwrap();
        TinyModel::small(Family::Qwen3).write(root.path()).unwrap();
        let config = |name: &str, is_lazy| {
            let flag = format!("{}={name}", root.path().display());
            ModelConfig { is_lazy, ..ModelConfig::from_flag(&flag, 64, 1).unwrap() }
        };
        let registry = Arc::new(Registry::new(vec![config("start", false), config("lazy", true)]));
        let (open, device) = TestDevice::open(0);
        drop(open);
        let cache = CacheLocation { folder: root.path().join("hub"), offline: true };
        let device: Arc<dyn Device> = device;
        let loader = Loader::new(Arc::clone(&registry), Arc::clone(&device), cache);
        // A request has begun it a moment ago.
        registry.set("lazy", ModelState::Loading(Arc::default()));
        loader.load_all();
        let state = |name| registry.get(name).unwrap().1.name();
        assert_eq!((state("start"), device.is_loaded("start")), ("ready", true));
        assert_eq!((state("lazy"), device.is_loaded("lazy")), ("loading", false), "that is the request's");
    }
}
