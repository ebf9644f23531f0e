use bytes::Bytes;
use conduit_backend::{
    Backend, DType, KvLayout, Model, Ops, RawLinear, RawPart, RawTensor, RawWeight, Shard,
};
use conduit_backend_cuda::driver::host::HostDriver;
use conduit_backend_cuda::{CudaBackend, CudaLinear};

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
