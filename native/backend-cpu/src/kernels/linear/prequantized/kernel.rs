#![expect(clippy::needless_range_loop, reason = "tiles are indexed as their sums are written on paper")]

use super::input::{F8_INPUT_FACTOR, LIMBS, PIECE, U4Row, f8_row_bytes, group_pieces, u4_row_bytes};
use super::simd::StripSimd;
use super::{F8_FACTOR, F8_STEP, STRIP, StripLayout, U4_STEP};
use crate::kernels::linear::LinearBlock;
use crate::simd::Element;

/// Bytes of weights that a single row asks for ahead of those that it multiplies.
const AHEAD: usize = 4096;

/// How the numbers of a strip are stored.
pub trait Stored {
    /// A row of input as it is packed.
    type Row: Copy;
    /// Rows that meet a strip at once, 2 or 3: more would not leave registers for the weights.
    const ROWS: usize;

    fn row_bytes(layout: &StripLayout) -> usize;
    /// # Safety
    /// `row` is a row that is packed for this layout.
    unsafe fn row(row: *const u8, layout: &StripLayout) -> Self::Row;
    /// Adds a group's sums of products, times their scales, to the totals.
    ///
    /// # Safety
    /// Strip and rows are of this layout, which has this group; the CPU has the instruction set.
    unsafe fn add_group<S: StripSimd, const M: usize>(
        totals: &mut [S::Floats; M],
        strip: *const u8,
        rows: [Self::Row; M],
        scales: S::Floats,
        layout: &StripLayout,
        group: usize,
    );
}

pub struct F8;
pub struct U4;

impl Stored for F8 {
    type Row = *const f32;
    const ROWS: usize = 3;

    fn row_bytes(layout: &StripLayout) -> usize {
        f8_row_bytes(layout)
    }

    #[inline(always)]
    unsafe fn row(row: *const u8, _layout: &StripLayout) -> Self::Row {
        row.cast()
    }

    #[inline(always)]
    unsafe fn add_group<S: StripSimd, const M: usize>(
        totals: &mut [S::Floats; M],
        strip: *const u8,
        rows: [Self::Row; M],
        scales: S::Floats,
        layout: &StripLayout,
        group: usize,
    ) {
        let start = group * layout.group_places();
        let end = start + layout.places_for(layout.features_of(group));
        // SAFETY: as the caller's; groups are whole steps.
        unsafe {
            // Two sums for each, of even and of odd places: one would wait for itself.
            let mut sums = [[S::splat(0.0); 2]; M];
            for place in (start..end).step_by(F8_STEP) {
                let from = strip.add(place * STRIP);
                if M == 1 {
                    S::prefetch(from.wrapping_add(AHEAD));
                }
                let weights = S::load_f8(from);
                for k in 0..F8_STEP {
                    for m in 0..M {
                        let input = S::splat(*rows[m].add(place + k));
                        sums[m][k % 2] = S::multiply_add(input, weights[k], sums[m][k % 2]);
                    }
                }
            }
            let scale = S::multiply(scales, S::splat(F8_FACTOR / F8_INPUT_FACTOR));
            for m in 0..M {
                let sum = S::add(sums[m][0], sums[m][1]);
                totals[m] = S::add(totals[m], S::multiply(sum, scale));
            }
        }
    }
}

impl Stored for U4 {
    type Row = U4Row;
    const ROWS: usize = 2;

    fn row_bytes(layout: &StripLayout) -> usize {
        u4_row_bytes(layout)
    }

    #[inline(always)]
    unsafe fn row(row: *const u8, layout: &StripLayout) -> Self::Row {
        // SAFETY: as the caller's.
        unsafe { U4Row::new(row, layout) }
    }

    /// Sums are whole numbers, which are rounded once, to f32.
    #[inline(always)]
    unsafe fn add_group<S: StripSimd, const M: usize>(
        totals: &mut [S::Floats; M],
        strip: *const u8,
        rows: [Self::Row; M],
        scales: S::Floats,
        layout: &StripLayout,
        group: usize,
    ) {
        let start = group * layout.group_places();
        let end = start + layout.places_for(layout.features_of(group));
        // SAFETY: as the caller's; groups are whole steps.
        unsafe {
            let zero_points = match layout.zero_points {
                Some(offset) => S::load_halves(strip.add(offset + group / 2 * STRIP), group % 2 == 1),
                None => S::splat_whole(i32::from(layout.zero_point)),
            };
            let first_piece = group * group_pieces(layout);
            for (piece, first) in (start..end).step_by(PIECE).enumerate() {
                let piece = first_piece + piece;
                let mut sums = LimbSums::<S, M>([[S::zero_limbs(); LIMBS]; M]);
                if first + PIECE <= end {
                    for step in 0..PIECE / U4_STEP {
                        sums.add_step(strip, rows, first + step * U4_STEP);
                    }
                } else {
                    for place in (first..end).step_by(U4_STEP) {
                        sums.add_step(strip, rows, place);
                    }
                }
                for m in 0..M {
                    let whole = S::multiply_whole(zero_points, -*rows[m].sums.add(piece));
                    let whole = S::add_limbs(whole, sums.0[m]);
                    let scale = S::multiply(scales, S::splat(*rows[m].scales.add(piece)));
                    totals[m] = S::add(totals[m], S::multiply(S::to_floats(whole), scale));
                }
            }
        }
    }
}

