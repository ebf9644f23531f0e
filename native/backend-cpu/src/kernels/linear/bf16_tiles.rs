use std::arch::asm;
use std::arch::x86_64::{
    __m512i, _MM_HINT_T0, _mm_prefetch, _mm512_add_ps, _mm512_castsi512_ps, _mm512_i32gather_epi32,
    _mm512_loadu_si512, _mm512_mask_storeu_ps, _mm512_maskz_loadu_ps, _mm512_mullo_epi32, _mm512_set_epi32,
    _mm512_set1_epi32, _mm512_setzero_si512, _mm512_storeu_si512,
};

use half::bf16;

use super::bf16_rows::round_step;
use super::tile_shapes::{Shapes, release};
use super::transpose::{SIDE, transpose};
use super::{BF16_STEP, InputForm, InputShape, LinearBlock, LinearKernel};

/// Multiplies bf16 by bf16 and adds up in f32, in the tile registers of AMX.
///
/// The weights are the left factor as they lie in their file; what is packed is the input: tiles of 16 rows, pairs of features
/// beside each other.
pub const BF16_TILES: LinearKernel =
    LinearKernel { form: Some(&FORM), features_step: BF16_STEP, run: linear };

static FORM: InputForm =
    InputForm { group: SIDE, group_bytes: |input| group_bytes(input.features), pack: pack_group };

fn group_bytes(features: usize) -> usize {
    SIDE * features * size_of::<bf16>()
}

/// Bytes of a row of a tile.
const LINE: usize = 64;
/// Bytes of a tile.
const TILE: usize = SIDE * LINE;

/// Sums in 0 to 3, weights in 4 and 5, input in 6 and 7; sums and weights have so many rows.
fn shapes(weight_rows: usize) -> Shapes {
    let [weights, input] = [weight_rows, SIDE].map(|rows| (rows as u8, LINE as u16));
    Shapes::of([weights, weights, weights, weights, weights, weights, input, input])
}

/// Each output is summed step by step of 32 features in ascending order, by one instruction a step: the order depends on `features`
/// alone.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
unsafe fn linear(block: &LinearBlock) {
    let whole = block.columns - block.columns % SIDE;
    // SAFETY: columns and groups of rows lie within the block; the caller vouches for the instruction set.
    unsafe {
        shapes(SIDE).load();
        let mut column = 0;
        while column + 2 * SIDE <= whole {
            columns::<2>(block, column, SIDE);
            column += 2 * SIDE;
        }
        if column < whole {
            columns::<1>(block, column, SIDE);
        }
        if whole < block.columns {
            shapes(block.columns - whole).load();
            columns::<1>(block, whole, block.columns - whole);
        }
        release();
    }
}

/// `C` tiles of columns, 1 or 2, for all rows; each has `width` columns.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
unsafe fn columns<const C: usize>(block: &LinearBlock, column: usize, width: usize) {
    let features = block.features;
    let row_bytes = features * size_of::<bf16>();
    let group_bytes = SIDE * row_bytes;
    let groups = block.rows.div_ceil(SIDE);
    let mut sums = Sums([0.0; 4 * SIDE * SIDE]);
    // SAFETY: the tiles lie within weights, input and output.
    unsafe {
        let weights = block.weights.add(column * row_bytes);
        if groups == 1 {
            begin_next(weights.wrapping_add(C * group_bytes), C * SIDE, row_bytes);
        }
        let mut group = 0;
        while group < groups {
            let input = block.input.add(group * group_bytes);
            let taken = if C == 2 && group + 2 <= groups { 2 } else { 1 };
            let product = Product { weights, row_bytes, input, steps: features / BF16_STEP };
            match (C, taken) {
                (2, 2) => product.two_by_two(group_bytes, &mut sums),
                (2, _) => product.two_by_one(&mut sums),
                _ => product.one_by_one(&mut sums),
            }
            for c in 0..C {
                for t in 0..taken {
                    let tile = sums.0.as_ptr().add((c * taken + t) * SIDE * SIDE);
                    store(block, tile, column + c * SIDE, width, (group + t) * SIDE);
                }
            }
            group += taken;
        }
    }
}

