use conduit_testkit::llama_cpp::LlamaFormat;

use super::*;
use crate::kernels::test_support::{all_kernels, random};

const FORMATS: [Quantization; 2] = Quantization::ALL;

/// Numbers that are nearly normal, as weights are.
fn tile(seed: u64) -> Tile {
    let mut tile = [[0.0; STRIP]; GROUP];
    let numbers = random(seed, 6 * GROUP * STRIP);
    for (index, sixth) in numbers.chunks_exact(6).enumerate() {
        tile[index / STRIP][index % STRIP] = 0.02 * sixth.iter().sum::<f32>();
    }
    tile
}

fn quantize(format: Quantization, tile: &Tile) -> (Vec<u8>, [bf16; STRIP]) {
    let mut results = Vec::new();
    for (name, kernels) in all_kernels() {
        let mut block = vec![0xAA; block_bytes(format)];
        let mut scales = [bf16::INFINITY; STRIP];
        // SAFETY: the CPU has the instruction set of each of `all_kernels`.
        unsafe { (kernels.grouped.of(format).quantize)(tile, &mut block, &mut scales) };
        results.push((name, block, scales.map(bf16::to_bits)));
    }
    let (_, block, scales) = results[0].clone();
    for (name, other, other_scales) in &results {
        assert!(*other == block && *other_scales == scales, "{format} on {name}");
    }
    (block, scales.map(bf16::from_bits))
}

fn restore(format: Quantization, block: &[u8], scales: &[bf16; STRIP]) -> Tile {
    let mut tile = [[0.0; STRIP]; GROUP];
    for row in 0..STRIP {
        for (feature, number) in read_block(format, block, row).into_iter().enumerate() {
            tile[feature][row] = f32::from(number) * scales[row].to_f32();
        }
    }
    tile
}

fn square_error(a: &Tile, b: &Tile) -> f64 {
    let differences = a.iter().flatten().zip(b.iter().flatten()).map(|(a, b)| f64::from(a - b).powi(2));
    differences.sum()
}

fn theirs_of(format: Quantization) -> LlamaFormat {
    match format {
        Quantization::Int8 => LlamaFormat::Q8_0,
        Quantization::Int4 => LlamaFormat::Q4_0,
    }
}

#[test]
fn the_error_is_less_than_llama_cpps() {
    for format in FORMATS {
        let (mut ours, mut theirs) = (0.0, 0.0);
        for seed in 0..200 {
            let tile = tile(seed);
            let (block, scales) = quantize(format, &tile);
            ours += square_error(&tile, &restore(format, &block, &scales));
            let mut restored = tile;
            for row in 0..STRIP {
                let mut of_row: [f32; GROUP] = std::array::from_fn(|feature| tile[feature][row]);
                theirs_of(format).round(&mut of_row);
                for (feature, number) in of_row.into_iter().enumerate() {
                    restored[feature][row] = number;
                }
            }
            theirs += square_error(&tile, &restored);
        }
        println!("{format}: {:.3} of llama.cpp's square error", ours / theirs);
        assert!(ours < 0.9 * theirs, "{format}: {:.3}", ours / theirs);
    }
}

#[test]
fn numbers_stay_within_their_format() {
    for format in FORMATS {
        let least = if format == Quantization::Int8 { -127 } else { -128 };
        for seed in 0..50 {
            let (block, _) = quantize(format, &tile(seed));
            for row in 0..STRIP {
                let numbers = read_block(format, &block, row);
                assert!(numbers.iter().all(|number| *number >= least), "{numbers:?}");
                assert!(numbers.iter().any(|number| number.unsigned_abs() > 64), "{numbers:?}");
            }
        }
    }
}

#[test]
fn numbers_that_have_no_scale_stay_what_they_are() {
    for format in FORMATS {
        let mut odd = tile(1);
        for (feature, numbers) in odd.iter_mut().enumerate() {
            numbers[1] = 0.0;
            numbers[2] = if feature == 31 { f32::NAN } else { numbers[2] };
            numbers[3] = if feature == 0 { f32::NEG_INFINITY } else { numbers[3] };
            numbers[4] = if feature == 20 { 1e-38 } else { 0.0 };
            numbers[5] *= 1e-30;
        }
        let (block, scales) = quantize(format, &odd);
        let restored = restore(format, &block, &scales);
        for feature in 0..GROUP {
            assert_eq!(restored[feature][1], 0.0);
            assert!(restored[feature][2].is_nan() && restored[feature][3].is_nan());
            assert!(restored[feature][4].is_finite() && restored[feature][4].abs() < 1e-37);
            assert!((restored[feature][5] - odd[feature][5]).abs() < 2e-32);
        }
        assert!(scales[0].is_finite());
    }
}
