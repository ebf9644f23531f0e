use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use conduit_backend_cpu::{CpuBackend, CpuOptions};
use conduit_engine::{Embedding, EmbeddingRequest, Generation, ModelHold, Request, SubmitError, Vocabulary};
use conduit_models::ByteProgress;

use super::device::EngineDevice;
use super::load_error::LoadError;
use super::{Device, EngineMetrics};
use crate::{ModelConfig, ServeError};

/// The CPU, where the test says when models are loaded and how many of them find no room.
pub(crate) struct TestDevice {
    device: Arc<dyn Device>,
    gate: Mutex<Receiver<()>>,
    failures: Mutex<usize>,
}

impl TestDevice {
    /// So many models find no room. Each waits for a message of the sender, or until that is dropped.
    pub(crate) fn open(failures: usize) -> (Sender<()>, Arc<Self>) {
        let cpu = CpuBackend::new(CpuOptions { threads: NonZeroUsize::new(1), isa: None }).unwrap();
        let device = EngineDevice::open::<ServeError>(cpu, 1 << 28).unwrap();
        let (open, gate) = channel();
        let (gate, failures) = (Mutex::new(gate), Mutex::new(failures));
        (open, Arc::new(Self { device, gate, failures }))
    }
}

impl Device for TestDevice {
    fn add_model(
        &self,
        folder: &Path,
        config: &ModelConfig,
        vocabulary: Arc<Vocabulary>,
        weights: &ByteProgress,
    ) -> Result<ModelHold, LoadError> {
        let _ = self.gate.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(left) = failures.checked_sub(1) {
            *failures = left;
            return Err(LoadError::new("out_of_memory", "others have it all"));
        }
        self.device.add_model(folder, config, vocabulary, weights)
    }

    fn hold(&self, model: &str) -> Option<ModelHold> {
        self.device.hold(model)
    }

    fn submit(&self, model: &str, request: Request, copies: usize) -> Result<Vec<Generation>, SubmitError> {
        self.device.submit(model, request, copies)
    }

    fn remove_model(&self, model: &str, limit: Duration) {
        self.device.remove_model(model, limit);
    }

    fn make_room(&self, bytes: u64) {
        self.device.make_room(bytes);
    }

    fn embed(&self, model: &str, request: EmbeddingRequest) -> Result<Vec<Embedding>, SubmitError> {
        self.device.embed(model, request)
    }

    fn is_loaded(&self, model: &str) -> bool {
        self.device.is_loaded(model)
    }

    fn metrics(&self, model: &str) -> EngineMetrics {
        self.device.metrics(model)
    }

    fn failure(&self) -> Option<String> {
        self.device.failure()
    }
}
