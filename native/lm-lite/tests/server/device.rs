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
fn where_a_gpu_is_required_the_cpu_is_not_taken_for_it() {
    // As if there were none.
    let hidden = |value: &str| {
        let start = Start::new().tiny().env("CUDA_VISIBLE_DEVICES", "");
        start.env("CONDUIT_REQUIRE_GPU", value)
    };
    let (status, log) = hidden("1").fails();
    assert_eq!(status.code(), Some(3), "{log}");
    assert!(log.contains("expected a GPU, but none can be used: ") && log.contains("--device cpu"), "{log}");
    // Whoever asks for the CPU by name means it.
    assert_eq!(hidden("1").env("LM_LITE_DEVICE", "cpu").start().health()["ready"], true);
    assert_eq!(hidden("0").start().health()["ready"], true);
}

#[test]
fn a_device_that_does_not_exist_is_wrong_usage() {
    let (status, log) = Start::new().tiny().args(&["--device", "tpu"]).fails();
    assert_eq!(status.code(), Some(2), "{log}");
    assert!(log.contains("expected auto, cpu or cuda:N"), "{log}");
}
