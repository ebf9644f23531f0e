#![expect(clippy::needless_range_loop, reason = "tiles are indexed as their sums are written on paper")]

use std::arch::x86_64::{
    __m512, __m512bh, __m512i, _MM_HINT_T0, _mm_prefetch, _mm512_cvtne2ps_pbh, _mm512_dpbf16_ps,
    _mm512_loadu_epi16, _mm512_loadu_ps, _mm512_maskz_loadu_epi16, _mm512_maskz_loadu_ps,
    _mm512_reduce_add_ps, _mm512_setzero_ps, _mm512_storeu_epi16,
};
use std::mem::transmute;

use half::bf16;

use super::plain::store;
use super::{AHEAD, BF16_STEP, InputForm, InputShape, LINE_BYTES, LinearBlock, LinearKernel};

/// Multiplies bf16 by bf16 and adds up in f32, with the dot-product instruction of AVX512-BF16.
pub const BF16_ROWS: LinearKernel = LinearKernel { form: Some(&FORM), features_step: 1, run: linear };

static FORM: InputForm =
    InputForm { group: 1, group_bytes: |input| row_bytes(input.features), pack: pack_row };

fn row_bytes(features: usize) -> usize {
    features.next_multiple_of(BF16_STEP) * size_of::<bf16>()
}

/// Each output is summed in 16 partial sums over pairs of features in ascending order, added up at the end: the order depends on
/// `features` alone.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
unsafe fn linear(block: &LinearBlock) {
    let mut row = 0;
    while row < block.rows {
        // SAFETY: the rows from `row` on exist, as many as the tile takes.
        row += unsafe {
            match block.rows - row {
                1 => columns::<1>(block, row),
                2 => columns::<2>(block, row),
                3 => columns::<3>(block, row),
                4 => columns::<4>(block, row),
                5 => columns::<5>(block, row),
                _ => columns::<6>(block, row),
            }
        };
    }
}

/// All columns of `M` rows, four at a time. Returns `M`.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
unsafe fn columns<const M: usize>(block: &LinearBlock, row: usize) -> usize {
    let features = block.features;
    let weights = block.weights.cast::<bf16>();
    let mut column = 0;
    // SAFETY: rows and columns of each tile lie within the block.
    unsafe {
        let input = block.input.cast::<bf16>().add(row * features.next_multiple_of(BF16_STEP));
        while column + 4 <= block.columns {
            let sums = dot_tile::<M, 4>(input, weights.add(column * features), features, row == 0);
            store(block, row, column, &sums);
            column += 4;
        }
        while column < block.columns {
            let sums = dot_tile::<M, 1>(input, weights.add(column * features), features, row == 0);
            store(block, row, column, &sums);
            column += 1;
        }
    }
    M
}

/// The first rows ask for the weights of the next tile in the order of addresses, as [`super::dot_tile`] does.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
unsafe fn dot_tile<const M: usize, const N: usize>(
    rows: *const bf16,
    columns: *const bf16,
    features: usize,
    is_first: bool,
) -> [[f32; N]; M] {
    let padded = features.next_multiple_of(BF16_STEP);
    let mut sums = [[_mm512_setzero_ps(); N]; M];
    let mut feature = 0;
    // SAFETY: rows are padded to whole steps, loads of columns stay within `features`.
    unsafe {
        while feature + BF16_STEP <= features {
            if is_first {
                let ahead = columns.wrapping_add(N * (features + feature)).wrapping_byte_add(AHEAD);
                for line in 0..N {
                    _mm_prefetch::<_MM_HINT_T0>(ahead.wrapping_byte_add(line * LINE_BYTES).cast::<i8>());
                }
            }
            let mut weights = [[0i16; BF16_STEP]; N].map(|zero| transmute::<[i16; BF16_STEP], __m512i>(zero));
            for n in 0..N {
                let from = columns.add(n * features + feature);
                weights[n] = _mm512_loadu_epi16(from.cast::<i16>());
            }
            add_products(&mut sums, rows.add(feature), padded, weights);
            feature += BF16_STEP;
        }
        if feature < features {
            let mask = (1u32 << (features - feature)) - 1;
            let mut weights = [[0i16; BF16_STEP]; N].map(|zero| transmute::<[i16; BF16_STEP], __m512i>(zero));
            for n in 0..N {
                let from = columns.add(n * features + feature);
                weights[n] = _mm512_maskz_loadu_epi16(mask, from.cast::<i16>());
            }
            add_products(&mut sums, rows.add(feature), padded, weights);
        }
    }
    let mut result = [[0.0f32; N]; M];
    for m in 0..M {
        for n in 0..N {
            result[m][n] = _mm512_reduce_add_ps(sums[m][n]);
        }
    }
    result
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
#[inline]
unsafe fn add_products<const M: usize, const N: usize>(
    sums: &mut [[__m512; N]; M],
    rows: *const bf16,
    padded: usize,
    weights: [__m512i; N],
) {
    for m in 0..M {
        // SAFETY: the caller's row has a whole step there; both types are 512 bits.
        unsafe {
            let input =
                transmute::<__m512i, __m512bh>(_mm512_loadu_epi16(rows.add(m * padded).cast::<i16>()));
            for n in 0..N {
                let weight = transmute::<__m512i, __m512bh>(weights[n]);
                sums[m][n] = _mm512_dpbf16_ps(sums[m][n], input, weight);
            }
        }
    }
}

/// Rounds to nearest, ties to even; zeros after the last feature.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
unsafe fn pack_row(row: &[f32], InputShape { features, .. }: InputShape, output: &mut [u8]) {
    assert!(row.len() == features && output.len() == row_bytes(features));
    for start in (0..features).step_by(BF16_STEP) {
        // SAFETY: the output has a whole step there; the input is read as far as it goes.
        unsafe {
            let step = round_step(row.as_ptr().add(start), features - start);
            _mm512_storeu_epi16(output.as_mut_ptr().cast::<i16>().add(start), step);
        }
    }
}

/// Up to [`BF16_STEP`] numbers in bf16, zeros after the last.
///
/// # Safety
/// `from` is valid for `count` elements; the CPU has AVX512-BF16.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
#[inline]
pub unsafe fn round_step(from: *const f32, count: usize) -> __m512i {
    // SAFETY: masked loads read no more than `count` elements; both types are 512 bits.
    unsafe {
        let (low, high) = if count >= BF16_STEP {
            (_mm512_loadu_ps(from), _mm512_loadu_ps(from.add(16)))
        } else {
            let mask = (1u32 << count) - 1;
            (
                _mm512_maskz_loadu_ps(mask as u16, from),
                _mm512_maskz_loadu_ps((mask >> 16) as u16, from.wrapping_add(16)),
            )
        };
        transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(high, low))
    }
}
