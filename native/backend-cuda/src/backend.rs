use std::sync::{Arc, Mutex, PoisonError};

use conduit_backend::recording::{RecordingBackend, record};
use conduit_backend::{
    Backend, BackendError, Bucket, Budget, Flight, LinearShape, Masks, Memory, Model, Outputs, RawLinear,
    Result, RowSampling, Shard, StepInputs, check_sampling, check_step,
};

use crate::device::Device;
use crate::driver::{DeviceFacts, Driver, MemoryInfo};
use crate::memory::Pool;
use crate::plan::{Plan, no_experts};
use crate::step::{CudaStep, Queue, Sampled};
use crate::weights::{CudaLinear, CudaVector, Linear, Uploader, Vector};
use crate::{CudaOptions, CudaPlan, MemoryUsage};

/// Runs decoders on an NVIDIA GPU.
///
/// Weights and KV caches of all models share one budget of extents; the workspace, the inputs of steps, their logits and hidden
/// states are outside of it and grow with the largest plan, see [`CudaBackend::usage`]. Neither [`Backend::forward`] nor
/// [`Backend::sample`] waits for the device.
///
/// After a failure of the device every call returns it; the backend is then of no more use.
pub struct CudaBackend<D: Driver> {
    options: CudaOptions,
    // Steps that run are waited for before anything that they use goes.
    queue: Arc<Queue<D>>,
    uploader: Mutex<Uploader<D>>,
    pool: Arc<Pool<D>>,
    flight: Arc<Flight>,
    device: Arc<Device<D>>,
}

impl<D: Driver> CudaBackend<D> {
    /// Takes a device into use.
    ///
    /// # Errors
    /// What the driver refuses or fails with.
    pub fn new(driver: D, options: CudaOptions) -> Result<Self> {
        let device = Arc::new(Device::new(driver));
        Ok(Self {
            options,
            queue: Arc::new(Queue::new(&device)?),
            uploader: Mutex::new(Uploader::new(&device)?),
            pool: Arc::new(Pool::new(&device)?),
            flight: Arc::default(),
            device,
        })
    }

    /// What the device is.
    pub fn facts(&self) -> &DeviceFacts {
        self.device.driver().facts()
    }

    /// Bytes of the device's memory now, whoever uses them.
    ///
    /// # Errors
    /// `Device` where the device has failed.
    pub fn memory_info(&self) -> Result<MemoryInfo> {
        self.device.call(|driver| driver.memory_info())
    }

    /// What this backend has of the device's memory.
    pub fn usage(&self) -> MemoryUsage {
        let (weight_extents, kv_extents) = self.pool.extents();
        MemoryUsage { weight_extents, kv_extents, workspace_bytes: self.queue.mapped_bytes() }
    }

    /// The driver that [`CudaBackend::new`] was given.
    pub fn driver(&self) -> &D {
        self.device.driver()
    }

    fn upload<T>(&self, work: impl FnOnce(&mut Uploader<D>) -> Result<T>) -> Result<T> {
        work(&mut self.uploader.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<D: Driver> Backend for CudaBackend<D> {
    type Linear = CudaLinear<D>;
    type Vector = CudaVector<D>;
    type Plan = CudaPlan<D>;
    type Step = CudaStep<D>;

    fn name(&self) -> String {
        let DeviceFacts { name, compute_capability: (major, minor), .. } = self.facts();
        format!("cuda ({name}, sm_{major}{minor})")
    }

    fn memory(&self, budget: Budget) -> Result<Arc<dyn Memory>> {
        self.pool.open(budget)?;
        Ok(Arc::clone(&self.pool) as Arc<dyn Memory>)
    }

    fn linear(&self, weight: RawLinear, shard: Shard) -> Result<CudaLinear<D>> {
        if shard != Shard::WHOLE {
            return Err(BackendError::Unsupported("layers shared out over several GPUs".into()));
        }
        let linear = self.upload(|uploader| Linear::new(weight, &self.pool, uploader))?;
        Ok(CudaLinear(Arc::new(linear)))
    }

    fn linear_shape(&self, linear: &CudaLinear<D>) -> LinearShape {
        linear.0.shape
    }

    fn check_experts(&self) -> Result<()> {
        Err(no_experts())
    }

    fn vector(&self, values: &[f32]) -> Result<CudaVector<D>> {
        Ok(CudaVector(Arc::new(self.upload(|uploader| Vector::new(values, &self.pool, uploader))?)))
    }

    fn record(&self, model: &dyn Model<Self>, bucket: Bucket) -> Result<CudaPlan<D>> {
        let recording = record(self, model, bucket)?;
        let addresses = self.queue.addresses(self.pool.kv_address());
        let plan = Plan::new(recording, self.facts(), self.options, addresses)?;
        self.queue.grow(&plan.needs)?;
        Ok(CudaPlan(Arc::new(plan)))
    }

    fn forward(&self, plan: &CudaPlan<D>, inputs: &StepInputs) -> Result<CudaStep<D>> {
        let Some(kv_bytes) = self.pool.kv_bytes() else {
            return Err(BackendError::InvalidInput("the memory was not opened".into()));
        };
        let rows = inputs.logit_tokens.len();
        let mut held = None;
        let place = self.flight.take(rows, |slot, previous| {
            check_step(&plan.0.limits, inputs, kv_bytes, previous.map(|previous| previous.rows))?;
            let previous = previous.map(|previous| previous.slot);
            held = Some(self.queue.forward(slot, &plan.0, inputs, previous)?);
            Ok(())
        })?;
        Ok(CudaStep {
            queue: Arc::clone(&self.queue),
            plan: Arc::clone(&plan.0),
            rows,
            hidden_rows: inputs.hidden_tokens.len(),
            sampled: None,
            held,
            place,
        })
    }

    fn sample(&self, step: &mut CudaStep<D>, rows: &[RowSampling], masks: Masks) -> Result<()> {
        check_sampling(step.rows, step.plan.limits.vocab_size, rows, &masks)?;
        if step.sampled.is_some() {
            return Err(BackendError::InvalidInput("the step was sampled before".into()));
        }
        // Nothing of it would be waited for.
        if rows.is_empty() {
            return Ok(());
        }
        let [parameters, tokens] = self.queue.sample(step.place.slot(), &step.plan, rows, &masks)?;
        let wanted = rows.iter().map(|row| row.return_logits).collect();
        step.sampled = Some(Sampled { wanted, tokens, _parameters: parameters });
        self.flight.sampled(&step.place);
        Ok(())
    }

    fn collect(&self, step: CudaStep<D>) -> Result<Outputs> {
        step.collect()
    }
}

impl<D: Driver> RecordingBackend for CudaBackend<D> {
    const MAX_QUERY_GROUP: usize = usize::MAX;

    fn vector_len(&self, vector: &CudaVector<D>) -> usize {
        vector.0.length
    }

    fn is_same_vector(&self, a: &CudaVector<D>, b: &CudaVector<D>) -> bool {
        Arc::ptr_eq(&a.0, &b.0)
    }
}
