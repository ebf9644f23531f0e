use std::sync::Arc;

use conduit_backend::{BackendError, Result};

use crate::device::Device;
use crate::driver::{Driver, HostBuffer};

/// Bytes of each of the two buffers: long copies run at the bus's full speed, and the second hides the reading of the file.
const BUFFER_BYTES: usize = 4 << 20;

/// Brings weights to the device through two page-locked buffers: one is filled while the other is copied.
pub(crate) struct Uploader<D: Driver> {
    device: Arc<Device<D>>,
    stream: D::Stream,
    buffers: [Buffer<D>; 2],
}

struct Buffer<D: Driver> {
    memory: D::HostBuffer,
    /// The end of the last copy out of this buffer.
    copied: D::Event,
}

impl<D: Driver> Uploader<D> {
    pub fn new(device: &Arc<Device<D>>) -> Result<Self> {
        let buffer = || -> Result<Buffer<D>> {
            let memory = device.call(|driver| driver.host_buffer(BUFFER_BYTES))?;
            Ok(Buffer { memory, copied: device.call(|driver| driver.event())? })
        };
        Ok(Self {
            stream: device.call(|driver| driver.stream())?,
            buffers: [buffer()?, buffer()?],
            device: Arc::clone(device),
        })
    }

    /// Uploads `rows` rows of `row_bytes` to `target`, each as `fill` writes it, and waits until they are there.
    ///
    /// `target` must be mapped, and used by no one.
    pub fn upload_rows(
        &mut self,
        target: u64,
        rows: usize,
        row_bytes: usize,
        mut fill: impl FnMut(&mut [u8]),
    ) -> Result<()> {
        let rows_at_once = BUFFER_BYTES / row_bytes;
        if rows_at_once == 0 {
            let what = format!("rows of {row_bytes} bytes; at most {BUFFER_BYTES} are possible on CUDA");
            return Err(BackendError::Unsupported(what));
        }
        let mut copied = Ok(());
        for (index, first) in (0..rows).step_by(rows_at_once).enumerate() {
            let bytes = rows_at_once.min(rows - first) * row_bytes;
            let target = target + (first * row_bytes) as u64;
            copied = self.copy(index % 2, target, bytes, row_bytes, &mut fill);
            if copied.is_err() {
                break;
            }
        }
        // Whatever happened, nothing of it is under way when this returns.
        let [first, second] = &self.buffers;
        let waited = [self.device.synchronize(&first.copied), self.device.synchronize(&second.copied)];
        waited.into_iter().fold(copied, Result::and)
    }

    fn copy(
        &mut self,
        index: usize,
        target: u64,
        bytes: usize,
        row_bytes: usize,
        fill: &mut impl FnMut(&mut [u8]),
    ) -> Result<()> {
        let Buffer { memory, copied } = &self.buffers[index];
        self.device.synchronize(copied)?;
        // SAFETY: the buffer has so many bytes, its last copy is over, and no one else has it.
        let filled = unsafe { std::slice::from_raw_parts_mut(memory.as_ptr(), bytes) };
        filled.chunks_exact_mut(row_bytes).for_each(fill);
        self.device.call(|driver| {
            // SAFETY: the caller has the target; the buffer is left alone until `copied` has come, and dropped later.
            unsafe { driver.upload(&self.stream, target, memory, 0..bytes)? };
            driver.record(copied, &self.stream)
        })
    }
}
