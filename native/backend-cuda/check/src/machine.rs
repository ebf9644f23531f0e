use anyhow::Result;
use conduit_backend_cuda::driver::Driver;
use conduit_backend_cuda::nvidia::NvidiaDriver;
use conduit_backend_cuda::{CudaBackend, CudaOptions};
use conduit_testkit::model::{Family, TinyModel};

/// What the checks run on.
pub trait Machine: Sync {
    type Driver: Driver;

    fn driver(&self) -> Result<Self::Driver>;

    /// The model that is held against the CPU backend.
    fn model(&self) -> TinyModel;

    /// Requests that the engine is given.
    fn requests(&self) -> usize;

    /// Whether times mean anything, and errors are the device's own.
    fn is_gpu(&self) -> bool;

    fn backend(&self, deterministic: bool) -> Result<CudaBackend<Self::Driver>> {
        Ok(CudaBackend::new(self.driver()?, CudaOptions { deterministic })?)
    }
}

/// A GPU, by its index in CUDA's order.
pub struct Gpu {
    pub index: usize,
}

impl Machine for Gpu {
    type Driver = NvidiaDriver;

    fn driver(&self) -> Result<NvidiaDriver> {
        Ok(NvidiaDriver::open(self.index)?)
    }

    /// The shape of Qwen3-0.6B.
    fn model(&self) -> TinyModel {
        TinyModel {
            family: Family::Qwen3,
            hidden_size: 1024,
            intermediate_size: 3072,
            layers: 28,
            heads: 16,
            kv_heads: 8,
            head_dim: 128,
            max_position_embeddings: 40_960,
            tied_head: true,
            vocab_multiple: 151_936,
            ..TinyModel::default()
        }
    }

    fn requests(&self) -> usize {
        1000
    }

    fn is_gpu(&self) -> bool {
        true
    }
}

/// The CPU in the place of a GPU, to find what is wrong with the checks themselves.
#[cfg(feature = "host")]
pub struct Host;

#[cfg(feature = "host")]
impl Machine for Host {
    type Driver = conduit_backend_cuda::driver::host::HostDriver;

    fn driver(&self) -> Result<Self::Driver> {
        Ok(Self::Driver::new(&conduit_backend_cuda::driver::host::HostOptions::default()))
    }

    fn model(&self) -> TinyModel {
        TinyModel::small(Family::Qwen3)
    }

    fn requests(&self) -> usize {
        40
    }

    fn is_gpu(&self) -> bool {
        false
    }
}
