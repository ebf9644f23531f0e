use conduit_backend::{DType, NumberFormat, Numbers, Prequantized as Raw, Result, ZeroPoints};
use half::{bf16, f16};
use memmap2::MmapMut;

use super::charge::{Account, Charge};
use super::dense::widen;
use super::strips::{STRIPS_AT_ONCE, map, share_out};
use crate::kernels::{F8_FACTOR, LINE_BYTES, PREQUANTIZED_STRIP as STRIP, StripLayout, widen_f8};

/// `[rows, columns]` in the numbers and scales of its publisher, as many bits each as in the file.
pub(crate) struct Prequantized {
    pub format: NumberFormat,
    pub scale_dtype: DType,
    pub layout: StripLayout,
    pub rows: usize,
    columns: usize,
    memory: MmapMut,
    charge: Charge,
}

impl Prequantized {
    /// Puts a matrix into strips, on so many threads.
    pub fn new(raw: &Raw, threads: usize, account: Account) -> Result<Self> {
        raw.check()?;
        let ([rows, columns], format) = (raw.shape, raw.numbers.format());
        let layout = layout(raw);
        let bytes = rows.div_ceil(STRIP).saturating_mul(layout.bytes);
        let what = format!("the {} weights of {}", format.name(), raw.name);
        let charge = account.charge(&what, bytes as u64)?;
        let mut memory = map(&what, bytes)?;
        let scales = raw.scales.to_f32();
        let jobs = memory.chunks_mut(STRIPS_AT_ONCE * layout.bytes).enumerate();
        let threads = threads.min(rows.div_ceil(STRIP * STRIPS_AT_ONCE));
        share_out(jobs, threads, |(job, strips)| {
            for (index, strip) in strips.chunks_exact_mut(layout.bytes).enumerate() {
                let packing =
                    StripPacking { raw, layout: &layout, first: (job * STRIPS_AT_ONCE + index) * STRIP };
                packing.numbers(strip);
                packing.scales(&scales, strip);
                packing.zero_points(strip);
            }
        });
        Ok(Self { format, scale_dtype: raw.scales.dtype, layout, rows, columns, memory, charge })
    }

    /// Bytes of the memory that it takes.
    pub fn bytes(&self) -> u64 {
        self.charge.bytes
    }

    /// Bytes of a row.
    pub fn row_bytes(&self) -> usize {
        self.layout.bytes / STRIP
    }

    /// The strip that begins with this row, and those that follow.
    pub fn strip(&self, row: usize) -> *const u8 {
        self.memory[row / STRIP * self.layout.bytes..].as_ptr()
    }

    /// Writes one row, widened, to `output`.
    pub fn read_row(&self, row: usize, output: &mut [f32]) {
        let (layout, lane) = (&self.layout, row % STRIP);
        let strip = &self.memory[row / STRIP * layout.bytes..][..layout.bytes];
        for place in 0..self.columns {
            let group = place / layout.group;
            let zero_point = layout
                .zero_points
                .map_or(layout.zero_point, |offset| half_of(strip[offset + group / 2 * STRIP + lane], group));
            let number = match self.format {
                NumberFormat::F8E4M3 => widen_f8(strip[place * STRIP + lane]) * F8_FACTOR,
                NumberFormat::U4 => {
                    f32::from(half_of(strip[place / 2 * STRIP + lane], place)) - f32::from(zero_point)
                }
            };
            let scale = if layout.shares_scales { group } else { group * STRIP + lane };
            let mut widened = [0.0];
            let bytes =
                &strip[layout.scales + scale * self.scale_dtype.bytes()..][..self.scale_dtype.bytes()];
            widen(self.scale_dtype, bytes, widened.iter_mut());
            let feature = layout.order.as_ref().map_or(place, |order| order[place] as usize);
            output[feature] = number * widened[0];
        }
    }
}

/// The lower half of a byte for even indices, else the upper one.
fn half_of(byte: u8, index: usize) -> u8 {
    byte >> (index % 2 * 4) & 0x0F
}

