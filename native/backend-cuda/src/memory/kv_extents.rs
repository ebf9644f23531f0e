use std::collections::BTreeSet;

/// Which extents of the KV range are mapped; the lowest free one is taken next.
#[derive(Default)]
pub(super) struct KvExtents {
    mapped: BTreeSet<u32>,
    /// Extents that are not mapped, below `next`.
    returned: BTreeSet<u32>,
    next: u32,
}

impl KvExtents {
    pub fn count(&self) -> usize {
        self.mapped.len()
    }

    pub fn lowest_free(&self) -> u32 {
        self.returned.first().copied().unwrap_or(self.next)
    }

    pub fn insert(&mut self, extent: u32) {
        self.returned.remove(&extent);
        self.next = self.next.max(extent + 1);
        self.mapped.insert(extent);
    }

    /// False where it is not mapped.
    pub fn remove(&mut self, extent: u32) -> bool {
        let was_mapped = self.mapped.remove(&extent);
        if was_mapped {
            self.returned.insert(extent);
        }
        was_mapped
    }

    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.mapped.iter().copied()
    }
}
