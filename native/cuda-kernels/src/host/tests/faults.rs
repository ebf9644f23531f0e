use super::Check;
use crate::test_support::random;
use crate::{Launch, Params};

#[track_caller]
fn assert_names(message: &str, parts: &[&str]) {
    assert!(parts.iter().all(|part| message.contains(part)), "{message}");
}

#[test]
fn a_barrier_that_threads_miss_is_a_fault_that_names_them() {
    let mut check = Check::new(&[0u32], 1);
    let message = check.fault("check_barrier_of_some", 64, 64);
    assert_names(&message, &["kernel check_barrier_of_some, block (", "thread (0, 0, 0) waits without end"]);
    assert_names(&message, &["__syncthreads (checks.cpp:", "thread (5, 0, 0) has come to its end"]);
    let message = check.fault("check_barriers_apart", 64, 0);
    assert_names(&message, &["other threads of the block are at __syncthreads (checks.cpp:"]);
    // The machine is as good as new afterwards.
    let launch = check.launch("check_barrier_of_some", [3, 1, 1], 1024, 0);
    check.device.run(&launch);
}

#[test]
fn a_collective_that_lanes_miss_is_a_fault_that_names_them() {
    let mut check = Check::new(&[0u32], 64);
    let message = check.fault("check_missing_lane", 64, 0);
    assert_names(&message, &["__shfl_xor_sync (reduce.cuh:", "thread (3, 0, 0) has come to its end"]);
    let message = check.fault("check_mixed_collectives", 32, 0);
    assert_names(&message, &["__syncwarp", "__ballot_sync"]);
    let message = check.fault("check_foreign_mask", 32, 0);
    assert_names(&message, &["__syncwarp", "leaves the thread itself out"]);
    let message = check.fault("check_missing_lane", 40, 0);
    assert_names(&message, &["check_missing_lane"]);
}

#[test]
fn an_unaligned_vector_load_is_a_fault() {
    let mut check = Check::new(&random(1, 64), 64);
    let message = check.fault("check_unaligned_load", 32, 0);
    assert_names(&message, &["vector load of 16 bytes", "bytes past a multiple of it"]);
}

#[test]
fn a_launch_that_does_not_fit_its_kernel_is_refused() {
    let mut check = Check::new(&[0u32], 1);
    assert_names(&check.fault("check_nothing", 32, 0), &["there is no kernel check_nothing"]);
    assert_names(&check.fault("check_race", 65, 0), &["blocks of 1 to 64 threads, not 65"]);
    assert_names(&check.fault("check_race", 0, 0), &["blocks of 1 to 64 threads, not 0"]);
    let launch = Launch { shared_bytes: 1 << 20, ..check.launch("check_race", [1; 3], 32, 0) };
    assert_names(&check.device.try_run(&launch).unwrap_err().0, &["1048576 bytes of shared memory"]);
    let launch = Launch { params: Params::new(&0u64), ..launch };
    assert_names(&check.device.try_run(&launch).unwrap_err().0, &["24 bytes of parameters, not 8"]);
    let launch = check.launch("check_race", [0, 1, 1], 64, 0);
    check.device.run(&launch);
}
