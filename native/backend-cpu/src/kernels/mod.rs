//! The kernels: each is written once over [`crate::simd::Simd`], works on one thread's share, and lies next to a plain
//! reference that its tests compare with. [`Kernels`] is the table of one instruction set.
//!
//! Invariant of all of them: the order in which an output's terms are added depends on the shape of the weight or on
//! the position in the sequence, never on the number of rows, on chunks, or on threads. A row gives the same bits
//! whatever shares its batch.

mod attention;
mod exponential;
mod gated;
mod linear;
mod norm;
mod rotary;
mod table;
#[cfg(test)]
pub mod test_support;

pub use attention::{AttentionTile, MAX_TILE_ROWS};
#[cfg(target_arch = "x86_64")]
pub use linear::permit_tiles;
pub use linear::{
    F8_FACTOR, InputForm, InputShape, LINE_BYTES, LinearBlock, LinearKernel, PREQUANTIZED_STRIP, StripLayout,
    U4_STEP, read_block_row, widen_f8,
};
pub use table::Kernels;
