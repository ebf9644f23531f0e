use std::borrow::Cow;

use conduit_backend::{DType, Nibbles, NumberFormat, Numbers, Prequantized as Raw, Result, ZeroPoints};
use half::{bf16, f16};
use memmap2::MmapMut;

use super::charge::{Account, Charge};
use super::dense::widen;
use super::strips::{STRIPS_AT_ONCE, map, share_out};
use crate::kernels::{F8_FACTOR, LINE_BYTES, PREQUANTIZED_STRIP as STRIP, StripLayout, U4_STEP, widen_f8};

/// `[rows, columns]` in the numbers and scales of its publisher, as many bits each as in the file.
pub(crate) struct Prequantized {
    pub scale_dtype: DType,
    pub layout: StripLayout,
    pub rows: usize,
    memory: MmapMut,
    charge: Charge,
}

impl Prequantized {
    /// Puts a matrix into strips, on so many threads.
    pub fn new(raw: &Raw, threads: usize, account: Account) -> Result<Self> {
        raw.check()?;
        let [rows, _] = raw.shape;
        let layout = layout(raw);
        let bytes = rows.div_ceil(STRIP).saturating_mul(layout.bytes);
        let what = format!("the {} weights of {}", layout.format.name(), raw.name);
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
        Ok(Self { scale_dtype: raw.scales.dtype, layout, rows, memory, charge })
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
        for (place, feature) in layout.features_by_place() {
            let group = place / layout.group_places();
            let number = match layout.format {
                NumberFormat::F8E4M3 => widen_f8(strip[f8_index(place, lane)]) * F8_FACTOR,
                NumberFormat::U4 => {
                    let zero_point = layout.zero_points.map_or(layout.zero_point, |offset| {
                        strip[offset + group / 2 * STRIP + lane] >> (group % 2 * 4) & 0x0F
                    });
                    let (index, bit) = u4_index(place, lane);
                    f32::from(strip[index] >> bit & 0x0F) - f32::from(zero_point)
                }
            };
            let scale = if layout.shares_scales { group } else { group * STRIP + lane };
            let mut widened = [0.0];
            let bytes =
                &strip[layout.scales + scale * self.scale_dtype.bytes()..][..self.scale_dtype.bytes()];
            widen(self.scale_dtype, bytes, widened.iter_mut());
            output[feature] = number * widened[0];
        }
    }
}

/// Where a number of eight bits lies in a strip.
fn f8_index(place: usize, lane: usize) -> usize {
    place / 4 * 4 * STRIP + 4 * lane + place % 4
}

/// The byte in which a number of four bits lies in a strip, and its lowest bit there.
fn u4_index(place: usize, lane: usize) -> (usize, usize) {
    (place / U4_STEP * STRIP * 4 + lane * 4 + place % 4, place % U4_STEP / 4 * 4)
}

fn layout(raw: &Raw) -> StripLayout {
    let ([rows, features], [block_rows, group]) = (raw.shape, raw.block);
    let shares_scales = block_rows >= rows || block_rows.is_multiple_of(STRIP);
    let mut layout = StripLayout {
        format: raw.numbers.format(),
        bytes: 0,
        scales: 0,
        zero_points: None,
        zero_point: 0,
        features,
        group: group.min(features),
        shares_scales,
        order: raw.order.clone(),
    };
    let places = layout.places().saturating_mul(STRIP);
    layout.scales = match raw.numbers {
        Numbers::F8E4M3(_) => places,
        Numbers::U4(_) => places / 2,
    };
    let lanes = if shares_scales { 1 } else { STRIP };
    let scale_bytes = layout.groups().saturating_mul(lanes * raw.scales.dtype.bytes());
    let after_scales = layout.scales.saturating_add(scale_bytes);
    let zero_point_bytes = match raw.zero_points {
        ZeroPoints::All(number) => {
            layout.zero_point = number;
            0
        }
        ZeroPoints::Blocks(_) => {
            layout.zero_points = Some(after_scales);
            layout.groups().div_ceil(2) * STRIP
        }
    };
    layout.bytes = after_scales.saturating_add(zero_point_bytes).next_multiple_of(LINE_BYTES);
    layout
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
        let strip = &mut strip[..self.layout.scales];
        match &self.raw.numbers {
            Numbers::F8E4M3(bytes) => self.f8(bytes, strip),
            Numbers::U4(nibbles) => self.u4(nibbles, strip),
        }
    }

    fn f8(&self, bytes: &[u8], strip: &mut [u8]) {
        let layout = self.layout;
        let rows = bytes.chunks_exact(layout.features).skip(self.first).take(STRIP);
        for (lane, row) in rows.enumerate() {
            let row: Cow<[u8]> = match &layout.order {
                None => row.into(),
                Some(order) => order.iter().map(|feature| row[*feature as usize]).collect(),
            };
            for (numbers, places) in
                row.chunks(layout.group).zip(strip.chunks_mut(layout.group_places() * STRIP))
            {
                for (four, places) in numbers.chunks(4).zip(places.chunks_exact_mut(4 * STRIP)) {
                    places[4 * lane..][..four.len()].copy_from_slice(four);
                }
            }
        }
    }

    fn u4(&self, nibbles: &Nibbles, strip: &mut [u8]) {
        let lanes = self.lanes();
        let mut numbers = [0; STRIP];
        for (place, feature) in self.layout.features_by_place() {
            nibbles.read_outputs(self.raw.shape, feature, self.first, &mut numbers[..lanes]);
            let (first, bit) = u4_index(place, 0);
            for (byte, number) in strip[first..].iter_mut().step_by(4).zip(numbers) {
                *byte |= number << bit;
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