fn layout(raw: &Raw) -> StripLayout {
    let ([rows, columns], [block_rows, group]) = (raw.shape, raw.block);
    let shares_scales = block_rows >= rows || block_rows.is_multiple_of(STRIP);
    let [_, groups] = raw.blocks();
    let number_bytes = match raw.numbers {
        Numbers::F8E4M3(_) => columns.saturating_mul(STRIP),
        Numbers::U4(_) => (columns / 2).saturating_mul(STRIP),
    };
    let lanes = if shares_scales { 1 } else { STRIP };
    let scale_bytes = groups.saturating_mul(lanes * raw.scales.dtype.bytes());
    let after_scales = number_bytes.saturating_add(scale_bytes);
    let (zero_point, zero_points) = match raw.zero_points {
        ZeroPoints::All(number) => (number, None),
        ZeroPoints::Blocks(_) => (0, Some(after_scales)),
    };
    let zero_point_bytes = zero_points.map_or(0, |_| groups.div_ceil(2) * STRIP);
    StripLayout {
        bytes: after_scales.saturating_add(zero_point_bytes).next_multiple_of(LINE_BYTES),
        scales: number_bytes,
        zero_points,
        zero_point,
        group: group.min(columns.next_multiple_of(2)),
        shares_scales,
        order: raw.order.clone(),
    }
}

/// What fills one strip. Rows beyond the last stay 0.
struct StripPacking<'a> {
    raw: &'a Raw,
    layout: &'a StripLayout,
    /// First row of the strip.
    first: usize,
}

impl StripPacking<'_> {
    fn lanes(&self) -> usize {
        STRIP.min(self.raw.shape[0] - self.first)
    }

    fn numbers(&self, strip: &mut [u8]) {
        let [_, columns] = self.raw.shape;
        for place in 0..columns {
            let feature = self.layout.order.as_ref().map_or(place, |order| order[place] as usize);
            for lane in 0..self.lanes() {
                let row = self.first + lane;
                match &self.raw.numbers {
                    Numbers::F8E4M3(bytes) => strip[place * STRIP + lane] = bytes[row * columns + feature],
                    Numbers::U4(nibbles) => {
                        let number = nibbles.get(self.raw.shape, [row, feature]);
                        strip[place / 2 * STRIP + lane] |= number << (place % 2 * 4);
                    }
                }
            }
        }
    }

    fn scales(&self, scales: &[f32], strip: &mut [u8]) {
        let [_, groups] = self.raw.blocks();
        let lanes = if self.layout.shares_scales { 1 } else { STRIP };
        for group in 0..groups {
            for lane in 0..lanes.min(self.lanes()) {
                let block = [(self.first + lane) / self.raw.block[0], group];
                let scale = scales[self.raw.scale_index(block)];
                let to = &mut strip[self.layout.scales..];
                // Each was widened from the type that it goes back to.
                match self.raw.scales.dtype {
                    DType::F32 => put(to, group * lanes + lane, scale.to_ne_bytes()),
                    DType::F16 => put(to, group * lanes + lane, f16::from_f32(scale).to_ne_bytes()),
                    DType::BF16 => put(to, group * lanes + lane, bf16::from_f32(scale).to_ne_bytes()),
                }
            }
        }
    }

    fn zero_points(&self, strip: &mut [u8]) {
        let Some(offset) = self.layout.zero_points else { return };
        let [_, groups] = self.raw.blocks();
        for group in 0..groups {
            for lane in 0..self.lanes() {
                let zero_point = self.raw.zero_point([(self.first + lane) / self.raw.block[0], group]);
                strip[offset + group / 2 * STRIP + lane] |= zero_point << (group % 2 * 4);
            }
        }
    }
}

fn put<const N: usize>(to: &mut [u8], index: usize, bytes: [u8; N]) {
    to[index * N..][..N].copy_from_slice(&bytes);
}
