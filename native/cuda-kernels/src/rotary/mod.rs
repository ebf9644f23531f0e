//! Rotary position embedding, and what else happens between the projection of queries, keys and values and attention.
//!
//! - [`table`]: cosines and sines of the step's positions, f32 `[tokens, cosines | sines]`, made once for all layers.
//! - [`rotate_and_cache`]: norms and rotates the heads of `qkv`, writes keys and values into the cache, queries into f32
//!   `[tokens, heads * head_dim]`.

mod rotate;
mod table;
#[cfg(test)]
mod tests;

pub use rotate::{HeadNorm, RotateAndCache, rotate_and_cache};
pub use table::table;