/// Asks for the beginning of rows: they are too short for the hardware to see a stream before they are half over.
#[target_feature(enable = "avx512f")]
unsafe fn begin_next(weights: *const u8, rows: usize, row_bytes: usize) {
    for row in 0..rows {
        for line in 0..4 {
            let from = weights.wrapping_add(row * row_bytes + line * LINE);
            _mm_prefetch::<_MM_HINT_T0>(from.cast::<i8>());
        }
    }
}

/// Up to four tiles of sums, `[weight row][input row]` each.
#[repr(C, align(64))]
struct Sums([f32; 4 * SIDE * SIDE]);

/// Rows of weights, times rows of input.
struct Product {
    weights: *const u8,
    /// From one row of the weights to the next.
    row_bytes: usize,
    input: *const u8,
    /// At least 1.
    steps: usize,
}

// SAFETY of every block below: the caller vouches for AMX and for the shapes; the tiles are loaded, used and stored within the block.
#[expect(clippy::undocumented_unsafe_blocks, reason = "one reason covers all of them and stands above")]
impl Product {
    unsafe fn two_by_two(&self, group_bytes: usize, sums: &mut Sums) {
        unsafe {
            asm!(
                "tilezero tmm0",
                "tilezero tmm1",
                "tilezero tmm2",
                "tilezero tmm3",
                "2:",
                "tileloadd tmm4, [{first} + {row_bytes}]",
                "tileloadd tmm6, [{input} + {line}]",
                "tdpbf16ps tmm0, tmm4, tmm6",
                "tileloadd tmm7, [{more_input} + {line}]",
                "tdpbf16ps tmm1, tmm4, tmm7",
                "tileloadd tmm5, [{second} + {row_bytes}]",
                "tdpbf16ps tmm2, tmm5, tmm6",
                "tdpbf16ps tmm3, tmm5, tmm7",
                "add {first}, {line}",
                "add {second}, {line}",
                "add {input}, {tile}",
                "add {more_input}, {tile}",
                "dec {steps}",
                "jnz 2b",
                "tilestored [{sums} + {line}], tmm0",
                "tilestored [{sums} + {line} + {tile}], tmm1",
                "tilestored [{sums} + {line} + 2 * {tile}], tmm2",
                "tilestored [{sums} + {line} + 3 * {tile}], tmm3",
                first = inout(reg) self.weights => _,
                second = inout(reg) self.weights.add(SIDE * self.row_bytes) => _,
                row_bytes = in(reg) self.row_bytes,
                input = inout(reg) self.input => _,
                more_input = inout(reg) self.input.add(group_bytes) => _,
                steps = inout(reg) self.steps => _,
                sums = in(reg) sums.0.as_mut_ptr(),
                line = in(reg) LINE,
                tile = const TILE,
                out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
                out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
                options(nostack),
            );
        }
    }

    unsafe fn two_by_one(&self, sums: &mut Sums) {
        unsafe {
            asm!(
                "tilezero tmm0",
                "tilezero tmm1",
                "2:",
                "tileloadd tmm6, [{input} + {line}]",
                "tileloadd tmm4, [{first} + {row_bytes}]",
                "tdpbf16ps tmm0, tmm4, tmm6",
                "tileloadd tmm5, [{second} + {row_bytes}]",
                "tdpbf16ps tmm1, tmm5, tmm6",
                "add {first}, {line}",
                "add {second}, {line}",
                "add {input}, {tile}",
                "dec {steps}",
                "jnz 2b",
                "tilestored [{sums} + {line}], tmm0",
                "tilestored [{sums} + {line} + {tile}], tmm1",
                first = inout(reg) self.weights => _,
                second = inout(reg) self.weights.add(SIDE * self.row_bytes) => _,
                row_bytes = in(reg) self.row_bytes,
                input = inout(reg) self.input => _,
                steps = inout(reg) self.steps => _,
                sums = in(reg) sums.0.as_mut_ptr(),
                line = in(reg) LINE,
                tile = const TILE,
                out("tmm0") _, out("tmm1") _, out("tmm4") _, out("tmm5") _, out("tmm6") _,
                options(nostack),
            );
        }
    }

