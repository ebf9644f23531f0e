use conduit_backend::{BLOCK_TOKENS, KV_ADDRESS_UNIT, KvAddress, KvDType, KvLayout};
use half::{bf16, f16};

use super::AttentionTile;
use crate::kernels::Kernels;
use crate::kernels::test_support::{all_kernels, assert_close, random};
use crate::simd::{CacheElement, F8};

/// Keys or values of all positions.
struct Side<E> {
    numbers: Vec<E>,
    /// One for each position; 1 where the type has none.
    scales: Vec<bf16>,
}

impl<E: CacheElement> Side<E> {
    fn new(seed: u64, context: usize, head_dim: usize) -> Self {
        let mut numbers = vec![E::zeroed(); context * head_dim];
        let mut scales = vec![bf16::ONE; context];
        let values = random(seed, context * head_dim);
        let heads = values.chunks_exact(head_dim).enumerate();
        for (((position, head), kept), scale) in
            heads.zip(numbers.chunks_exact_mut(head_dim)).zip(&mut scales)
        {
            // Scales that differ from one position to the next, so that one too many or of another position shows.
            let size = 1.0 + 0.5 * (position as f32).sin();
            let head: Vec<f32> = head.iter().map(|value| value * size).collect();
            E::keep(&head, kept, E::LARGEST.is_some().then_some(scale));
        }
        Self { numbers, scales }
    }

    /// A position's numbers times its scale.
    fn head(&self, position: usize, head_dim: usize) -> impl Iterator<Item = f32> {
        let scale = self.scales[position].to_f32();
        self.numbers[position * head_dim..][..head_dim].iter().map(move |number| number.to_f32() * scale)
    }
}

/// One sequence with a single key head, in a cache whose blocks lie in an order of their own.
struct Case<E> {
    head_dim: usize,
    heads: usize,
    context: usize,
    window: Option<usize>,
    soft_cap: Option<f32>,
    queries: Vec<f32>,
    keys: Side<E>,
    values: Side<E>,
}

impl<E: CacheElement> Case<E> {
    fn new(head_dim: usize, heads: usize, context: usize, window: Option<usize>) -> Self {
        Self {
            head_dim,
            heads,
            context,
            window,
            soft_cap: None,
            // Large enough to make attention sharp.
            queries: random(1, context * heads * head_dim).iter().map(|query| query * 4.0).collect(),
            keys: Side::new(2, context, head_dim),
            values: Side::new(3, context, head_dim),
        }
    }

    fn scale(&self) -> f32 {
        (self.head_dim as f32).powf(-0.5)
    }

    /// Output of all heads at the last `tokens` positions: softmax of the scores, in f64.
    fn reference(&self, tokens: usize) -> Vec<f32> {
        let rows = (self.context - tokens) * self.heads..self.context * self.heads;
        rows.flat_map(|row| self.reference_row(row / self.heads, row)).collect()
    }

    fn reference_row(&self, position: usize, row: usize) -> Vec<f32> {
        let query = &self.queries[row * self.head_dim..][..self.head_dim];
        let first = self.window.map_or(0, |window| (position + 1).saturating_sub(window));
        let score = |at: usize| {
            let key = self.keys.head(at, self.head_dim);
            let products = query.iter().zip(key).map(|(q, k)| f64::from(*q) * f64::from(k));
            let score = products.sum::<f64>() * f64::from(self.scale());
            self.soft_cap.map_or(score, |cap| f64::from(cap) * (score / f64::from(cap)).tanh())
        };
        let weights: Vec<f64> = (first..=position).map(|at| score(at).exp()).collect();
        let total: f64 = weights.iter().sum();
        let feature = |feature: usize| {
            let values =
                (first..=position).map(|at| self.values.head(at, self.head_dim).nth(feature).unwrap());
            let mixed: f64 = values.zip(&weights).map(|(value, weight)| f64::from(value) * weight).sum();
            (mixed / total) as f32
        };
        (0..self.head_dim).map(feature).collect()
    }

