use conduit_backend::{Bucket, Masks, RowSampling};
use conduit_cuda_kernels::ALIGNMENT_BYTES;
use conduit_cuda_kernels::sampling::SamplingRow;

/// Where the words of masks start: behind the rows.
pub(crate) fn masks_offset(bucket: Bucket) -> u64 {
    let bytes = (bucket.max_rows as u64).saturating_mul(size_of::<SamplingRow>() as u64);
    bytes.checked_next_multiple_of(ALIGNMENT_BYTES).unwrap_or(u64::MAX)
}

/// Bytes of what the rows of a step are sampled with, when each has a mask.
pub(crate) fn sampling_bytes(bucket: Bucket, vocab_size: usize) -> u64 {
    let mask_bytes = 4 * vocab_size.div_ceil(32) as u64;
    masks_offset(bucket).saturating_add((bucket.max_rows as u64).saturating_mul(mask_bytes))
}

/// Writes rows and, one after the other, their masks as far as they concern the vocabulary; returns the bytes to upload.
pub(super) fn write_sampling(
    target: &mut [u8],
    bucket: Bucket,
    vocab_size: usize,
    rows: &[RowSampling],
    masks: &Masks,
) -> usize {
    let (row_bytes, words) = target.split_at_mut(masks_offset(bucket) as usize);
    let mut next = 0;
    let row_targets = row_bytes.chunks_exact_mut(size_of::<SamplingRow>());
    for ((target, row), mask) in row_targets.zip(rows).zip(&masks.rows) {
        let mask = mask.as_ref().map(|mask| &mask[..mask.len().min(vocab_size.div_ceil(32))]);
        let place = mask.map(|mask| (next as u32, mask.len() as u32));
        if let Some(mask) = mask {
            words[4 * next..4 * (next + mask.len())].copy_from_slice(bytemuck::cast_slice(mask));
            next += mask.len();
        }
        target.copy_from_slice(bytemuck::bytes_of(&SamplingRow::new(row, place, None)));
    }
    row_bytes.len() + 4 * next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_follow_each_other_as_far_as_the_vocabulary_goes() {
        let bucket = Bucket { max_rows: 6, max_tokens: 6 };
        let mut target = vec![0; sampling_bytes(bucket, 40) as usize];
        let rows = [RowSampling::GREEDY; 3];
        let masks = Masks { rows: vec![Some([1, 2, 3].into()), None, Some([4].into())] };
        let bytes = write_sampling(&mut target, bucket, 40, &rows, &masks);
        let start = masks_offset(bucket) as usize;
        assert_eq!((start, bytes), (512, 512 + 12));
        let words: Vec<u32> = bytemuck::pod_collect_to_vec(&target[start..bytes]);
        assert_eq!(words, [1, 2, 4]);
        let rows: Vec<SamplingRow> = bytemuck::pod_collect_to_vec(&target[..144]);
        let places: Vec<_> = rows.iter().map(|row| (row.mask_start, row.mask_words)).collect();
        assert_eq!(places, [(0, 2), (0, SamplingRow::NONE), (2, 1)]);
    }
}
