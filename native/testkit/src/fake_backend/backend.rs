use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use conduit_backend::{
    Backend, BackendError, Bucket, Budget, EXTENT_BYTES, LinearShape, Masks, Memory, Model, Outputs,
    RawLinear, Result, RowSampling, Shard, StepInputs, check_sampling,
};

use super::FakeMemory;
use super::chain;
use super::in_flight::InFlight;
use super::step::{Device, FakePlan, FakeStep, check, invalid};

/// Where a fault shows itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultPoint {
    Forward,
    Sample,
    Collect,
}

/// The device fails at the `step`-th forward pass, counted from 0, or at the first after it that comes to the point, and at
/// everything after that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub step: u64,
    pub point: FaultPoint,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct FakeOptions {
    pub fault: Option<Fault>,
    /// How long a step takes, waited for in [`Backend::collect`].
    pub step_duration: Duration,
    /// Entries that the block tables of a step may have together; for more there is no memory.
    pub most_table_entries: Option<usize>,
    /// Adjustments that the rows of a step may have together; for more there is no memory.
    pub most_adjustments: Option<usize>,
}

/// See the module's description.
pub struct FakeBackend {
    options: FakeOptions,
    memory: Mutex<Option<Arc<FakeMemory>>>,
    state: Mutex<State>,
    in_flight: Arc<InFlight>,
}

#[derive(Default)]
struct State {
    device: Device,
    plans: u64,
    forwarded: u64,
    failed: bool,
    tokens: u64,
}

impl FakeBackend {
    pub fn new(options: FakeOptions) -> Self {
        Self { options, memory: Mutex::new(None), state: Mutex::default(), in_flight: Arc::default() }
    }

    /// Forward passes enqueued so far.
    pub fn steps(&self) -> u64 {
        self.state().forwarded
    }

    /// Tokens of all forward passes so far.
    pub fn tokens(&self) -> u64 {
        self.state().tokens
    }

    /// The memory that [`Backend::memory`] opened.
    pub fn fake_memory(&self) -> Option<Arc<FakeMemory>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn inject(&self, state: &mut State, step: u64, point: FaultPoint) -> Result<()> {
        state.failed |= self.options.fault.is_some_and(|fault| fault.point == point && fault.step <= step);
        if state.failed {
            return Err(BackendError::Device(format!("injected fault at step {step}, {point:?}")));
        }
        Ok(())
    }
}

impl Backend for FakeBackend {
    type Linear = ();
    type Vector = ();
    type Plan = FakePlan;
    type Step = FakeStep;

    fn name(&self) -> String {
        "fake".to_owned()
    }

    fn memory(&self, budget: Budget) -> Result<Arc<dyn Memory>> {
        let memory = Arc::new(FakeMemory::new((budget.bytes / EXTENT_BYTES as u64) as usize));
        *self.memory.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&memory));
        Ok(memory)
    }

    fn linear(&self, _weight: RawLinear, _shard: Shard) -> Result<()> {
        Err(BackendError::Unsupported("weights: the fake backend has none".to_owned()))
    }

    fn linear_shape(&self, _linear: &()) -> LinearShape {
        LinearShape { in_features: 0, out_features: 0, device_bytes: 0 }
    }

    fn vector(&self, _values: &[f32]) -> Result<()> {
        Ok(())
    }

    fn record(&self, model: &dyn Model<Self>, bucket: Bucket) -> Result<FakePlan> {
        let mut state = self.state();
        state.plans += 1;
        // Plans of one model share its pages, so they share an owner: the one of its shape.
        let shape = format!("{:?} {}", model.kv_groups(), model.vocab_size());
        let id = shape.bytes().fold(0, |hash, byte| chain::combine(hash, u64::from(byte)));
        Ok(FakePlan { id, groups: model.kv_groups().to_vec(), vocab_size: model.vocab_size(), bucket })
    }

    fn forward(&self, plan: &FakePlan, inputs: &StepInputs) -> Result<FakeStep> {
        check(plan, inputs)?;
        let entries = inputs.block_tables.len();
        if let Some(most) = self.options.most_table_entries.filter(|most| entries > *most) {
            return Err(BackendError::OutOfMemory {
                what: "block tables".to_owned(),
                needed_bytes: entries as u64,
                available_bytes: most as u64,
            });
        }
        let mut state = self.state();
        let number = state.forwarded;
        self.inject(&mut state, number, FaultPoint::Forward)?;
        let place = InFlight::take(&self.in_flight, number)?;
        state.forwarded += 1;
        state.tokens += inputs.tokens.len() as u64;
        Ok(FakeStep {
            place,
            number,
            plan: plan.id,
            groups: plan.groups.clone(),
            vocab_size: plan.vocab_size,
            inputs: inputs.clone(),
            sampling: None,
        })
    }

    fn sample(&self, step: &mut FakeStep, rows: &[RowSampling], masks: Masks) -> Result<()> {
        self.inject(&mut self.state(), step.number, FaultPoint::Sample)?;
        check_sampling(step.inputs.logit_tokens.len(), step.vocab_size, rows, &masks)?;
        if step.sampling.is_some() {
            return invalid("the step was sampled before");
        }
        let adjustments: usize = masks.adjustments.iter().map(|row| row.len()).sum();
        if let Some(most) = self.options.most_adjustments.filter(|most| adjustments > *most) {
            return Err(BackendError::OutOfMemory {
                what: "adjustments".to_owned(),
                needed_bytes: adjustments as u64,
                available_bytes: most as u64,
            });
        }
        step.sampling = Some((rows.to_vec(), masks));
        Ok(())
    }

    fn collect(&self, step: FakeStep) -> Result<Outputs> {
        std::thread::sleep(self.options.step_duration);
        let memory =
            self.fake_memory().ok_or_else(|| BackendError::Device("no memory was opened".to_owned()))?;
        let mut state = self.state();
        self.inject(&mut state, step.number, FaultPoint::Collect)?;
        step.place.check_first()?;
        state.device.run(&memory, &step).map_err(BackendError::Device)
    }
}
