use std::arch::asm;
use std::arch::x86_64::{
    __m512i, _mm512_and_si512, _mm512_loadu_si512, _mm512_set1_epi8, _mm512_setzero_ps, _mm512_slli_epi16,
    _mm512_storeu_si512,
};

use conduit_backend::Quantization;

use super::input::{InputRow, row_bytes};
use super::kernel::{self, Stored};
use super::simd::StripSimd;
use super::vnni::Vnni;
use crate::kernels::linear::LinearBlock;
use crate::kernels::linear::tile_shapes::{Shape, Shapes, release};
use crate::quantize::{GROUP, QUAD_BYTES, QUADS, STRIP, block_bytes};

/// Rows of a tile of input.
const ROWS: usize = 16;

/// Sums of 16 rows with a strip, `[row][column]`.
#[repr(C, align(64))]
struct Sums([i32; ROWS * STRIP]);

/// A block in bytes.
#[repr(C, align(64))]
struct Bytes([u8; QUADS * QUAD_BYTES]);

/// Computes the block: sixteen rows at a time in the tile registers of AMX, the rest as [`Vnni`] does.
///
/// Sums of whole numbers are the same however they are added up, so that a row gets the same bits in either way.
///
/// # Safety
/// As [`kernel::linear`], and the process may use AMX.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c")]
pub unsafe fn linear<W: Stored>(block: &LinearBlock) {
    let tiled = block.rows - block.rows % ROWS;
    // SAFETY: rows and strips lie within the block; the caller vouches for the instruction set.
    unsafe {
        if tiled > 0 {
            const INPUT: Shape = (ROWS as u8, GROUP as u16);
            const WEIGHTS: Shape = (QUADS as u8, QUAD_BYTES as u16);
            const SUMS: Shape = (ROWS as u8, 4 * STRIP as u16);
            Shapes::of([SUMS, INPUT, WEIGHTS, SUMS, INPUT, WEIGHTS, SUMS, SUMS]).load();
            for column in (0..block.columns).step_by(STRIP) {
                for row in (0..tiled).step_by(ROWS) {
                    sixteen_rows::<W>(block, column, row);
                }
            }
            release();
        }
        let rest = LinearBlock {
            input: block.input.add(tiled * row_bytes(block.features)),
            rows: block.rows - tiled,
            output: block.output.add(tiled * block.output_stride),
            ..*block
        };
        kernel::linear::<Vnni, W>(&rest);
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c")]
unsafe fn sixteen_rows<W: Stored>(block: &LinearBlock, column: usize, row: usize) {
    let groups = block.features.div_ceil(GROUP);
    let strip = column / STRIP;
    let stride = row_bytes(block.features);
    // One group's products are made while those of the group before are scaled.
    let mut sums = [const { Sums([0; ROWS * STRIP]) }; 2];
    let mut bytes = [const { Bytes([0; QUADS * QUAD_BYTES]) }; 2];
    let mut totals = [_mm512_setzero_ps(); ROWS];
    // SAFETY: input, weights and scales have every group of these rows and columns.
    unsafe {
        let first = block.input.add(row * stride);
        let input = InputRow::new(first, groups);
        let weights = block.weights.add(strip * groups * block_bytes(W::FORMAT));
        let scales = block.scales.add(strip * groups * STRIP);
        multiply::<W>(input, stride, weights, 0, &mut bytes[0], &mut sums[0]);
        for group in 0..groups {
            if group + 1 < groups {
                let next = (group + 1) % 2;
                multiply::<W>(input, stride, weights, group + 1, &mut bytes[next], &mut sums[next]);
            }
            let group_scales = Vnni::load_scales(scales.add(group * STRIP));
            let sums = sums[group % 2].0.as_ptr().cast::<__m512i>();
            for (m, total) in totals.iter_mut().enumerate() {
                let input_scale = *input.scales.byte_add(m * stride).add(group);
                *total = Vnni::add_scaled(*total, _mm512_loadu_si512(sums.add(m)), group_scales, input_scale);
            }
        }
        kernel::store::<Vnni, ROWS>(block, column, row, &totals);
    }
}

/// The products of a group of 16 rows with a strip of these weights; `bytes` is room for those that have to be widened.
#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn multiply<W: Stored>(
    input: InputRow,
    stride: usize,
    weights: *const u8,
    group: usize,
    bytes: &mut Bytes,
    sums: &mut Sums,
) {
    // SAFETY: as the caller's.
    unsafe {
        let mut weights = weights.add(group * block_bytes(W::FORMAT));
        if W::FORMAT == Quantization::Int4 {
            widen(weights, bytes);
            weights = bytes.0.as_ptr();
        }
        products(input.numbers.add(group * GROUP), stride, weights, sums);
    }
}

/// The products of 16 rows of a group of input, `stride` bytes apart, with a block.
#[inline(always)]
unsafe fn products(input: *const i8, stride: usize, weights: *const u8, sums: &mut Sums) {
    // SAFETY: the caller vouches for AMX, for the shapes and for what lies there.
    unsafe {
        asm!(
            "tilezero tmm0",
            "tileloadd tmm1, [{input} + {stride}]",
            "tileloadd tmm2, [{weights} + {line}]",
            "tdpbssd tmm0, tmm1, tmm2",
            "tilestored [{sums} + {line}], tmm0",
            input = in(reg) input,
            stride = in(reg) stride,
            weights = in(reg) weights,
            sums = in(reg) sums.0.as_mut_ptr(),
            line = in(reg) QUAD_BYTES,
            out("tmm0") _, out("tmm1") _, out("tmm2") _,
            options(nostack),
        );
    }
}

/// A block of four-bit numbers as the upper halves of bytes.
#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn widen(block: *const u8, bytes: &mut Bytes) {
    let upper = _mm512_set1_epi8(0xF0_u8 as i8);
    let to = bytes.0.as_mut_ptr();
    for quad in 0..QUADS / 2 {
        // SAFETY: the block has half of the quads, and there is room for all.
        unsafe {
            let both = _mm512_loadu_si512(block.add(quad * QUAD_BYTES).cast());
            let below = _mm512_and_si512(_mm512_slli_epi16::<4>(both), upper);
            _mm512_storeu_si512(to.add(quad * QUAD_BYTES).cast(), below);
            let above = _mm512_and_si512(both, upper);
            _mm512_storeu_si512(to.add((QUADS / 2 + quad) * QUAD_BYTES).cast(), above);
        }
    }
}
