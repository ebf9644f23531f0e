//! Layers whose weights are in groups: each row of input is brought to int8, group by group, and products are added up as whole numbers.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod input;
mod kernel;
mod portable;
mod simd;
mod table;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod tiles;
#[cfg(target_arch = "x86_64")]
mod vnni;

#[cfg(target_arch = "x86_64")]
pub use table::{AVX2, TILES, VNNI};
pub use table::{ByQuantization, GroupedKernel, PORTABLE};
