use std::sync::Arc;

use conduit_backend::Result;

use crate::device::Device;
use crate::driver::{Driver, HostBuffer};

/// Page-locked memory of one slot. A step in flight shares it, so that a larger one may take its place meanwhile.
pub(crate) struct Pinned<D: Driver>(D::HostBuffer);

impl<D: Driver> Pinned<D> {
    pub fn new(device: &Device<D>, bytes: usize) -> Result<Arc<Self>> {
        Ok(Arc::new(Self(device.call(|driver| driver.host_buffer(bytes.max(1)))?)))
    }

    /// Puts a larger buffer in the place of one that is too small.
    pub fn grow(this: &mut Arc<Self>, device: &Device<D>, bytes: u64) -> Result<()> {
        if bytes > this.0.len() as u64 {
            *this = Self::new(device, usize::try_from(bytes).unwrap_or(usize::MAX))?;
        }
        Ok(())
    }

    pub fn buffer(&self) -> &D::HostBuffer {
        &self.0
    }

    /// The first bytes, to be written.
    ///
    /// # Safety
    /// No copy from or to them is under way, and no one else has them.
    #[expect(clippy::mut_from_ref, reason = "the memory is not part of the struct")]
    pub unsafe fn as_mut_slice(&self, bytes: usize) -> &mut [u8] {
        assert!(bytes <= self.0.len(), "{bytes} bytes of {}", self.0.len());
        // SAFETY: the buffer is that long, and the caller's alone.
        unsafe { std::slice::from_raw_parts_mut(self.0.as_ptr(), bytes) }
    }
}
