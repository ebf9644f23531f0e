use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};

use conduit_backend::recording::{RecordingBackend, record};
use conduit_backend::{
    Backend, BackendError, Bucket, Budget, Flight, LinearShape, Masks, Memory, Model, Outputs, RawLinear,
    Result, RowSampling, Shard, StepInputs, check_sampling, check_step,
};
use rayon::ThreadPoolBuilder;

use crate::kernels::{Kernels, MAX_TILE_ROWS};
use crate::memory::CpuMemory;
use crate::plan::{CpuPlan, Plan};
use crate::queue::{Forward, Job, Queue};
use crate::step::CpuStep;
use crate::weights::{Account, CpuLinear, CpuVector, Linear, Packing};
use crate::{CpuOptions, Isa};

/// Runs decoders on the CPU: a queue thread takes steps one after the other, a pool of threads shares out each.
///
/// Weights are used where their file is mapped, unless they are to be quantised; sums are in f32. Results are the same to the bit whatever the number of
/// threads and whatever shares a batch. Dropping it waits for the step that runs.
pub struct CpuBackend {
    isa: Isa,
    kernels: &'static Kernels,
    threads: usize,
    /// `None` once the backend is being dropped.
    jobs: Option<Sender<Job>>,
    queue: Option<JoinHandle<()>>,
    memory: OnceLock<Arc<CpuMemory>>,
    copied_bytes: Arc<AtomicU64>,
    flight: Arc<Flight>,
}

impl CpuBackend {
    /// Starts the threads.
    ///
    /// # Errors
    /// `Unsupported` where the CPU lacks the instruction set asked for, `Device` where threads cannot be started.
    pub fn new(options: CpuOptions) -> Result<Self> {
        let isa = options.isa.unwrap_or(Isa::available()[0]);
        let kernels = Kernels::of(isa)
            .ok_or_else(|| BackendError::Unsupported(format!("the instruction set {}", isa.name())))?;
        let threads = match options.threads {
            Some(threads) => threads.get(),
            None => thread::available_parallelism().map_or(1, usize::from),
        };
        let failure = |what: String| BackendError::Device(format!("threads cannot be started: {what}"));
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|index| format!("conduit-cpu-{index}"))
            .build()
            .map_err(|error| failure(error.to_string()))?;
        let queue = Queue::new(pool, kernels);
        let (jobs, receiver) = channel();
        let queue = thread::Builder::new()
            .name("conduit-cpu-queue".into())
            .spawn(move || queue.run(&receiver))
            .map_err(|error| failure(error.to_string()))?;
        Ok(Self {
            isa,
            kernels,
            threads,
            jobs: Some(jobs),
            queue: Some(queue),
            memory: OnceLock::new(),
            copied_bytes: Arc::default(),
            flight: Arc::default(),
        })
    }

    fn enqueue(&self, job: Job) -> Result<()> {
        let sent = self.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
        if sent { Ok(()) } else { Err(queue_is_gone()) }
    }
}

fn queue_is_gone() -> BackendError {
    BackendError::Device("the queue thread has ended".into())
}

impl Drop for CpuBackend {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(queue) = self.queue.take() {
            // The thread catches its panics; one that escaped has nothing left to be told to.
            let _ = queue.join();
        }
    }
}

impl Backend for CpuBackend {
    type Linear = CpuLinear;
    type Vector = CpuVector;
    type Plan = CpuPlan;
    type Step = CpuStep;

    fn name(&self) -> String {
        format!("cpu ({}, {} threads)", self.isa.name(), self.threads)
    }

    fn memory(&self, budget: Budget) -> Result<Arc<dyn Memory>> {
        let memory = Arc::new(CpuMemory::open(budget, Arc::clone(&self.copied_bytes))?);
        match self.memory.set(Arc::clone(&memory)) {
            Ok(()) => Ok(memory),
            Err(_) => Err(BackendError::InvalidInput("the memory was opened before".into())),
        }
    }

    fn linear(&self, weight: RawLinear, shard: Shard) -> Result<CpuLinear> {
        if shard != Shard::WHOLE {
            return Err(BackendError::Unsupported("layers shared out over several CPUs".into()));
        }
        let memory = self.memory.get().map(|memory| &**memory);
        let account = Account { copied_bytes: &self.copied_bytes, memory };
        let packing = Packing { kernels: self.kernels, threads: self.threads, account };
        Ok(CpuLinear(Arc::new(Linear::new(weight, packing)?)))
    }

    fn linear_shape(&self, linear: &CpuLinear) -> LinearShape {
        linear.0.shape
    }

    fn vector(&self, values: &[f32]) -> Result<CpuVector> {
        Ok(CpuVector(values.into()))
    }

    fn record(&self, model: &dyn Model<Self>, bucket: Bucket) -> Result<CpuPlan> {
        let plan = Plan::new(record(self, model, bucket)?, self.kernels);
        let (done, answer) = channel();
        let (workspace, packed) = (plan.workspace, plan.packed);
        let (logits, hidden) = (plan.logits(), plan.hidden());
        self.enqueue(Job::Grow { workspace, packed, logits, hidden, done })?;
        answer.recv().map_err(|_| queue_is_gone())??;
        Ok(CpuPlan(Arc::new(plan)))
    }

    fn forward(&self, plan: &CpuPlan, inputs: &StepInputs) -> Result<CpuStep> {
        let Some(memory) = self.memory.get() else {
            return Err(BackendError::InvalidInput("the memory was not opened".into()));
        };
        let (done, answer) = channel();
        let rows = inputs.logit_tokens.len();
        let place = self.flight.take(rows, |slot, previous| {
            check_step(&plan.0.limits, inputs, memory.bytes(), previous.map(|previous| previous.rows))?;
            self.enqueue(Job::Forward(Forward {
                plan: Arc::clone(&plan.0),
                inputs: inputs.clone(),
                memory: Arc::clone(memory),
                slot,
                previous: previous.map(|previous| previous.slot),
                done: done.clone(),
            }))
        })?;
        Ok(CpuStep { answer, done: Some(done), place, rows, vocab_size: plan.0.limits.vocab_size })
    }

    fn sample(&self, step: &mut CpuStep, rows: &[RowSampling], masks: Masks) -> Result<()> {
        check_sampling(step.rows, step.vocab_size, rows, &masks)?;
        let Some(done) = step.done.take() else {
            return Err(BackendError::InvalidInput("the step was sampled before".into()));
        };
        self.enqueue(Job::Sample { slot: step.place.slot(), rows: rows.to_vec(), masks, done })?;
        self.flight.sampled(&step.place);
        Ok(())
    }

    fn collect(&self, mut step: CpuStep) -> Result<Outputs> {
        if step.done.take().is_some() && step.rows > 0 {
            return Err(BackendError::InvalidInput("the step was not sampled".into()));
        }
        step.answer.recv().map_err(|_| queue_is_gone())?
    }
}

impl RecordingBackend for CpuBackend {
    const MAX_QUERY_GROUP: usize = MAX_TILE_ROWS;

    fn vector_len(&self, vector: &CpuVector) -> usize {
        vector.0.len()
    }

    fn is_same_vector(&self, a: &CpuVector, b: &CpuVector) -> bool {
        Arc::ptr_eq(&a.0, &b.0)
    }
}