    /// The cache with blocks in reverse order, and NaN wherever there is no token: in types without NaN in the scales.
    fn cache(&self, dtype: KvDType) -> (Vec<u64>, Vec<KvAddress>, usize) {
        let head_dim = self.head_dim;
        let layout = KvLayout { layers: 1, kv_heads: 1, head_dim, dtype, window: None };
        let blocks = self.context.div_ceil(BLOCK_TOKENS);
        let mut cache = vec![u64::MAX; blocks * layout.block_bytes() / 8];
        let address =
            |block: usize| KvAddress(((blocks - 1 - block) * layout.block_bytes() / KV_ADDRESS_UNIT) as u32);
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut cache);
        for position in 0..self.context {
            let (block, index) = (address(position / BLOCK_TOKENS), position % BLOCK_TOKENS);
            for (number, side) in [&self.keys, &self.values].into_iter().enumerate() {
                let start = block.byte_offset() + number * layout.side_bytes();
                let numbers = bytemuck::cast_slice(&side.numbers[position * head_dim..][..head_dim]);
                let place = start + index * head_dim * dtype.bytes();
                bytes[place..place + numbers.len()].copy_from_slice(numbers);
                if E::LARGEST.is_some() {
                    let place = start + BLOCK_TOKENS * head_dim + 2 * index;
                    bytes[place..place + 2].copy_from_slice(&side.scales[position].to_le_bytes());
                }
            }
        }
        (cache, (0..blocks).map(address).collect(), layout.side_bytes())
    }

    /// Output of all heads at the last `tokens` positions, `at_once` tokens in a tile.
    fn run(&self, kernels: &Kernels, dtype: KvDType, tokens: usize, at_once: usize) -> Vec<f32> {
        let (cache, blocks, values) = self.cache(dtype);
        let stride = self.heads * self.head_dim;
        let mut output = vec![f32::NAN; tokens * stride];
        for (index, output) in output.chunks_mut(at_once * stride).enumerate() {
            let first_position = self.context - tokens + index * at_once;
            let tile = AttentionTile {
                queries: self.queries[first_position * stride..].as_ptr(),
                output: output.as_mut_ptr(),
                stride,
                tokens: output.len() / stride,
                first_position,
                heads: self.heads,
                head_dim: self.head_dim,
                scale: self.scale(),
                window: self.window,
                soft_cap: self.soft_cap,
                blocks: &blocks,
                cache: cache.as_ptr().cast(),
                keys: 0,
                values,
            };
            // SAFETY: the buffers have the shapes that the tile says; the table is one of `all_kernels`.
            unsafe { kernels.attention.of(dtype)(&tile) };
        }
        output
    }
}

fn check<E: CacheElement>(dtype: KvDType) {
    for (name, kernels) in all_kernels() {
        for head_dim in [6, 16, 64, 80, 96, 128] {
            for context in [1, 15, 16, 17, 255, 256, 257] {
                for window in [None, Some(1), Some(16), Some(24), Some(255), Some(4096)] {
                    let case = Case::<E>::new(head_dim, 3, context, window);
                    let what =
                        format!("{name} {dtype:?} head {head_dim} context {context} window {window:?}");
                    let tokens = context.min(20);
                    let output = case.run(kernels, dtype, tokens, tokens);
                    assert_close(&output, &case.reference(tokens), 2e-6, &what);
                    for at_once in [1, 7] {
                        let other = case.run(kernels, dtype, tokens, at_once);
                        assert!(other == output, "{what}: other bits with {at_once} tokens at once");
                    }
                }
            }
        }
    }
}

#[test]
fn an_f32_cache_agrees_with_the_reference_however_tokens_are_cut() {
    check::<f32>(KvDType::F32);
}

#[test]
fn an_f16_cache_agrees_with_the_reference_however_tokens_are_cut() {
    check::<f16>(KvDType::F16);
}

#[test]
fn a_bf16_cache_agrees_with_the_reference_however_tokens_are_cut() {
    check::<bf16>(KvDType::BF16);
}

