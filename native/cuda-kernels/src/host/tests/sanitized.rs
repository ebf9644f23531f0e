use super::Check;
use crate::test_support::random;

/// Runs a test that is ignored elsewhere in a process of its own, which the sanitizer ends.
#[track_caller]
fn assert_ends_with(test: &str, report: &str) {
    let test = format!("host::tests::sanitized::{test}");
    let program = std::env::current_exe().unwrap();
    let output = std::process::Command::new(program)
        .args(["--exact", &test, "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && errors.contains(report), "{errors}");
}

fn run(kernel: &'static str, count: u32) {
    let mut check = Check::new(&random(1, 32), 128);
    let launch = check.launch(kernel, [1; 3], 32, count);
    check.device.run(&launch);
}

#[test]
fn faults_that_only_a_sanitizer_sees_end_the_process() {
    assert_ends_with("reads_beyond_a_buffer", "heap-buffer-overflow");
    assert_ends_with("reads_beyond_a_shared_array", "use-after-poison");
    assert_ends_with("loads_an_unaligned_vector", "misaligned address");
}

#[test]
fn sound_accesses_pass() {
    run("check_beyond_shared", 0);
}

#[test]
#[ignore = "ends the process"]
fn reads_beyond_a_buffer() {
    run("check_beyond_the_end", 0);
}

#[test]
#[ignore = "ends the process"]
fn reads_beyond_a_shared_array() {
    run("check_beyond_shared", 1);
}

#[test]
#[ignore = "ends the process"]
fn loads_an_unaligned_vector() {
    run("check_unaligned_pointer", 0);
}
