use std::sync::Arc;

use conduit_backend_cpu::{CpuBackend, CpuOptions};
use conduit_backend_cuda::nvidia::{NvidiaDriver, OpenError, devices};
use conduit_backend_cuda::{CudaBackend, CudaOptions};

use super::Device;
use super::device::EngineDevice;
use crate::config::default_memory_limit;
use crate::error::GpuError;
use crate::{DeviceChoice, ServeError, ServeOptions};

/// Opens the device that the options ask for, with its memory.
pub(crate) fn open_device(options: &ServeOptions) -> Result<Arc<dyn Device>, ServeError> {
    let gpu = |index| open_gpu(index, options);
    match options.device {
        DeviceChoice::Cpu => open_cpu(options),
        DeviceChoice::Cuda(index) => gpu(index).map_err(|source| ServeError::Gpu { index, source }),
        DeviceChoice::Auto => first_gpu(devices().map(|found| found.len()), gpu).or_else(|reason| {
            if options.require_gpu {
                return Err(ServeError::NoGpu(reason));
            }
            if reason.is_absence() {
                tracing::info!("uses the CPU: {reason}");
            } else {
                tracing::warn!("uses the CPU: {reason}");
            }
            open_cpu(options)
        }),
    }
}

/// The first GPU that can be used, or why the first one cannot.
fn first_gpu<D>(
    count: Result<usize, OpenError>,
    open: impl Fn(usize) -> Result<D, GpuError>,
) -> Result<D, GpuError> {
    let mut reason = None;
    for index in 0..count? {
        match open(index) {
            Ok(device) => return Ok(device),
            Err(error) => {
                reason.get_or_insert(error);
            }
        }
    }
    Err(reason.unwrap_or(GpuError::Open(OpenError::NoGpu)))
}

fn open_cpu(options: &ServeOptions) -> Result<Arc<dyn Device>, ServeError> {
    let cpu = CpuBackend::new(CpuOptions { threads: options.threads, isa: options.cpu_isa })?;
    EngineDevice::open(cpu, options.memory_limit_bytes.unwrap_or_else(default_memory_limit))
}

fn open_gpu(index: usize, options: &ServeOptions) -> Result<Arc<dyn Device>, GpuError> {
    let driver = NvidiaDriver::open(index)?;
    let gpu = CudaBackend::new(driver, CudaOptions { deterministic: options.deterministic })?;
    let limit = match options.memory_limit_bytes {
        Some(limit) => limit,
        // The rest is for what steps need beside weights and caches, whatever the model.
        None => gpu.memory_info()?.free_bytes / 10 * 9,
    };
    EngineDevice::open(gpu, limit)
}

#[cfg(test)]
mod tests {
    use conduit_backend::BackendError;

    use super::*;

    fn lost() -> GpuError {
        BackendError::Device("CUDA_ERROR_DEVICE_UNAVAILABLE".to_owned()).into()
    }

    #[test]
    fn a_gpu_that_opens_and_fails_when_it_is_set_up_is_passed_over() {
        let second_works = |index| if index == 1 { Ok("cuda:1") } else { Err(lost()) };
        assert_eq!(first_gpu(Ok(3), second_works).ok(), Some("cuda:1"));
    }

    #[test]
    fn where_no_gpu_works_the_reason_is_the_first_ones() {
        let reason = |count, open: fn(usize) -> Result<(), GpuError>| first_gpu(count, open).unwrap_err();
        let all_fail = |index| if index == 0 { Err(lost()) } else { Err(OpenError::NoGpu.into()) };
        let first = reason(Ok(2), all_fail);
        assert!(
            first.to_string().contains("CUDA_ERROR_DEVICE_UNAVAILABLE") && !first.is_absence(),
            "{first}"
        );
        assert!(reason(Ok(0), all_fail).is_absence());
        assert!(reason(Err(OpenError::NoDriver), all_fail).is_absence());
    }

    #[test]
    fn a_gpu_that_was_asked_for_and_fails_has_an_exit_code_of_its_own() {
        assert_eq!(ServeError::Gpu { index: 0, source: lost() }.exit_code(), 3);
    }
}
