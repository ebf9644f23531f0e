//! The execution on the CPU finds what it is there to find, and gives what CUDA gives.

mod faults;
mod results;
#[cfg(sanitized_kernels)]
mod sanitized;

use bytemuck::{Pod, Zeroable};

use crate::test_support::Device;
use crate::{Launch, Params};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct CheckParams {
    input: u64,
    output: u64,
    count: u32,
    reserved: u32,
}

struct Check {
    device: Device,
    input: u64,
    output: u64,
}

impl Check {
    /// A check whose output has room for `outputs` words.
    fn new<T: Pod>(input: &[T], outputs: usize) -> Self {
        let mut device = Device::new(0, 0, 0, 0);
        let (input, output) = (device.upload(input), device.allocate(4 * outputs));
        Self { device, input, output }
    }

    fn launch(&self, kernel: &'static str, grid: [u32; 3], threads: u32, count: u32) -> Launch {
        let params = CheckParams { input: self.input, output: self.output, count, reserved: 0 };
        Launch { kernel, grid, block: [threads, 1, 1], shared_bytes: 0, params: Params::new(&params) }
    }

    fn fault(&mut self, kernel: &'static str, threads: u32, count: u32) -> String {
        let launch = self.launch(kernel, [2, 1, 1], threads, count);
        self.device.try_run(&launch).unwrap_err().0
    }
}
