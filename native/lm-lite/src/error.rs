use std::path::PathBuf;

use conduit_backend::BackendError;
use conduit_backend_cuda::nvidia::OpenError;

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("{0}")]
    Configuration(String),
    #[error("cannot listen on {address}: {source}")]
    Listen { address: String, source: std::io::Error },
    #[error(
        "{host} can be reached from other machines, but LM_LITE_API_KEY is not set; set it, or listen on 127.0.0.1"
    )]
    OpenToOthers { host: String },
    #[error("{path}: {source}", path = path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("the device cannot be used: {0}")]
    Backend(#[from] BackendError),
    #[error("cuda:{index} cannot be used: {source}; --device cpu does without it")]
    Gpu { index: usize, source: GpuError },
    #[error("expected a GPU, but none can be used: {0}; --device cpu does without one")]
    NoGpu(#[source] GpuError),
    /// Its device has failed, or it met a fault of its own, after the server had begun to listen.
    #[error("the engine has stopped: {0}")]
    EngineStopped(String),
    #[error(transparent)]
    System(#[from] std::io::Error),
}

/// Why a GPU cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GpuError {
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It was opened, and failed before a model was asked for.
    #[error("it failed while it was set up: {0}")]
    SetUp(#[from] BackendError),
    #[error(transparent)]
    System(#[from] std::io::Error),
}

impl GpuError {
    /// Whether nothing is broken, and there is only no GPU.
    pub const fn is_absence(&self) -> bool {
        match self {
            Self::Open(error) => error.is_absence(),
            Self::SetUp(_) | Self::System(_) => false,
        }
    }
}

impl ServeError {
    /// What the process exits with, so that whoever started it can tell: 3 where the GPU that was asked for, or any, cannot be used,
    /// 4 where the engine has stopped while it served, and otherwise 2.
    pub const fn exit_code(&self) -> i32 {
        match self {
            Self::Gpu { .. } | Self::NoGpu(_) => 3,
            Self::EngineStopped(_) => 4,
            _ => 2,
        }
    }
}
