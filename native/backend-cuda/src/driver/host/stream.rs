use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use conduit_cuda_kernels::Launch;

use super::address_space::AddressSpace;
use super::buffer::Allocation;
use super::event::HostEvent;
use super::fault::Fault;
use super::gate::Gate;
use super::kernels::run_kernel;
use super::state::State;
use crate::driver::{DriverError, DriverResult};

/// A thread that does what it is given, in order.
pub struct HostStream {
    /// `None` once the stream is being dropped.
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

pub(super) enum Job {
    Upload { target: u64, source: Arc<Allocation>, range: Range<usize> },
    Download { target: Arc<Allocation>, range: Range<usize>, source: u64 },
    Launch(Box<Launch>),
    Record(HostEvent, u64),
    Wait(HostEvent, u64),
}

pub(super) struct Device {
    pub addresses: AddressSpace,
    pub state: Arc<State>,
    pub gate: Gate,
    pub copy_delay: Duration,
}

impl HostStream {
    pub(super) fn new(device: Arc<Device>) -> DriverResult<Self> {
        let (jobs, receiver) = channel();
        let thread = thread::Builder::new()
            .name("conduit-host-stream".into())
            .spawn(move || run(&device, &receiver))
            .map_err(|error| DriverError::Other(format!("a stream's thread cannot be started: {error}")))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    pub(super) fn enqueue(&self, job: Job) -> DriverResult<()> {
        let sent = self.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
        if sent { Ok(()) } else { Err(DriverError::Lost("a stream's thread has ended".into())) }
    }
}

impl Drop for HostStream {
    /// Waits, so that no thread outlives the memory it uses.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(device: &Device, jobs: &Receiver<Job>) {
    while let Ok(job) = jobs.recv() {
        match job {
            Job::Record(event, number) => event.reach(number),
            Job::Wait(event, number) => event.wait_for(number),
            // A device that has failed does nothing more, but its events come.
            _ if device.state.check().is_err() => {}
            job => {
                if let Err(error) = work(device, job) {
                    device.state.fail(error);
                }
            }
        }
    }
}

fn work(device: &Device, job: Job) -> DriverResult<()> {
    match job {
        Job::Upload { target, source, range } => {
            thread::sleep(device.copy_delay);
            if device.state.is_due(Fault::Upload) {
                return Err(DriverError::Lost("injected in a copy to the device".into()));
            }
            check_copy(device, target, &source, &range)?;
            // SAFETY: the device's range is mapped, that of the host allocated; who enqueued the copy vouches that no one
            // else uses either meanwhile.
            unsafe {
                (target as usize as *mut u8).copy_from(source.start().add(range.start), range.len());
            }
        }
        Job::Download { target, range, source } => {
            thread::sleep(device.copy_delay);
            check_copy(device, source, &target, &range)?;
            // SAFETY: as above.
            unsafe {
                target.start().add(range.start).copy_from(source as usize as *const u8, range.len());
            }
        }
        Job::Launch(launch) => {
            device.gate.pass();
            if device.state.is_due(Fault::Lost) {
                return Err(DriverError::Lost(format!("injected in {}", launch.kernel)));
            }
            if device.state.is_due(Fault::IllegalAddress) {
                return Err(DriverError::IllegalAddress(format!("injected in {}", launch.kernel)));
            }
            // SAFETY: who enqueued the kernel vouches for its addresses.
            unsafe { run_kernel(&launch)? };
        }
        Job::Record(..) | Job::Wait(..) => {}
    }
    Ok(())
}

fn check_copy(device: &Device, address: u64, host: &Allocation, range: &Range<usize>) -> DriverResult<()> {
    if range.start > range.end || range.end > host.len() {
        let what = format!("a copy of {range:?} of {} bytes of page-locked memory", host.len());
        return Err(DriverError::IllegalAddress(what));
    }
    if !device.addresses.is_mapped(address, range.len() as u64) {
        let what = format!("a copy of {} bytes at {address:#x}, which are not mapped", range.len());
        return Err(DriverError::IllegalAddress(what));
    }
    Ok(())
}
