use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::sync_channel;
use std::time::Instant;

use conduit_backend::{Backend, BackendError, Bucket, EXTENT_BYTES};

use super::Engine;
use crate::counters::Counters;
use crate::memory::{KvMemory, ModelKey, bytes_for};
use crate::model_handle::ModelHandle;
use crate::model_state::ModelState;
use crate::runner::{Added, Command, Models};
use crate::{AddModelError, EngineOptions, ModelHold, ModelSpec};

impl<B: Backend> Engine<B> {
    /// Takes a model into service. Waits for the step that is running. The model stays at least until what this gives is
    /// dropped.
    ///
    /// # Errors
    /// Where the specification contradicts the model, or one longest sequence would not fit the memory.
    pub fn add_model(&self, spec: ModelSpec<B>) -> Result<ModelHold, AddModelError> {
        check(&spec)?;
        let (backend, options) = (Arc::clone(&self.backend), self.options);
        let key = self.model_keys.fetch_add(1, Ordering::Relaxed);
        let name = spec.id.clone();
        let counters = self.registry.counters(&spec.id);
        let add = move |models: &Models<B>, memory: &KvMemory| {
            let prepare = || prepare(&*backend, memory, options, (spec, key, counters), models);
            // The engine's thread has other models to serve.
            catch_unwind(AssertUnwindSafe(prepare)).unwrap_or(Err(AddModelError::Fault { model: name }))
        };
        let (reply, answer) = sync_channel(1);
        let stopped = || AddModelError::Unhealthy { reason: self.failure().unwrap_or_default() };
        self.commands.send(Command::AddModel(Box::new(add), reply)).map_err(|_| stopped())?;
        Ok(self.held(answer.recv().map_err(|_| stopped())??))
    }
}

fn check<B: Backend>(spec: &ModelSpec<B>) -> Result<(), AddModelError> {
    let invalid = |name, expected, found| {
        Err(AddModelError::InvalidSpec { model: spec.id.clone(), name, expected, found })
    };
    let positions = spec.model.max_positions();
    if !(2..=positions).contains(&spec.max_model_len) {
        let expected = format!("between 2 and {positions}, the positions the model was made for");
        return invalid("max_model_len", expected, spec.max_model_len);
    }
    if spec.max_model_concurrency == 0 {
        return invalid("max_model_concurrency", "at least 1".to_owned(), 0);
    }
    Ok(())
}

/// Records a model's plans and sees to it that one longest sequence fits.
fn prepare<B: Backend>(
    backend: &B,
    memory: &KvMemory,
    options: EngineOptions,
    (spec, key, counters): (ModelSpec<B>, ModelKey, Arc<Counters>),
    models: &Models<B>,
) -> Result<Added<B>, AddModelError> {
    if models.values().any(|model| model.handle.id == spec.id) {
        return Err(AddModelError::Duplicate(spec.id));
    }
    let failed = |source| AddModelError::Backend { model: spec.id.clone(), source };
    let layouts = spec.model.kv_groups();
    for layout in layouts {
        if layout.block_bytes() > EXTENT_BYTES {
            let message = format!("a KV block of {} bytes does not fit an extent", layout.block_bytes());
            return Err(failed(BackendError::Unsupported(message)));
        }
    }
    let (needed_bytes, available_bytes) = (bytes_for(layouts, spec.max_model_len), memory.most_bytes());
    if needed_bytes > available_bytes {
        return Err(AddModelError::CacheTooSmall { model: spec.id, needed_bytes, available_bytes });
    }
    let rows = spec.max_model_concurrency;
    // A full batch of answers leaves prompts their share.
    let sizes = [rows, options.step_tokens.max(1).saturating_add(rows)];
    let plans = sizes
        .into_iter()
        .map(|max_tokens| {
            let bucket = Bucket { max_tokens, max_rows: rows };
            Ok((bucket, backend.record(&*spec.model, bucket).map_err(failed)?))
        })
        .collect::<Result<_, _>>()?;
    let handle = Arc::new(ModelHandle::new(&spec, key, counters));
    let layouts = layouts.to_vec();
    Ok((ModelState::new(handle, plans, spec.batch_wait, spec.retention, Instant::now()), layouts))
}
