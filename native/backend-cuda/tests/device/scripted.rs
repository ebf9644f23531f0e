use bytes::Bytes;
use conduit_backend::{
    Backend, Bucket, Budget, DType, EXTENT_BYTES, KvLayout, Model, Ops, RawLinear, RawPart, RawTensor,
    RawWeight, SequenceInput, Shard, StepInputs, TokenSource,
};
use conduit_backend_cuda::driver::host::{HostDriver, HostOptions};
use conduit_backend_cuda::{CudaBackend, CudaLinear, CudaPlan};

use crate::tiny::cuda;

pub type Cuda = CudaBackend<HostDriver>;

pub const HIDDEN: usize = 36;

/// A model that records what a test says.
pub struct Scripted<F> {
    pub groups: Vec<KvLayout>,
    pub vocab_size: usize,
    pub script: F,
}

impl<F: Fn(&mut dyn Ops<Cuda>) + Send + Sync> Model<Cuda> for Scripted<F> {
    fn kv_groups(&self) -> &[KvLayout] {
        &self.groups
    }

    fn hidden_size(&self) -> usize {
        0
    }

    fn vocab_size(&self) -> usize {
        self.vocab_size
    }

    fn max_positions(&self) -> usize {
        64
    }

    fn weight_bytes(&self) -> u64 {
        0
    }

    fn record(&self, ops: &mut dyn Ops<Cuda>) {
        (self.script)(ops);
    }
}

/// A layer of zeros.
pub fn linear(backend: &Cuda, dtype: DType, rows: usize) -> CudaLinear<HostDriver> {
    let data = Bytes::from(vec![0; rows * HIDDEN * dtype.bytes()]);
    let weight = RawTensor { name: "w".into(), dtype, shape: vec![rows, HIDDEN], data };
    let part = RawPart { weight: RawWeight::Dense(weight), bias: None };
    backend.linear(RawLinear { parts: vec![part] }, Shard::WHOLE).unwrap()
}

/// A backend with some memory.
pub fn open() -> Cuda {
    let backend = cuda(&HostOptions::default());
    backend.memory(Budget { bytes: 2 * EXTENT_BYTES as u64 }).unwrap();
    backend
}

/// A plan without attention, with or without a head.
pub fn record(backend: &Cuda, vocab_size: usize, bucket: Bucket, has_head: bool) -> CudaPlan<HostDriver> {
    let table = linear(backend, DType::F32, vocab_size);
    let norm = backend.vector(&[1.0; HIDDEN]).unwrap();
    let script = |ops: &mut dyn Ops<Cuda>| {
        let x = ops.embed(&table, 1.0);
        ops.hidden(x, &norm, 1e-6);
        if has_head {
            let rows = ops.gather_rows(x);
            ops.logits(rows, &table, None);
        }
    };
    backend.record(&Scripted { groups: vec![], vocab_size, script }, bucket).unwrap()
}

/// A sequence of so many tokens.
pub fn inputs(tokens: u32) -> StepInputs {
    StepInputs {
        tokens: (0..tokens).map(TokenSource::Id).collect(),
        positions: (0..tokens).collect(),
        sequences: vec![SequenceInput {
            tokens: 0..tokens as usize,
            context_len: tokens as usize,
            blocks: vec![],
        }],
        ..StepInputs::default()
    }
}
