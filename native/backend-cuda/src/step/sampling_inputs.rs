use conduit_backend::{Bucket, Masks, RowSampling};
use conduit_cuda_kernels::ALIGNMENT_BYTES;
use conduit_cuda_kernels::sampling::{Adjustment, SamplingRow};

/// Where the words of masks start: behind the rows. Adjustments are counted from there too.
pub(crate) fn masks_offset(bucket: Bucket) -> u64 {
    let bytes = (bucket.max_rows as u64).saturating_mul(size_of::<SamplingRow>() as u64);
    bytes.checked_next_multiple_of(ALIGNMENT_BYTES).unwrap_or(u64::MAX)
}

/// Bytes of what the rows of a step are sampled with, when each has a mask and none an adjustment.
pub(crate) fn sampling_bytes(bucket: Bucket, vocab_size: usize) -> u64 {
    let mask_bytes = (bucket.max_rows as u64).saturating_mul(4 * vocab_size.div_ceil(32) as u64);
    let mask_bytes = mask_bytes.checked_next_multiple_of(size_of::<Adjustment>() as u64);
    masks_offset(bucket).saturating_add(mask_bytes.unwrap_or(u64::MAX))
}

/// Where the parts lie of what one step's rows are sampled with: rows, masks, adjustments. A step uploads no more than it has.
#[derive(Clone, Copy, Debug)]
pub(super) struct SamplingLayout {
    masks: usize,
    /// Words of a mask that concern the vocabulary.
    most_words: usize,
    /// Index of the first adjustment, counted from the masks.
    first_adjustment: usize,
    adjustments: usize,
}

impl SamplingLayout {
    pub fn new(bucket: Bucket, vocab_size: usize, masks: &Masks) -> Self {
        let most_words = vocab_size.div_ceil(32);
        let words: usize = masks.rows.iter().flatten().map(|mask| mask.len().min(most_words)).sum();
        Self {
            masks: masks_offset(bucket) as usize,
            most_words,
            first_adjustment: (4 * words).div_ceil(size_of::<Adjustment>()),
            adjustments: masks.adjustments.iter().map(|adjustments| adjustments.len()).sum(),
        }
    }

    pub fn bytes(&self) -> u64 {
        let adjustments = self.first_adjustment + self.adjustments;
        (self.masks + size_of::<Adjustment>() * adjustments) as u64
    }
}

/// Writes rows and, one after the other, their masks as far as they concern the vocabulary, then all adjustments.
///
/// `target` holds all of [`SamplingLayout::bytes`]; what lies between the parts is left as it is.
pub(super) fn write_sampling(
    target: &mut [u8],
    layout: &SamplingLayout,
    rows: &[RowSampling],
    masks: &Masks,
) {
    let (row_bytes, rest) = target.split_at_mut(layout.masks);
    let (mut next_word, mut next_adjustment) = (0, layout.first_adjustment);
    let row_targets = row_bytes.chunks_exact_mut(size_of::<SamplingRow>());
    let parts = rows.iter().zip(&masks.rows).zip(&masks.adjustments);
    for (target, ((row, mask), adjustments)) in row_targets.zip(parts) {
        let mask = mask.as_ref().map(|mask| &mask[..mask.len().min(layout.most_words)]);
        let mask_place = mask.map(|mask| (next_word as u32, mask.len() as u32));
        if let Some(mask) = mask {
            rest[4 * next_word..4 * (next_word + mask.len())].copy_from_slice(bytemuck::cast_slice(mask));
            next_word += mask.len();
        }
        let adjustments_place = (next_adjustment as u32, adjustments.len() as u32);
        let adjustment_targets = rest.chunks_exact_mut(size_of::<Adjustment>()).skip(next_adjustment);
        for (target, adjustment) in adjustment_targets.zip(adjustments) {
            target.copy_from_slice(bytemuck::bytes_of(&Adjustment::from(adjustment)));
        }
        next_adjustment += adjustments.len();
        target.copy_from_slice(bytemuck::bytes_of(&SamplingRow::new(row, mask_place, adjustments_place)));
    }
}

#[cfg(test)]
mod tests {
    use conduit_backend::LogitAdjustment;

    use super::*;

    const BUCKET: Bucket = Bucket { max_rows: 6, max_tokens: 6 };

    fn written(masks: &Masks) -> (Vec<u8>, Vec<SamplingRow>) {
        let rows = vec![RowSampling::GREEDY; masks.rows.len()];
        let layout = SamplingLayout::new(BUCKET, 40, masks);
        let mut target = vec![0; layout.bytes() as usize];
        write_sampling(&mut target, &layout, &rows, masks);
        let rows = bytemuck::pod_collect_to_vec(&target[..rows.len() * size_of::<SamplingRow>()]);
        (target.split_off(masks_offset(BUCKET) as usize), rows)
    }

    #[test]
    fn masks_follow_each_other_as_far_as_the_vocabulary_goes() {
        let masks = Masks { rows: vec![Some([1, 2, 3].into()), None, Some([4].into())], ..Masks::none(3) };
        let (rest, rows) = written(&masks);
        assert_eq!(masks_offset(BUCKET), 512);
        let words: Vec<u32> = bytemuck::pod_collect_to_vec(&rest);
        assert_eq!(words, [1, 2, 4, 0]);
        let places: Vec<_> = rows.iter().map(|row| (row.mask_start, row.mask_words)).collect();
        assert_eq!(places, [(0, 2), (0, SamplingRow::NONE), (2, 1)]);
        assert!(rows.iter().all(|row| row.adjustment_count == 0));
    }

    #[test]
    fn adjustments_follow_the_masks() {
        let adjustment = |token, bias| LogitAdjustment { token, repetition: 1.5, bias };
        let (first, last) = ([adjustment(3, 0.5), adjustment(9, -0.5)], [adjustment(0, 2.0)]);
        let masks = Masks {
            rows: vec![None, Some([7, 8].into()), Some([9, 1, 2].into())],
            adjustments: vec![first.into(), Box::default(), last.into()],
        };
        let (rest, rows) = written(&masks);
        let places: Vec<_> = rows.iter().map(|row| (row.adjustment_start, row.adjustment_count)).collect();
        assert_eq!(places, [(1, 2), (3, 0), (3, 1)]);
        let all: Vec<Adjustment> = bytemuck::pod_collect_to_vec(&rest);
        assert_eq!(all[1..], [first[0], first[1], last[0]].map(|adjustment| Adjustment::from(&adjustment)));
        let without = Masks { adjustments: vec![Box::default(); 3], ..masks };
        assert_eq!(written(&without).0.len(), 16);
    }

    #[test]
    fn a_step_without_adjustments_needs_no_more_than_its_plan_has() {
        for vocab_size in [1_usize, 40, 151_936] {
            let mask = vec![u32::MAX; vocab_size.div_ceil(32) + 3].into_boxed_slice();
            let masks = Masks { rows: vec![Some(mask); 6], ..Masks::none(6) };
            let layout = SamplingLayout::new(BUCKET, vocab_size, &masks);
            assert!(layout.bytes() <= sampling_bytes(BUCKET, vocab_size), "{vocab_size}");
        }
    }
}
