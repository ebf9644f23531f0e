#![expect(clippy::needless_range_loop, reason = "tiles are indexed as their sums are written on paper")]

use super::numbers::{F8_FACTOR, Widen};
use super::{STRIP, StripLayout};
use crate::kernels::linear::LinearBlock;
use crate::simd::Element;

/// Vectors of a strip.
const HALVES: usize = 2;
/// Numbers of half a strip.
const HALF: usize = STRIP / HALVES;
/// Bytes of weights that a single row asks for ahead of those that it multiplies.
const AHEAD: usize = 2048;

/// One number for each row of a strip.
type Strip<S> = [<S as crate::simd::Simd>::Vector; HALVES];

/// How the numbers of a strip are stored.
pub trait Stored {
    /// What the sums of a group are multiplied by, beside its scale.
    const FACTOR: f32;

    /// Adds the products of the features from `start` to `end` with `M` rows of input to their sums.
    ///
    /// # Safety
    /// As [`linear`]; `input` has the features that `order` names, or those from `start` to `end`.
    unsafe fn add_products<S: Widen, const M: usize>(
        sums: &mut [Strip<S>; M],
        numbers: *const u8,
        zero_points: Strip<S>,
        features: (usize, usize),
        input: [*const f32; M],
        order: Option<&[u32]>,
    );
}

pub struct F8;
pub struct U4;

/// Index in the input of what a row's number at `feature` is multiplied by.
///
/// # Safety
/// `feature` lies within the order.
#[inline(always)]
unsafe fn place(order: Option<&[u32]>, feature: usize) -> usize {
    match order {
        // SAFETY: as the caller's.
        Some(order) => unsafe { *order.get_unchecked(feature) as usize },
        None => feature,
    }
}

/// Adds one feature's products; each operation is rounded by itself, so that all sets give the same bits.
///
/// # Safety
/// As [`linear`]; every input has this place.
#[inline(always)]
unsafe fn add_feature<S: Widen, const M: usize>(
    sums: &mut [Strip<S>; M],
    weights: Strip<S>,
    input: [*const f32; M],
    place: usize,
) {
    for m in 0..M {
        // SAFETY: as the caller's.
        unsafe {
            let value = S::splat(*input[m].add(place));
            for half in 0..HALVES {
                sums[m][half] = S::add(sums[m][half], S::multiply(value, weights[half]));
            }
        }
    }
}

impl Stored for F8 {
    const FACTOR: f32 = F8_FACTOR;

    #[inline(always)]
    unsafe fn add_products<S: Widen, const M: usize>(
        sums: &mut [Strip<S>; M],
        numbers: *const u8,
        _zero_points: Strip<S>,
        (start, end): (usize, usize),
        input: [*const f32; M],
        order: Option<&[u32]>,
    ) {
        for feature in start..end {
            // SAFETY: as the caller's.
            unsafe {
                let from = numbers.add(feature * STRIP);
                if M == 1 && feature % 4 == 0 {
                    S::prefetch(from.wrapping_add(AHEAD));
                }
                let weights = [S::f8(from), S::f8(from.add(HALF))];
                add_feature::<S, M>(sums, weights, input, place(order, feature));
            }
        }
    }
}

impl Stored for U4 {
    const FACTOR: f32 = 1.0;

    #[inline(always)]
    unsafe fn add_products<S: Widen, const M: usize>(
        sums: &mut [Strip<S>; M],
        numbers: *const u8,
        zero_points: Strip<S>,
        (start, end): (usize, usize),
        input: [*const f32; M],
        order: Option<&[u32]>,
    ) {
        for pair in start / 2..end / 2 {
            // SAFETY: as the caller's; groups begin and end with whole pairs.
            unsafe {
                let from = numbers.add(pair * STRIP);
                if M == 1 && pair % 4 == 0 {
                    S::prefetch(from.wrapping_add(AHEAD));
                }
                let (first, second) = (S::nibbles(from), S::nibbles(from.add(HALF)));
                for odd in 0..2 {
                    let weights =
                        [S::subtract(first[odd], zero_points[0]), S::subtract(second[odd], zero_points[1])];
                    add_feature::<S, M>(sums, weights, input, place(order, 2 * pair + odd));
                }
            }
        }
    }
}