    unsafe fn one_by_one(&self, sums: &mut Sums) {
        unsafe {
            asm!(
                "tilezero tmm0",
                "2:",
                "tileloadd tmm6, [{input} + {line}]",
                "tileloadd tmm4, [{weights} + {row_bytes}]",
                "tdpbf16ps tmm0, tmm4, tmm6",
                "add {weights}, {line}",
                "add {input}, {tile}",
                "dec {steps}",
                "jnz 2b",
                "tilestored [{sums} + {line}], tmm0",
                weights = inout(reg) self.weights => _,
                row_bytes = in(reg) self.row_bytes,
                input = inout(reg) self.input => _,
                steps = inout(reg) self.steps => _,
                sums = in(reg) sums.0.as_mut_ptr(),
                line = in(reg) LINE,
                tile = const TILE,
                out("tmm0") _, out("tmm4") _, out("tmm6") _,
                options(nostack),
            );
        }
    }
}

/// Writes a tile of sums, `[width][16]`, to the columns and rows of the output that it belongs to.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
unsafe fn store(block: &LinearBlock, tile: *const f32, column: usize, width: usize, row: usize) {
    let rows = (block.rows - row).min(SIDE);
    let mask = ((1u32 << width) - 1) as u16;
    // SAFETY: the tile has 16 rows of 16, whatever is in those beyond `width`; the output has these rows and columns.
    unsafe {
        let bias = match block.bias {
            Some(bias) => _mm512_maskz_loadu_ps(mask, bias.as_ptr().add(column)),
            None => _mm512_castsi512_ps(_mm512_setzero_si512()),
        };
        let write = |r: usize, sums: __m512i| {
            let output = block.output.add((row + r) * block.output_stride + column);
            _mm512_mask_storeu_ps(output, mask, _mm512_add_ps(_mm512_castsi512_ps(sums), bias));
        };
        if rows <= 4 {
            let every_row = _mm512_mullo_epi32(
                _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
                _mm512_set1_epi32(SIDE as i32),
            );
            for r in 0..rows {
                write(r, _mm512_i32gather_epi32::<4>(every_row, tile.add(r).cast::<i32>()));
            }
        } else {
            let mut square = [_mm512_setzero_si512(); SIDE];
            for (c, line) in square.iter_mut().enumerate() {
                *line = _mm512_loadu_si512(tile.add(c * SIDE).cast::<__m512i>());
            }
            for (r, sums) in transpose(square).into_iter().take(rows).enumerate() {
                write(r, sums);
            }
        }
    }
}

/// `[step][pair of features][row][2]`, rounded to nearest, ties to even.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
unsafe fn pack_group(rows: &[f32], InputShape { features, .. }: InputShape, output: &mut [u8]) {
    assert!(features.is_multiple_of(BF16_STEP) && rows.len().is_multiple_of(features));
    assert!(rows.len() <= SIDE * features && output.len() == group_bytes(features));
    for feature in (0..features).step_by(BF16_STEP) {
        let mut square = [_mm512_setzero_si512(); SIDE];
        // SAFETY: each row has a whole step there, and so has the output.
        unsafe {
            for (line, row) in square.iter_mut().zip(rows.chunks_exact(features)) {
                *line = round_step(row.as_ptr().add(feature), BF16_STEP);
            }
            let to = output.as_mut_ptr().cast::<bf16>().add(feature * SIDE).cast::<__m512i>();
            for (pair, line) in transpose(square).into_iter().enumerate() {
                _mm512_storeu_si512(to.add(pair), line);
            }
        }
    }
}
