use std::ptr;
use std::sync::Arc;

use cudarc::driver::sys::{self, CUevent, CUevent_flags, CUstream, CUstream_flags};

use super::context::Context;
use crate::driver::DriverResult;

/// A stream that does not wait for the default stream.
pub struct NvidiaStream {
    context: Arc<Context>,
    pub(super) stream: CUstream,
}

// SAFETY: CUDA's streams may be used from any thread.
unsafe impl Send for NvidiaStream {}
// SAFETY: as above.
unsafe impl Sync for NvidiaStream {}

impl NvidiaStream {
    pub(super) fn new(context: &Arc<Context>) -> DriverResult<Self> {
        let mut stream = ptr::null_mut();
        let flags = CUstream_flags::CU_STREAM_NON_BLOCKING as u32;
        // SAFETY: `stream` may be written to.
        context.call("cuStreamCreate", || unsafe { sys::cuStreamCreate(&raw mut stream, flags) })?;
        Ok(Self { context: Arc::clone(context), stream })
    }
}

impl Drop for NvidiaStream {
    fn drop(&mut self) {
        // SAFETY: it was made in `new`; what is enqueued still runs.
        self.context.release(|| unsafe { sys::cuStreamDestroy_v2(self.stream) });
    }
}

/// An event without timing.
pub struct NvidiaEvent {
    context: Arc<Context>,
    pub(super) event: CUevent,
}

// SAFETY: CUDA's events may be used from any thread.
unsafe impl Send for NvidiaEvent {}
// SAFETY: as above.
unsafe impl Sync for NvidiaEvent {}

impl NvidiaEvent {
    pub(super) fn new(context: &Arc<Context>) -> DriverResult<Self> {
        let mut event = ptr::null_mut();
        let flags = CUevent_flags::CU_EVENT_DISABLE_TIMING as u32;
        // SAFETY: `event` may be written to.
        context.call("cuEventCreate", || unsafe { sys::cuEventCreate(&raw mut event, flags) })?;
        Ok(Self { context: Arc::clone(context), event })
    }
}

impl Drop for NvidiaEvent {
    fn drop(&mut self) {
        // SAFETY: it was made in `new`; whoever waits for it goes on waiting.
        self.context.release(|| unsafe { sys::cuEventDestroy_v2(self.event) });
    }
}