/// Computes the block, which begins with a strip.
///
/// Each output is the sum over the groups in ascending order of the sums of their products, in the order in which the numbers lie,
/// times their scale: the order depends on the weight alone. A strip stays in the first-level or second-level cache while all rows pass by.
///
/// # Safety
/// The pointers are valid for the shapes and for the strips that the block says, no one else writes these outputs, and the CPU has the
/// instruction set.
#[inline(always)]
pub unsafe fn linear<S: Widen, N: Stored, E: Element>(block: &LinearBlock) {
    const { assert!(S::LANES * HALVES == STRIP) };
    let Some(layout) = block.strips else { return };
    for column in (0..block.columns).step_by(STRIP) {
        let mut row = 0;
        while row < block.rows {
            // SAFETY: the rows from `row` on exist, as many as the tile takes.
            row += unsafe {
                let strip = block.weights.add(column / STRIP * layout.bytes);
                match block.rows - row {
                    1 => rows::<S, N, E, 1>(block, layout, strip, column, row),
                    2 => rows::<S, N, E, 2>(block, layout, strip, column, row),
                    3 => rows::<S, N, E, 3>(block, layout, strip, column, row),
                    _ => rows::<S, N, E, 4>(block, layout, strip, column, row),
                }
            };
        }
    }
}

/// `M` rows times a strip. Returns `M`.
#[inline(always)]
unsafe fn rows<S: Widen, N: Stored, E: Element, const M: usize>(
    block: &LinearBlock,
    layout: &StripLayout,
    strip: *const u8,
    column: usize,
    row: usize,
) -> usize {
    // SAFETY: rows lie within the input and the output, groups within the strip.
    unsafe {
        let mut input = [block.input.cast::<f32>().add(row * block.features); M];
        for m in 1..M {
            input[m] = input[m - 1].add(block.features);
        }
        let mut totals = [[S::splat(0.0); HALVES]; M];
        let mut zero_points = [S::splat(f32::from(layout.zero_point)); HALVES];
        for group in 0..block.features.div_ceil(layout.group) {
            let start = group * layout.group;
            let end = block.features.min(start + layout.group);
            if let Some(offset) = layout.zero_points {
                let from = strip.add(offset + group / 2 * STRIP);
                zero_points = [S::nibbles(from)[group % 2], S::nibbles(from.add(HALF))[group % 2]];
            }
            let mut sums = [[S::splat(0.0); HALVES]; M];
            N::add_products::<S, M>(
                &mut sums,
                strip,
                zero_points,
                (start, end),
                input,
                layout.order.as_deref(),
            );
            let scales = load_scales::<S, E>(strip.add(layout.scales).cast(), group, layout.shares_scales);
            for half in 0..HALVES {
                let scale = S::multiply(scales[half], S::splat(N::FACTOR));
                for m in 0..M {
                    totals[m][half] = S::add(totals[m][half], S::multiply(sums[m][half], scale));
                }
            }
        }
        let width = (block.columns - column).min(STRIP);
        for m in 0..M {
            let mut total = [0.0f32; STRIP];
            S::store(total.as_mut_ptr(), totals[m][0]);
            S::store(total.as_mut_ptr().add(HALF), totals[m][1]);
            if let Some(bias) = block.bias {
                for (total, bias) in total.iter_mut().zip(&bias[column..column + width]) {
                    *total += bias;
                }
            }
            let output = block.output.add((row + m) * block.output_stride + column);
            output.copy_from_nonoverlapping(total.as_ptr(), width);
        }
    }
    M
}

/// The scales of a group.
///
/// # Safety
/// `scales` holds those of the group; the CPU has the instruction set.
#[inline(always)]
unsafe fn load_scales<S: Widen, E: Element>(scales: *const E, group: usize, are_shared: bool) -> Strip<S> {
    // SAFETY: as the caller's.
    unsafe {
        if are_shared {
            return [S::splat((*scales.add(group)).to_f32()); HALVES];
        }
        let from = scales.add(group * STRIP);
        [E::load::<S>(from), E::load::<S>(from.add(HALF))]
    }
}