/// The sums of a piece with `M` rows of input, for each limb of the input.
struct LimbSums<S: StripSimd, const M: usize>([[S::LimbSums; LIMBS]; M]);

impl<S: StripSimd, const M: usize> LimbSums<S, M> {
    /// Adds the products of the step that begins with this place.
    ///
    /// # Safety
    /// The strip and the rows have it; the CPU has the instruction set.
    #[inline(always)]
    unsafe fn add_step(&mut self, strip: *const u8, rows: [U4Row; M], place: usize) {
        // SAFETY: as the caller's.
        unsafe {
            let from = strip.add(place * STRIP / 2);
            if M == 1 {
                S::prefetch(from.wrapping_add(AHEAD));
            }
            let quads = S::load_step(from);
            for half in 0..2 {
                for m in 0..M {
                    let limbs = rows[m].limbs.add((place + half * 4) * LIMBS);
                    for limb in 0..LIMBS {
                        self.0[m][limb] = S::add_products(self.0[m][limb], quads[half], limbs.add(4 * limb));
                    }
                }
            }
        }
    }
}

/// Computes the block, which begins with a strip.
///
/// Each output is the sum over the groups in ascending order of the sums of their products times their scale: the order depends on the
/// weight alone. A strip stays in the second-level cache while all rows pass by.
///
/// # Safety
/// The pointers are valid for the shapes and for the strips that the block says, no one else writes these outputs, and the CPU has the
/// instruction set.
#[inline(always)]
pub unsafe fn linear<S: StripSimd, N: Stored, E: Element>(block: &LinearBlock) {
    let Some(layout) = block.strips else { return };
    for column in (0..block.columns).step_by(STRIP) {
        let mut row = 0;
        while row < block.rows {
            // SAFETY: the rows from `row` on exist, as many as the tile takes.
            row += unsafe {
                match (block.rows - row, N::ROWS) {
                    (1, _) => tile::<S, N, E, 1>(block, layout, column, row),
                    (2 | 4, _) | (_, 2) => tile::<S, N, E, 2>(block, layout, column, row),
                    _ => tile::<S, N, E, 3>(block, layout, column, row),
                }
            };
        }
    }
}

/// `M` rows times the strip that begins with a column. Returns `M`.
///
/// # Safety
/// As [`linear`]; the block has these rows and the column.
#[inline(always)]
unsafe fn tile<S: StripSimd, N: Stored, E: Element, const M: usize>(
    block: &LinearBlock,
    layout: &StripLayout,
    column: usize,
    row: usize,
) -> usize {
    // SAFETY: rows lie within the input and the output, groups within the strip.
    unsafe {
        let strip = block.weights.add(column / STRIP * layout.bytes);
        let row_bytes = N::row_bytes(layout);
        let first = block.input.add(row * row_bytes);
        let mut rows = [N::row(first, layout); M];
        for m in 1..M {
            rows[m] = N::row(first.add(m * row_bytes), layout);
        }
        let mut totals = [S::splat(0.0); M];
        for group in 0..layout.groups() {
            let scales = load_scales::<S, E>(strip.add(layout.scales).cast(), group, layout.shares_scales);
            N::add_group::<S, M>(&mut totals, strip, rows, scales, layout, group);
        }
        for m in 0..M {
            store::<S>(block, column, row + m, totals[m]);
        }
    }
    M
}

/// The scales of a group.
///
/// # Safety
/// `scales` holds those of the group; the CPU has the instruction set.
#[inline(always)]
unsafe fn load_scales<S: StripSimd, E: Element>(
    scales: *const E,
    group: usize,
    are_shared: bool,
) -> S::Floats {
    // SAFETY: as the caller's.
    unsafe {
        match are_shared {
            true => S::splat((*scales.add(group)).to_f32()),
            false => S::load(scales.add(group * STRIP)),
        }
    }
}

/// Writes a row's totals with a strip, with the bias added, as far as there are columns.
///
/// # Safety
/// Row and strip lie within the block; the CPU has the instruction set.
#[inline(always)]
unsafe fn store<S: StripSimd>(block: &LinearBlock, column: usize, row: usize, totals: S::Floats) {
    let width = (block.columns - column).min(STRIP);
    // SAFETY: as the caller's.
    unsafe {
        let mut totals = S::to_array(totals);
        if let Some(bias) = block.bias {
            for (total, bias) in totals.iter_mut().zip(&bias[column..column + width]) {
                *total += bias;
            }
        }
        let output = block.output.add(row * block.output_stride + column);
        output.copy_from_nonoverlapping(totals.as_ptr(), width);
    }
}
