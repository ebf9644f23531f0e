use std::collections::BTreeMap;
use std::ops::Range;

use conduit_backend::EXTENT_BYTES;

/// Bytes to which everything in the arena is aligned.
pub(super) const ALIGNMENT_BYTES: u64 = 256;

/// Places of weights in their range of addresses, first fit, and which extents they keep mapped. It maps nothing itself.
pub(super) struct Arena {
    capacity_bytes: u64,
    /// Sizes by offset; both are multiples of the alignment.
    places: BTreeMap<u64, u64>,
    /// For each extent that is in use, by how many places.
    uses: BTreeMap<u32, usize>,
}

/// Where something may go.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fit {
    pub offset: u64,
    pub bytes: u64,
    /// Extents to be mapped first.
    pub missing: Vec<u32>,
}

impl Arena {
    pub fn new(capacity_bytes: u64) -> Self {
        Self { capacity_bytes, places: BTreeMap::new(), uses: BTreeMap::new() }
    }

    /// The first gap of this size. Nothing is taken before [`Arena::take`].
    pub fn find(&self, bytes: u64) -> Option<Fit> {
        let bytes = bytes.max(1).checked_next_multiple_of(ALIGNMENT_BYTES)?;
        let mut offset = 0;
        for (start, size) in &self.places {
            if start - offset >= bytes {
                break;
            }
            offset = start + size;
        }
        if offset.checked_add(bytes)? > self.capacity_bytes {
            return None;
        }
        let missing = extents(offset, bytes).filter(|extent| !self.uses.contains_key(extent)).collect();
        Some(Fit { offset, bytes, missing })
    }

    pub fn take(&mut self, fit: &Fit) {
        self.places.insert(fit.offset, fit.bytes);
        for extent in extents(fit.offset, fit.bytes) {
            *self.uses.entry(extent).or_default() += 1;
        }
    }

    /// Gives a place back, and returns the extents that nothing uses any more.
    pub fn release(&mut self, offset: u64) -> Vec<u32> {
        let Some(bytes) = self.places.remove(&offset) else {
            return Vec::new();
        };
        let mut unused = Vec::new();
        for extent in extents(offset, bytes) {
            if let Some(uses) = self.uses.get_mut(&extent) {
                *uses -= 1;
                if *uses == 0 {
                    self.uses.remove(&extent);
                    unused.push(extent);
                }
            }
        }
        unused
    }

    /// Extents that are mapped.
    pub fn extents(&self) -> usize {
        self.uses.len()
    }
}

fn extents(offset: u64, bytes: u64) -> Range<u32> {
    let extent = EXTENT_BYTES as u64;
    (offset / extent) as u32..(offset + bytes).div_ceil(extent) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXTENT: u64 = EXTENT_BYTES as u64;

    fn take(arena: &mut Arena, bytes: u64) -> (u64, Vec<u32>) {
        let fit = arena.find(bytes).unwrap();
        arena.take(&fit);
        (fit.offset, fit.missing)
    }

    #[test]
    fn places_share_extents_and_keep_them_until_the_last_is_gone() {
        let mut arena = Arena::new(4 * EXTENT);
        assert_eq!(take(&mut arena, 1), (0, vec![0]));
        assert_eq!(take(&mut arena, 2 * EXTENT), (256, vec![1, 2]));
        assert_eq!(take(&mut arena, 300), (2 * EXTENT + 256, vec![]));
        assert_eq!(arena.extents(), 3);
        assert_eq!(arena.release(256), vec![1]);
        assert_eq!(arena.release(256), Vec::<u32>::new());
        assert_eq!(arena.release(0), vec![0]);
        assert_eq!(arena.release(2 * EXTENT + 256), vec![2]);
        assert_eq!(arena.extents(), 0);
    }

    #[test]
    fn the_first_gap_that_is_large_enough_is_used_again() {
        let mut arena = Arena::new(EXTENT);
        let offsets: Vec<_> = (0..4).map(|_| take(&mut arena, 512).0).collect();
        assert_eq!(offsets, [0, 512, 1024, 1536]);
        arena.release(0);
        arena.release(1024);
        assert_eq!(take(&mut arena, 513).0, 2048);
        assert_eq!(take(&mut arena, 512).0, 0);
        assert_eq!(take(&mut arena, 200).0, 1024);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let mut arena = Arena::new(EXTENT);
        assert_eq!(arena.find(EXTENT + 1), None);
        assert_eq!(arena.find(u64::MAX), None);
        take(&mut arena, 256);
        assert_eq!(arena.find(EXTENT), None);
        assert!(arena.find(EXTENT - 256).is_some());
    }
}
