use bytemuck::Pod;
use conduit_backend::{AttentionSpec, BLOCK_TOKENS, DType, KV_ADDRESS_UNIT, KvLayout, RotaryStyle};
use half::{bf16, f16};

use super::*;
use crate::test_support::{Device, assert_close, random, tolerance};
use crate::{MAX_KV_GROUPS, SequenceEntry, Tensor};

/// One step over two sequences, whose layer is the second of the second group.
struct Case {
    heads: usize,
    kv_heads: usize,
    head_dim: usize,
    rotary_dim: usize,
    style: RotaryStyle,
    has_norm: bool,
    dtype: DType,
    factor: f32,
}

const QWEN: Case = Case {
    heads: 16,
    kv_heads: 8,
    head_dim: 128,
    rotary_dim: 128,
    style: RotaryStyle::RotateHalf,
    has_norm: true,
    dtype: DType::BF16,
    factor: 1.0,
};

/// First token, number of tokens, context, first block in the table of the layer's group.
const SEQUENCES: [[u32; 4]; 2] = [[0, 3, 17, 5], [3, 1, 33, 2]];
const BLOCKS: u32 = 8;

impl Case {
    fn layout(&self) -> KvLayout {
        let Self { kv_heads, head_dim, dtype, .. } = *self;
        KvLayout { layers: 2, kv_heads, head_dim, dtype: dtype.into(), window: None }
    }

    fn attention(&self) -> AttentionSpec {
        let Self { heads, kv_heads, head_dim, .. } = *self;
        AttentionSpec {
            group: 1,
            layer: 1,
            heads,
            kv_heads,
            head_dim,
            scale: 1.0,
            window: None,
            soft_cap: None,
        }
    }

    /// Sequence and position of each token.
    fn positions() -> Vec<(usize, u32)> {
        let of = |(index, [_, count, context, _]): (usize, &[u32; 4])| {
            (context - count..*context).map(move |position| (index, position)).collect::<Vec<_>>()
        };
        SEQUENCES.iter().enumerate().flat_map(of).collect()
    }

    fn device(&self) -> Device {
        let positions = Self::positions();
        let mut device = Device::new(positions.len() as u32, 6, 0, 0);
        device.set_step(|step, device| {
            let entry = |[first_token, token_count, context_len, first_block]: [u32; 4]| SequenceEntry {
                first_token,
                token_count,
                context_len,
                reserved: 0,
                first_block: [u32::MAX, first_block, u32::MAX, u32::MAX],
            };
            const { assert!(MAX_KV_GROUPS == 4) };
            step.sequences = device.upload(&SEQUENCES.map(entry));
            step.token_sequences =
                device.upload(&positions.iter().map(|(index, _)| *index as u32).collect::<Vec<_>>());
            step.positions =
                device.upload(&positions.iter().map(|(_, position)| *position).collect::<Vec<_>>());
            let units = (self.layout().block_bytes() / KV_ADDRESS_UNIT) as u32;
            // The tables list the blocks backwards.
            let table: Vec<u32> = (0..BLOCKS).rev().map(|block| block * units).collect();
            step.block_tables = device.upload(&table);
        });
        device
    }

    fn frequencies(&self) -> Vec<f32> {
        (0..self.rotary_dim / 2)
            .map(|index| 10_000f32.powf(-(2.0 * index as f32) / self.rotary_dim as f32))
            .collect()
    }

    fn expected_head(&self, head: &[f32], norm: Option<&[f32]>, position: u32) -> Vec<f64> {
        let mut values: Vec<f64> = head.iter().map(|value| f64::from(*value)).collect();
        if let Some(weight) = norm {
            let mean = values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64;
            let inverse = 1.0 / (mean + 1e-6).sqrt();
            values.iter_mut().zip(weight).for_each(|(value, weight)| *value *= inverse * f64::from(*weight));
        }
        let normed = values.clone();
        let half = self.rotary_dim / 2;
        for (index, frequency) in self.frequencies().iter().enumerate() {
            let (first, second) = match self.style {
                RotaryStyle::RotateHalf => (index, index + half),
                RotaryStyle::Interleaved => (2 * index, 2 * index + 1),
            };
            let angle = f64::from(position as f32 * frequency);
            let (sine, cosine) = (angle.sin() * f64::from(self.factor), angle.cos() * f64::from(self.factor));
            values[first] = normed[first] * cosine - normed[second] * sine;
            values[second] = normed[second] * cosine + normed[first] * sine;
        }
        values
    }

    /// What the cache holds for a token's head of keys (side 0) or values (side 1).
    fn cached(&self, cache: &[u8], token: usize, head: usize, side: usize) -> Vec<f32> {
        let (sequence, position) = Self::positions()[token];
        let table_index = SEQUENCES[sequence][3] + position / BLOCK_TOKENS as u32;
        let block = (BLOCKS - 1 - table_index) as usize * self.layout().block_bytes();
        let start = block + self.layout().layer_bytes() + side * self.layout().side_bytes();
        let row = head * BLOCK_TOKENS + position as usize % BLOCK_TOKENS;
        let bytes = self.head_dim * self.dtype.bytes();
        let stored = &cache[start + row * bytes..][..bytes];
        match self.dtype {
            DType::F32 => elements::<f32>(stored),
            DType::F16 => elements::<f16>(stored).iter().map(|value| value.to_f32()).collect(),
            DType::BF16 => elements::<bf16>(stored).iter().map(|value| value.to_f32()).collect(),
        }
    }

