use conduit_backend::{Quantization, RawTensor, Result};
use half::bf16;
use memmap2::MmapMut;

use super::charge::{Account, Charge};
use super::dense::widen;
use super::strips::{STRIPS_AT_ONCE, map, share_out};
use crate::kernels::Kernels;
use crate::quantize::{GROUP, STRIP, Tile, block_bytes, read_block};

/// `[rows, columns]` in a format of [`crate::quantize`]: all blocks, `[strip][group]`, and behind them all scales.
pub(crate) struct Grouped {
    pub format: Quantization,
    pub rows: usize,
    columns: usize,
    memory: MmapMut,
    charge: Charge,
}

impl Grouped {
    /// Quantises a matrix, on so many threads.
    pub fn new(
        tensor: &RawTensor,
        format: Quantization,
        kernels: &Kernels,
        threads: usize,
        account: Account,
    ) -> Result<Self> {
        let (rows, columns) = tensor.matrix_shape()?;
        let blocks = (rows.div_ceil(STRIP)).saturating_mul(columns.div_ceil(GROUP));
        let scale_bytes = blocks.saturating_mul(STRIP * size_of::<bf16>());
        let bytes = blocks.saturating_mul(block_bytes(format)).saturating_add(scale_bytes);
        let what = format!("the {format} weights of {}", tensor.name);
        let charge = account.charge(&what, bytes as u64)?;
        let mut memory = map(&what, bytes)?;
        let (values, scales) = memory.split_at_mut(bytes - scale_bytes);
        let strip = Strip { tensor, format, kernels, rows, columns };
        let groups = columns.div_ceil(GROUP);
        let values = values.chunks_mut(STRIPS_AT_ONCE * groups * block_bytes(format));
        let scales = bytemuck::cast_slice_mut::<u8, bf16>(scales).chunks_mut(STRIPS_AT_ONCE * groups * STRIP);
        let threads = threads.min(rows.div_ceil(STRIP * STRIPS_AT_ONCE));
        share_out(values.zip(scales).enumerate(), threads, |(job, (values, scales))| {
            let values = values.chunks_exact_mut(groups * block_bytes(format));
            for (index, parts) in values.zip(scales.chunks_exact_mut(groups * STRIP)).enumerate() {
                strip.quantize(job * STRIPS_AT_ONCE + index, parts.0, parts.1);
            }
        });
        Ok(Self { format, rows, columns, memory, charge })
    }

    /// Bytes of the memory that it takes.
    pub fn bytes(&self) -> u64 {
        self.charge.bytes
    }

    /// Bytes of the numbers of a row.
    pub fn row_bytes(&self) -> usize {
        self.columns.div_ceil(GROUP) * block_bytes(self.format) / STRIP
    }

    /// The blocks of the strip that begins with this row, and their scales.
    pub fn strip(&self, row: usize) -> (*const u8, *const bf16) {
        let strip = row / STRIP;
        let (blocks, scales) = self.strip_of(strip);
        (blocks.as_ptr(), scales.as_ptr())
    }

    /// Writes one row, as its numbers and scales say, to `output`.
    pub fn read_row(&self, row: usize, output: &mut [f32]) {
        let (blocks, scales) = self.strip_of(row / STRIP);
        let row = row % STRIP;
        let blocks = blocks.chunks_exact(block_bytes(self.format)).zip(scales.chunks_exact(STRIP));
        for (output, (block, scales)) in output[..self.columns].chunks_mut(GROUP).zip(blocks) {
            let scale = scales[row].to_f32();
            for (output, number) in output.iter_mut().zip(read_block(self.format, block, row)) {
                *output = f32::from(number) * scale;
            }
        }
    }

    fn strip_of(&self, strip: usize) -> (&[u8], &[bf16]) {
        let groups = self.columns.div_ceil(GROUP);
        let (strip_bytes, strip_scales) = (groups * block_bytes(self.format), groups * STRIP);
        let (values, scales) = self.memory.split_at(self.rows.div_ceil(STRIP) * strip_bytes);
        let scales: &[bf16] = bytemuck::cast_slice(scales);
        (&values[strip * strip_bytes..][..strip_bytes], &scales[strip * strip_scales..][..strip_scales])
    }
}

/// What quantises one strip after the other.
#[derive(Clone, Copy)]
struct Strip<'a> {
    tensor: &'a RawTensor,
    format: Quantization,
    kernels: &'a Kernels,
    rows: usize,
    columns: usize,
}

impl Strip<'_> {
    /// Rows and features beyond the last are 0.
    fn quantize(self, strip: usize, values: &mut [u8], scales: &mut [bf16]) {
        let quantize = self.kernels.grouped.of(self.format).quantize;
        let element_bytes = self.tensor.dtype.bytes();
        let first = strip * STRIP;
        let (scales, _) = scales.as_chunks_mut::<STRIP>();
        let blocks = values.chunks_exact_mut(block_bytes(self.format)).zip(scales);
        for (group, (block, scales)) in blocks.enumerate() {
            let mut tile: Tile = [[0.0; STRIP]; GROUP];
            let start = group * GROUP;
            let width = GROUP.min(self.columns - start);
            for row in first..self.rows.min(first + STRIP) {
                let from = (row * self.columns + start) * element_bytes;
                let bytes = &self.tensor.data[from..][..width * element_bytes];
                widen(self.tensor.dtype, bytes, tile.iter_mut().map(|numbers| &mut numbers[row - first]));
            }
            // SAFETY: the table is one of the CPU's.
            unsafe { quantize(&tile, block, scales) };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use conduit_backend::DType;

    use super::*;
    use crate::Isa;
    use crate::kernels::test_support::random;

    fn grouped(format: Quantization, rows: usize, columns: usize, threads: usize) -> (Grouped, Vec<f32>) {
        let numbers = random(7, rows * columns);
        let data = bytemuck::cast_slice(&numbers).to_vec().into();
        let tensor = RawTensor { name: "w".into(), dtype: DType::F32, shape: vec![rows, columns], data };
        let kernels = Kernels::of(Isa::available()[0]).unwrap();
        let account = Account { copied_bytes: &Arc::default(), memory: None };
        (Grouped::new(&tensor, format, kernels, threads, account).unwrap(), numbers)
    }

    #[test]
    fn rows_are_those_of_the_tensor_to_within_a_step() {
        for (format, step) in [(Quantization::Int8, 1.0 / 127.0), (Quantization::Int4, 1.0 / 6.5)] {
            for (rows, columns) in [(1, 1), (16, 32), (17, 33), (300, 100)] {
                let (grouped, numbers) = grouped(format, rows, columns, 3);
                for (row, expected) in numbers.chunks_exact(columns).enumerate() {
                    let mut output = vec![f32::NAN; columns];
                    grouped.read_row(row, &mut output);
                    for (actual, expected) in output.iter().zip(expected) {
                        assert!((actual - expected).abs() < step, "{format}: {actual} for {expected}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_number_takes_its_bits_and_its_share_of_a_scale() {
        for (format, group_bytes) in [(Quantization::Int8, 34), (Quantization::Int4, 18)] {
            let bytes = |rows, columns| grouped(format, rows, columns, 1).0.bytes();
            assert_eq!(bytes(64, 256), 64 * 256 / 32 * group_bytes);
            assert_eq!(bytes(65, 257), 80 * 9 * group_bytes);
        }
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        for format in Quantization::ALL {
            let (alone, shared) = (grouped(format, 1000, 70, 1).0, grouped(format, 1000, 70, 4).0);
            assert!(alone.memory[..] == shared.memory[..], "{format}");
        }
    }
}
