/// What a backend can fail with.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BackendError {
    /// The budget or the device has no room left.
    #[error("out of memory: {needed_bytes} bytes needed for {what}, {available_bytes} available")]
    OutOfMemory { what: String, needed_bytes: u64, available_bytes: u64 },
    /// The device cannot do this; nothing was changed.
    #[error("unsupported by this backend: {0}")]
    Unsupported(String),
    /// The caller broke a contract of the seam; the step was not run.
    #[error("invalid input to the backend: {0}")]
    InvalidInput(String),
    /// The device failed; everything that was on it is lost.
    #[error("device failure: {0}")]
    Device(String),
}

impl BackendError {
    /// A stable name for logs and clients.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OutOfMemory { .. } => "out_of_memory",
            Self::Unsupported(_) => "unsupported",
            Self::InvalidInput(_) => "invalid_input",
            Self::Device(_) => "device_failure",
        }
    }
}

pub type Result<T, E = BackendError> = std::result::Result<T, E>;
