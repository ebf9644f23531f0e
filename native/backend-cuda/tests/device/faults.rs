use conduit_backend::{
    Backend, BackendError, Budget, DType, EXTENT_BYTES, KvAddress, Masks, RowSampling, SequenceInput,
    StepInputs, TokenSource,
};
use conduit_backend_cuda::driver::host::{Fault, HostDriver, HostOptions};
use conduit_backend_cuda::{CudaBackend, CudaPlan};
use conduit_testkit::model::Family;

use crate::tiny::{BUCKET, cuda, open, write};

struct Fixture {
    backend: CudaBackend<HostDriver>,
    plan: CudaPlan<HostDriver>,
}

fn fixture() -> Fixture {
    let folder = write(Family::Qwen3, DType::BF16, true);
    let backend = cuda(&HostOptions::default());
    let memory = backend.memory(Budget { bytes: 2 * EXTENT_BYTES as u64 }).unwrap();
    memory.map().unwrap();
    let plan = backend.record(&open(&backend, folder.path()).unwrap(), BUCKET).unwrap();
    Fixture { backend, plan }
}

impl Fixture {
    /// One token of one sequence, whose row is sampled.
    fn step(&self) -> Result<u32, BackendError> {
        let inputs = StepInputs {
            tokens: vec![TokenSource::Id(1)],
            positions: vec![0],
            sequences: vec![SequenceInput {
                tokens: 0..1,
                context_len: 1,
                blocks: std::iter::once(0..1).collect(),
            }],
            block_tables: vec![KvAddress(0)],
            logit_tokens: vec![0],
            hidden_tokens: Vec::new(),
        };
        let mut step = self.backend.forward(&self.plan, &inputs)?;
        self.backend.sample(&mut step, &[RowSampling::GREEDY], Masks::none(1))?;
        Ok(self.backend.collect(step)?.rows[0].token)
    }
}

#[test]
fn after_a_failure_everything_tells_of_it() {
    for (fault, message) in [
        (Fault::Launch, "failed (injected)"),
        (Fault::IllegalAddress, "a kernel used an illegal address"),
        (Fault::Lost, "the device is lost"),
        (Fault::Upload, "the device is lost"),
    ] {
        // A step has two copies to the device, and more kernels.
        for after in [0, if fault == Fault::Upload { 1 } else { 7 }] {
            let fixture = fixture();
            let token = fixture.step().unwrap();
            assert_eq!(fixture.step().unwrap(), token);
            fixture.backend.driver().inject(fault, after);
            let errors = [
                fixture.step().unwrap_err(),
                fixture.step().unwrap_err(),
                fixture.backend.vector(&[1.0]).err().unwrap(),
                fixture.backend.memory_info().unwrap_err(),
            ];
            for error in errors {
                assert_eq!(error.code(), "device_failure", "{fault:?}");
                assert!(error.to_string().contains(message), "{fault:?}: {error}");
            }
        }
    }
}

#[test]
fn memory_that_a_plan_does_not_get_disturbs_no_other_plan() {
    let fixture = fixture();
    let token = fixture.step().unwrap();
    let folder = write(Family::Qwen2, DType::BF16, true);
    let larger = conduit_backend::Bucket { max_tokens: 4000, max_rows: 2000 };
    let model = open(&fixture.backend, folder.path()).unwrap();
    for fault in [Fault::Map, Fault::HostBuffer] {
        fixture.backend.driver().inject(fault, 0);
        let error = fixture.backend.record(&model, larger).err().unwrap();
        assert_eq!(error.code(), "out_of_memory", "{fault:?}: {error}");
        assert_eq!(fixture.step().unwrap(), token);
    }
    fixture.backend.record(&model, larger).unwrap();
    assert_eq!(fixture.step().unwrap(), token);
}
