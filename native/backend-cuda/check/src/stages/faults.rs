use anyhow::Result;
use conduit_backend::DType;
use conduit_backend_cuda::driver::{Driver, DriverError, DriverResult, MAP_GRANULARITY_BYTES};
use conduit_cuda_kernels::add::add;
use conduit_cuda_kernels::{RowCount, Tensor};

use super::Context;
use crate::device::{Device, geometry, header_bytes, step_of_counts};
use crate::machine::Machine;
use crate::report::Report;

const FEATURES: u32 = 1024;

/// Memory that there is not, which changes nothing, and then an address that is not mapped, after which the device is lost.
pub fn run<M: Machine>(context: &Context<M>, report: &mut Report) -> Result<()> {
    if !context.machine.is_gpu() {
        report.fact("faults", "are those of a GPU alone");
        return Ok(());
    }
    let device = Device::new(context.machine.driver()?)?;
    let total_bytes = device.driver.memory_info()?.total_bytes.next_multiple_of(MAP_GRANULARITY_BYTES);
    let address = device.driver.reserve(2 * total_bytes)?;
    report.equal(
        "more memory than there is",
        code(&device.driver.map(address, 2 * total_bytes)),
        "OutOfMemory",
    );

    let step = step_of_counts(device.upload(&header_bytes(1))?);
    let mapped = device.upload(&vec![0; FEATURES as usize * 4])?;
    let geometry = geometry(device.driver.facts(), 1);
    let try_add = |delta| {
        let tensor = |address| Tensor::new(address, DType::F32, FEATURES);
        let launch = add(&geometry, &step, tensor(mapped), tensor(delta), RowCount::Tokens);
        // SAFETY: what is mapped stays so; where an address is not, that is what is asked about.
        unsafe { device.launch(&[launch]) }.and_then(|()| device.finish())
    };
    report.equal("a kernel after that", code(&try_add(mapped)), "none");
    // Reserved, and nothing behind it.
    let lost = try_add(address);
    report.equal("an address that is not mapped", code(&lost), "IllegalAddress");
    report.fact("in the driver's words", lost.err().map_or_else(String::new, |error| error.to_string()));
    report.equal("a kernel after that", code(&try_add(mapped)), "IllegalAddress");
    report.equal("asking for memory after that", code(&device.driver.memory_info()), "IllegalAddress");
    Ok(())
}

fn code<T>(result: &DriverResult<T>) -> &'static str {
    match result {
        Ok(_) => "none",
        Err(DriverError::OutOfMemory { .. }) => "OutOfMemory",
        Err(DriverError::IllegalAddress(_)) => "IllegalAddress",
        Err(DriverError::Lost(_)) => "Lost",
        Err(DriverError::Unsupported(_)) => "Unsupported",
        Err(DriverError::Other(_)) => "Other",
    }
}
