use conduit_backend::BackendError;

/// What a device fails with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DriverError {
    /// The device, or the host for page-locked memory, has no room; everything else goes on.
    #[error("out of memory: {needed_bytes} bytes needed for {what}, {available_bytes} available")]
    OutOfMemory { what: String, needed_bytes: u64, available_bytes: u64 },
    /// A kernel touched memory that is not mapped. The device's context is lost.
    #[error("a kernel used an illegal address: {0}")]
    IllegalAddress(String),
    /// The device has fallen off the bus, was reset, or reports an error that it does not recover from.
    #[error("the device is lost: {0}")]
    Lost(String),
    /// The device, its driver or this build cannot do what is asked.
    #[error("{0}")]
    Unsupported(String),
    /// Any other error of the driver, by its name; the device is not used any more.
    #[error("the driver reports {0}")]
    Other(String),
}

/// What a driver returns.
pub type DriverResult<T> = Result<T, DriverError>;

impl From<DriverError> for BackendError {
    fn from(error: DriverError) -> Self {
        match error {
            DriverError::OutOfMemory { what, needed_bytes, available_bytes } => {
                Self::OutOfMemory { what, needed_bytes, available_bytes }
            }
            DriverError::Unsupported(what) => Self::Unsupported(what),
            error => Self::Device(error.to_string()),
        }
    }
}
