use bytemuck::{Pod, Zeroable};
use conduit_backend::DType;

use crate::test_support::{Device, assert_close, random, rounded};
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

#[test]
fn shared_memory_and_pending_copies_are_nan() {
    let input = random(2, 128);
    let mut check = Check::new(&input, 128);
    for _ in 0..2 {
        let launch = Launch { shared_bytes: 512, ..check.launch("check_poison", [1; 3], 32, 0) };
        check.device.run(&launch);
        for (thread, found) in check.device.read::<f32>(check.output).chunks_exact(4).enumerate() {
            assert!(found[..3].iter().all(|value| value.is_nan()), "thread {thread}: {found:?}");
            assert_eq!(found[3], input[4 * thread]);
        }
    }
}

#[test]
fn warps_that_do_not_wait_for_each_other_are_found_out() {
    let mut check = Check::new(&[0u32], 64);
    let launch = check.launch("check_race", [64, 1, 1], 64, 0);
    check.device.run(&launch);
    let found = check.device.read::<u32>(check.output);
    let written = found.iter().filter(|value| **value == 1).count();
    assert!((8..=56).contains(&written), "{written} of 64 blocks");
    assert!(found.iter().all(|value| *value == 1 || *value == u32::MAX));
}

#[test]
fn collectives_give_what_cuda_gives() {
    let mut check = Check::new(&[0u32], 24 * 128 * 12);
    let launch = check.launch("check_collectives", [2, 3, 4], 128, 0);
    check.device.run(&launch);
    for (index, found) in check.device.read::<u32>(check.output).chunks_exact(12).take(256).enumerate() {
        let thread = index as u32 % 128;
        let lane = thread % 32;
        let low = lane < 16;
        let up = if lane % 16 >= 3 { thread - 3 } else { thread };
        let down = if lane % 16 + 3 < 16 { thread + 3 } else { thread };
        let thirds = (0..32).filter(|lane| lane % 3 == 0).map(|lane| 1u32 << lane).sum::<u32>();
        let ballot = thirds & if low { 0xFFFF } else { 0xFFFF_0000 };
        let expected =
            [thread / 8 * 8 + 7, thread ^ 5, up, down, ballot, (!low).into(), low.into(), 26, 1, 0, 8128];
        assert_eq!(found[..11], expected, "thread {thread}");
    }
    assert_eq!(check.device.read::<u32>(check.input), [24 * 8128]);
    let mut blocks: Vec<u32> =
        check.device.read::<u32>(check.output).chunks_exact(12).map(|found| found[11]).collect();
    blocks.sort_unstable();
    blocks.dedup();
    // Those that share `blockIdx.x` write to the same place; both places were written by one of the 12.
    assert!(
        blocks
            .iter()
            .all(|block| block % 10 < 2 && block / 10 % 10 < 3 && block / 100 < 4 || *block == u32::MAX)
    );
}

#[test]
fn matrices_are_multiplied_as_tensor_cores_do() {
    for (dtype, kernels) in [
        (DType::BF16, ["check_multiply_bf16", "check_multiply_transposed_bf16"]),
        (DType::F16, ["check_multiply_f16", "check_multiply_transposed_f16"]),
    ] {
        let values: Vec<f32> = random(11, 384).iter().map(|value| rounded(*value, dtype)).collect();
        let bits: Vec<u16> = values
            .iter()
            .map(|value| match dtype {
                DType::BF16 => half::bf16::from_f32(*value).to_bits(),
                _ => half::f16::from_f32(*value).to_bits(),
            })
            .collect();
        for (kernel, is_transposed) in kernels.into_iter().zip([false, true]) {
            let mut check = Check::new(&bits, 128);
            let launch = check.launch(kernel, [1; 3], 32, 1);
            check.device.run(&launch);
            let expected: Vec<f64> = (0..128)
                .map(|index| {
                    let (row, column) = (index / 8, index % 8);
                    let product = |k: usize| {
                        let right = if is_transposed { k * 8 + column } else { column * 16 + k };
                        f64::from(values[row * 16 + k]) * f64::from(values[256 + right])
                    };
                    1.0 + (0..16).map(product).sum::<f64>()
                })
                .collect();
            assert_close(check.device.read(check.output), &expected, 2e-6, kernel);
        }
    }
}

/// Not a bar, but what the other tests build on: it takes about 20 ms of one core.
#[test]
fn a_matrix_of_4096_by_4096_is_read_in_no_time() {
    let weights = vec![half::bf16::from_f32(0.5).to_bits(); 4096 * 4096];
    let mut check = Check::new(&weights, 4096);
    let launch = check.launch("check_gemv", [512, 1, 1], 256, 4096);
    let start = std::time::Instant::now();
    check.device.run(&launch);
    println!("{:?}", start.elapsed());
    assert!(check.device.read::<f32>(check.output).iter().all(|sum| *sum == 2048.0));
}

#[cfg(sanitized_kernels)]
mod sanitized {
    use super::*;

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
}
