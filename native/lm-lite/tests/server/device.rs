//! Devices that cannot be used.

use crate::common;

use common::Start;

#[test]
fn a_gpu_that_is_not_there_has_an_exit_code_of_its_own() {
    // Also where there are some.
    let (status, log) = Start::new().tiny().args(&["--device", "cuda:99"]).fails();
    assert_eq!(status.code(), Some(3), "{log}");
    assert!(log.contains("cuda:99 cannot be used: ") && log.contains("--device cpu"), "{log}");
}

#[test]
fn a_device_that_does_not_exist_is_wrong_usage() {
    let (status, log) = Start::new().tiny().args(&["--device", "tpu"]).fails();
    assert_eq!(status.code(), Some(2), "{log}");
    assert!(log.contains("expected auto, cpu or cuda:N"), "{log}");
}