    fn check(&self) {
        let Self { heads, kv_heads, head_dim, .. } = *self;
        let what = format!(
            "{heads}/{kv_heads} heads of {head_dim}, {} rotated, {:?}, {:?}",
            self.rotary_dim, self.style, self.dtype
        );
        let mut device = self.device();
        let features = (heads + 2 * kv_heads) * head_dim;
        let tokens = Self::positions().len();
        let values = random(9, tokens * features);
        let qkv = device.tensor(&values, features as u32, DType::F32);
        let frequencies = device.vector(&self.frequencies());
        let weights = [random(4, head_dim), random(5, head_dim)];
        let norm =
            HeadNorm { query: device.vector(&weights[0]), key: device.vector(&weights[1]), epsilon: 1e-6 };
        let table_output = device.output(self.rotary_dim as u32, DType::F32);
        let queries = device.output((heads * head_dim) as u32, DType::F32);
        let cache = device.allocate(BLOCKS as usize * self.layout().block_bytes());
        device.run(&table(&device.geometry(), &device.step(), frequencies, self.factor, table_output));
        let operation = RotateAndCache {
            qkv,
            table: table_output,
            queries,
            norm: self.has_norm.then_some(norm),
            style: self.style,
            attention: self.attention(),
            layout: self.layout(),
            cache,
        };
        device.run(&rotate_and_cache(&device.geometry(), &device.step(), &operation));

        let cached = device.read::<u8>(cache);
        for (token, (_, position)) in Self::positions().into_iter().enumerate() {
            let head = |index: usize| &values[token * features + index * head_dim..][..head_dim];
            let expected = |index: usize, weight: &[f32]| {
                self.expected_head(head(index), self.has_norm.then_some(weight), position)
            };
            let row = device.row(queries, token);
            for index in 0..heads {
                let actual = &row[index * head_dim..][..head_dim];
                assert_close(actual, &expected(index, &weights[0]), 4e-6, &format!("{what}: query"));
            }
            for index in 0..kv_heads {
                let key = self.cached(cached, token, index, 0);
                let expected = expected(heads + index, &weights[1]);
                assert_close(&key, &expected, tolerance(self.dtype) * 2.0, &format!("{what}: key"));
                let value = self.cached(cached, token, index, 1);
                let expected: Vec<f64> =
                    head(heads + kv_heads + index).iter().map(|value| f64::from(*value)).collect();
                assert_close(&value, &expected, tolerance(self.dtype), &format!("{what}: value"));
            }
        }
        let written = tokens * 2 * kv_heads * head_dim * self.dtype.bytes();
        // Some of what was written may have the poison's bytes.
        let changed = cached.iter().filter(|byte| **byte != 0xFF).count();
        assert!(changed <= written && changed * 10 > written * 9, "{what}: {changed} of {written} bytes");
        device.assert_untouched_from(queries, tokens, &what);
    }
}

fn elements<T: Pod>(bytes: &[u8]) -> Vec<T> {
    bytemuck::pod_collect_to_vec(bytes)
}

#[test]
fn rotates_the_heads_of_real_models_in_every_type_of_cache() {
    for dtype in [DType::F32, DType::F16, DType::BF16] {
        Case { dtype, ..QWEN }.check();
        Case { heads: 32, kv_heads: 8, head_dim: 64, rotary_dim: 64, has_norm: false, dtype, ..QWEN }.check();
    }
    Case { heads: 9, kv_heads: 3, head_dim: 64, rotary_dim: 64, has_norm: false, ..QWEN }.check();
    Case { heads: 8, kv_heads: 4, head_dim: 256, rotary_dim: 256, ..QWEN }.check();
}

#[test]
fn rotates_parts_of_heads_in_both_styles() {
    for style in [RotaryStyle::RotateHalf, RotaryStyle::Interleaved] {
        for (head_dim, rotary_dim) in [(128, 32), (96, 96), (80, 20), (10, 6), (2, 2), (64, 0)] {
            for has_norm in [false, true] {
                Case { heads: 3, kv_heads: 1, head_dim, rotary_dim, style, has_norm, factor: 1.25, ..QWEN }
                    .check();
            }
        }
    }
}

#[test]
fn the_table_is_exact_far_out() {
    let positions = [0u32, 1, 4095, 131_071, 1_048_575];
    let mut device = Device::new(5, 5, 0, 0);
    device.set_step(|step, device| step.positions = device.upload(&positions));
    for half in [1usize, 31, 32, 33, 64, 128] {
        let frequencies: Vec<f32> =
            (0..half).map(|index| 500_000f32.powf(-(index as f32) / half as f32)).collect();
        let address = device.vector(&frequencies);
        let output: Tensor = device.output(2 * half as u32, DType::F32);
        device.run(&table(&device.geometry(), &device.step(), address, 1.0, output));
        for (row, position) in positions.iter().enumerate() {
            let angles = frequencies.iter().map(|frequency| f64::from(*position as f32 * frequency));
            let expected: Vec<f64> = angles.clone().map(f64::cos).chain(angles.map(f64::sin)).collect();
            assert_close(&device.row(output, row), &expected, 2e-7, &format!("{position} at {half}"));
        }
    }
}
