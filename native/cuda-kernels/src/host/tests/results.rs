use conduit_backend::DType;

use super::Check;
use crate::Launch;
use crate::test_support::{assert_close, random, rounded};

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
    check.device.try_run(&launch).unwrap();
    let found = check.device.read::<u32>(check.output);
    let written = found.iter().filter(|value| **value == 1).count();
    assert!((8..=56).contains(&written), "{written} of 64 blocks");
    assert!(found.iter().all(|value| *value == 1 || *value == u32::MAX));
}

#[test]
fn collectives_give_what_cuda_gives() {
    let mut check = Check::new(&[0u32], 24 * 128 * 12);
    let launch = check.launch("check_collectives", [2, 3, 4], 128, 0);
    check.device.try_run(&launch).unwrap();
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
