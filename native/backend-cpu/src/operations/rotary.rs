use std::slice;

use conduit_backend::recording::Layer;
use conduit_backend::{BLOCK_TOKENS, KvDType, KvLayout, RotaryStyle};
use half::{bf16, f16};
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator};
use rayon::slice::ParallelSliceMut;

use super::for_each_row;
use crate::kernels::Kernels;
use crate::plan::HeadNorm;
use crate::run::Slot;
use crate::shared::Shared;
use crate::simd::{CacheElement, F8};

/// Cosines and sines of every position, `[tokens, cosines | sines]`, both times `factor`.
///
/// The angle is rounded to f32 before its cosine is taken, as the reference implementation does.
pub(crate) fn table(inverse_frequencies: &[f32], factor: f32, positions: &[u32], output: &mut [f32]) {
    let half = inverse_frequencies.len();
    if half == 0 {
        return;
    }
    let rows = output.par_chunks_exact_mut(2 * half).zip(positions.par_iter());
    for_each_row(rows, 16 * half, |(row, position)| {
        let (cosines, sines) = row.split_at_mut(half);
        for ((frequency, cosine), sine) in inverse_frequencies.iter().zip(cosines).zip(sines) {
            let angle = *position as f32 * frequency;
            (*cosine, *sine) = (angle.cos() * factor, angle.sin() * factor);
        }
    });
}

/// What happens to queries, keys and values between their projection and attention.
pub(crate) struct Rotation<'a> {
    pub layer: &'a Layer,
    pub norm: Option<&'a HeadNorm>,
    pub style: RotaryStyle,
    pub table: &'a [f32],
    /// Cosines and sines of one token.
    pub table_features: usize,
    pub slots: &'a [Slot],
    /// Start of the KV range.
    pub cache: Shared<u8>,
}

impl Rotation<'_> {
    /// Normalises and rotates the heads of every token, writes keys and values to the cache and the queries to `queries`.
    /// `qkv` is used up.
    ///
    /// # Safety
    /// The CPU has the instruction set of `kernels`, and the slots lie in the KV range and are this step's alone.
    pub unsafe fn rotate_and_cache(&self, kernels: &Kernels, qkv: &mut [f32], queries: &mut [f32]) {
        let spec = &self.layer.spec;
        let query_features = spec.heads * spec.head_dim;
        let key_features = spec.kv_heads * spec.head_dim;
        let features = query_features + 2 * key_features;
        let Self { layer, norm, style, table, cache, .. } = *self;
        let table_features = self.table_features;
        let rows = qkv.par_chunks_exact_mut(features).zip(queries.par_chunks_exact_mut(query_features));
        let rows = rows.zip(self.slots.par_iter()).enumerate();
        for_each_row(rows, features, |(token, ((qkv, output), slot))| {
            let angles = &table[token * table_features..][..table_features];
            let (queries, keys_values) = qkv.split_at_mut(query_features);
            let (keys, values) = keys_values.split_at_mut(key_features);
            // SAFETY: as the caller's; each token has a slot of its own.
            unsafe {
                let query_norm = norm.map(|norm| (&*norm.query.0, norm.epsilon));
                rotate_heads(kernels, queries, spec.head_dim, query_norm, angles, style);
                let key_norm = norm.map(|norm| (&*norm.key.0, norm.epsilon));
                rotate_heads(kernels, keys, spec.head_dim, key_norm, angles, style);
                output.copy_from_slice(queries);
                write(layer, cache.get(), *slot, 0, keys);
                write(layer, cache.get(), *slot, layer.layout.side_bytes(), values);
            }
        });
    }
}

/// # Safety
/// The CPU has the instruction set of `kernels`.
unsafe fn rotate_heads(
    kernels: &Kernels,
    heads: &mut [f32],
    head_dim: usize,
    norm: Option<(&[f32], f32)>,
    angles: &[f32],
    style: RotaryStyle,
) {
    let (cosines, sines) = angles.split_at(angles.len() / 2);
    let rotate = match style {
        RotaryStyle::RotateHalf => kernels.rotate_half,
        RotaryStyle::Interleaved => kernels.rotate_interleaved,
    };
    for head in heads.chunks_exact_mut(head_dim) {
        // SAFETY: as the caller's.
        unsafe {
            if let Some((weight, epsilon)) = norm {
                (kernels.norm_in_place)(head, weight, epsilon);
            }
            rotate(head, cosines, sines);
        }
    }
}

/// Writes one token's keys or values, `side` bytes into its layer.
///
/// # Safety
/// The slot lies in the KV range, and no one else uses it.
unsafe fn write(layer: &Layer, cache: *mut u8, slot: Slot, side: usize, heads: &[f32]) {
    let offset = slot.block + layer.spec.layer * layer.layout.layer_bytes() + side;
    // SAFETY: the layer lies within the block, and sides are multiples of 16 elements, heads of two bytes.
    unsafe {
        let start = cache.add(offset);
        match layer.layout.dtype {
            KvDType::F32 => write_as::<f32>(start, &layer.layout, slot.index, heads),
            KvDType::F16 => write_as::<f16>(start, &layer.layout, slot.index, heads),
            KvDType::BF16 => write_as::<bf16>(start, &layer.layout, slot.index, heads),
            KvDType::F8E4M3 => write_as::<F8>(start, &layer.layout, slot.index, heads),
            KvDType::Int8 => write_as::<i8>(start, &layer.layout, slot.index, heads),
        }
    }
}

/// # Safety
/// `start` is valid for the side of a layer, and `index` below BLOCK_TOKENS.
unsafe fn write_as<E: CacheElement>(start: *mut u8, layout: &KvLayout, index: usize, heads: &[f32]) {
    let head_dim = layout.head_dim;
    for (head, values) in heads.chunks_exact(head_dim).enumerate() {
        // SAFETY: a head has `head_dim` numbers for each token and, where the type has scales, as many of these behind them.
        unsafe {
            let numbers = start.add(head * layout.head_bytes()).cast::<E>();
            let kept = slice::from_raw_parts_mut(numbers.add(index * head_dim), head_dim);
            let scale =
                E::LARGEST.map(|_| &mut *numbers.add(BLOCK_TOKENS * head_dim).cast::<bf16>().add(index));
            E::keep(values, kept, scale);
        }
    }
}