#[test]
fn an_fp8_cache_agrees_with_the_reference_however_tokens_are_cut() {
    check::<F8>(KvDType::F8E4M3);
}

#[test]
fn an_int8_cache_agrees_with_the_reference_however_tokens_are_cut() {
    check::<i8>(KvDType::Int8);
}

#[test]
fn what_a_row_does_not_see_has_no_effect_on_it_whatever_it_is() {
    for (name, kernels) in all_kernels() {
        for (heads, head_dim) in [(1, 64), (3, 80)] {
            let mut case = Case::<f32>::new(head_dim, heads, 21, None);
            let expected = case.run(kernels, KvDType::F32, 20, 20);
            case.keys.numbers[20 * head_dim..].fill(f32::NAN);
            case.values.numbers[20 * head_dim..].fill(f32::INFINITY);
            let output = case.run(kernels, KvDType::F32, 20, 20);
            let before = 19 * heads * head_dim;
            assert!(output[..before] == expected[..before], "{name}: {heads} heads of {head_dim}");
            assert!(output[before..].iter().all(|value| !value.is_finite()), "{name}");
        }
    }
}

#[test]
fn a_scale_that_a_row_does_not_see_has_no_effect_on_it_and_one_that_it_sees_has() {
    for (name, kernels) in all_kernels() {
        for (heads, head_dim) in [(1, 64), (3, 80)] {
            let mut case = Case::<i8>::new(head_dim, heads, 21, None);
            let expected = case.run(kernels, KvDType::Int8, 20, 20);
            case.keys.scales[20] = bf16::NAN;
            case.values.scales[20] = bf16::NAN;
            let output = case.run(kernels, KvDType::Int8, 20, 20);
            let before = 19 * heads * head_dim;
            assert!(output[..before] == expected[..before], "{name}: {heads} heads of {head_dim}");
            assert!(output[before..].iter().all(|value| value.is_nan()), "{name}");
        }
    }
}

#[test]
fn without_its_scales_a_cache_of_eight_bits_is_far_from_the_reference() {
    for (name, kernels) in all_kernels() {
        for is_key in [true, false] {
            let mut case = Case::<i8>::new(64, 2, 100, None);
            let expected = case.reference(10);
            let side = if is_key { &mut case.keys } else { &mut case.values };
            // The scales of the neighbours, so that all have a size that is possible.
            side.scales.rotate_left(1);
            let output = case.run(kernels, KvDType::Int8, 10, 10);
            assert!(output.iter().zip(expected).any(|(other, own)| (other - own).abs() > 1e-2), "{name}");
        }
    }
}

#[test]
fn scores_are_capped() {
    for (name, kernels) in all_kernels() {
        let mut case = Case::<f32>::new(64, 2, 100, None);
        case.soft_cap = Some(1.5);
        let output = case.run(kernels, KvDType::F32, 10, 10);
        assert_close(&output, &case.reference(10), 2e-6, name);
        case.soft_cap = None;
        assert!(output.iter().zip(case.reference(10)).any(|(capped, plain)| (capped - plain).abs() > 1e-2));
    }
}

#[test]
fn large_scores_do_not_overflow() {
    for (name, kernels) in all_kernels() {
        let mut case = Case::<f32>::new(64, 1, 40, None);
        case.queries.iter_mut().for_each(|query| *query *= 1e4);
        let output = case.run(kernels, KvDType::F32, 1, 1);
        // Almost all weight is on the highest score: the output is that position's value.
        let position = 39;
        let best = (0..=position).max_by(|a, b| {
            let score = |at: usize| {
                case.queries[position * 64..]
                    .iter()
                    .zip(case.keys.head(at, 64))
                    .map(|(q, k)| q * k)
                    .sum::<f32>()
            };
            score(*a).total_cmp(&score(*b))
        });
        assert_close(&output, &case.values.head(best.unwrap(), 64).collect::<Vec<_>>(), 1e-3, name);
    }
}
