use std::sync::OnceLock;

use conduit_backend::{BackendError, Result};

use crate::driver::{Driver, DriverError, DriverResult};

/// A driver and whether its device still works: after its first failure nothing is asked of it any more.
pub(crate) struct Device<D> {
    driver: D,
    failure: OnceLock<String>,
}

impl<D: Driver> Device<D> {
    pub fn new(driver: D) -> Self {
        Self { driver, failure: OnceLock::new() }
    }

    /// The driver, for what cannot fail.
    pub fn driver(&self) -> &D {
        &self.driver
    }

    /// Waits for an event, also where the device has failed: when this returns, what comes before the event is over.
    ///
    /// # Errors
    /// `Device` where the device fails or has failed before.
    pub fn synchronize(&self, event: &D::Event) -> Result<()> {
        let waited = self.driver.synchronize(event);
        self.call(|_| waited)
    }

    /// Calls the driver.
    ///
    /// # Errors
    /// `Device` where it fails or has failed before, and what the call was refused with where it goes on.
    pub fn call<T>(&self, work: impl FnOnce(&D) -> DriverResult<T>) -> Result<T> {
        if let Some(failure) = self.failure.get() {
            return Err(BackendError::Device(failure.clone()));
        }
        work(&self.driver).map_err(|error| match error {
            DriverError::OutOfMemory { .. } | DriverError::Unsupported(_) => error.into(),
            error => BackendError::Device(self.failure.get_or_init(|| error.to_string()).clone()),
        })
    }
}
