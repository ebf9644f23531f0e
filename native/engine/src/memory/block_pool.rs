use std::collections::{BTreeMap, BTreeSet};

use conduit_backend::{EXTENT_BYTES, Extent, KV_ADDRESS_UNIT, KvAddress, KvLayout};

use super::PageId;

const UNITS_PER_EXTENT: u32 = (EXTENT_BYTES / KV_ADDRESS_UNIT) as u32;

/// The blocks of one KV group of one model, carved from extents.
///
/// A block is free, in use by at least one sequence, or unused: kept for its content until somebody needs the room.
pub(super) struct BlockPool {
    block_units: u32,
    blocks_per_extent: usize,
    extents: BTreeMap<Extent, Blocks>,
    /// Extents with free blocks, the fullest first.
    by_fullness: BTreeSet<(usize, Extent)>,
    /// Extents without a block in use; first those that are empty, then by when their content was last used.
    unused: BTreeSet<(u64, Extent)>,
    free: usize,
}

struct Blocks {
    /// By their index within the extent.
    free: Vec<u32>,
    /// The page that each block belongs to, by index.
    owners: Vec<Option<PageId>>,
    in_use: usize,
    /// When one of them was last put out of use; 0 where all are free.
    last_used: u64,
}

impl BlockPool {
    pub(super) fn new(layout: &KvLayout) -> Self {
        Self {
            block_units: (layout.block_bytes() / KV_ADDRESS_UNIT) as u32,
            blocks_per_extent: layout.blocks_per_extent(),
            extents: BTreeMap::new(),
            by_fullness: BTreeSet::new(),
            unused: BTreeSet::new(),
            free: 0,
        }
    }

    pub(super) fn add(&mut self, extent: Extent) {
        let count = self.blocks_per_extent;
        let free = (0..count as u32).rev().collect();
        self.extents.insert(extent, Blocks { free, owners: vec![None; count], in_use: 0, last_used: 0 });
        self.by_fullness.insert((count, extent));
        self.unused.insert((0, extent));
        self.free += count;
    }

    /// Takes a free block of the fullest extent that has one, for use by `owner`.
    pub(super) fn take(&mut self, owner: PageId) -> Option<KvAddress> {
        let (count, extent) = self.by_fullness.pop_first()?;
        let blocks = self.extents.get_mut(&extent)?;
        let index = blocks.free.pop()?;
        blocks.owners[index as usize] = Some(owner);
        if count > 1 {
            self.by_fullness.insert((count - 1, extent));
        }
        self.free -= 1;
        let address = KvAddress(extent.address().0 + index * self.block_units);
        self.put_in_use(address);
        Some(address)
    }

    /// A block that was taken, or is kept, has its first user.
    pub(super) fn put_in_use(&mut self, address: KvAddress) {
        let extent = self.extent_of(address);
        let Some(blocks) = self.extents.get_mut(&extent) else { return };
        if blocks.in_use == 0 {
            self.unused.remove(&(blocks.last_used, extent));
        }
        blocks.in_use += 1;
    }

    /// The last user of a block has gone at `time`.
    pub(super) fn put_out_of_use(&mut self, address: KvAddress, time: u64) {
        let extent = self.extent_of(address);
        let Some(blocks) = self.extents.get_mut(&extent) else { return };
        blocks.in_use -= 1;
        blocks.last_used = blocks.last_used.max(time);
        if blocks.in_use == 0 {
            self.unused.insert((blocks.last_used, extent));
        }
    }

    /// Gives back a block that nobody uses.
    pub(super) fn free(&mut self, address: KvAddress) {
        let extent = self.extent_of(address);
        let index = address.0 % UNITS_PER_EXTENT / self.block_units;
        let Some(blocks) = self.extents.get_mut(&extent) else { return };
        self.by_fullness.remove(&(blocks.free.len(), extent));
        blocks.owners[index as usize] = None;
        blocks.free.push(index);
        self.by_fullness.insert((blocks.free.len(), extent));
        self.free += 1;
        if blocks.free.len() == self.blocks_per_extent {
            self.unused.remove(&(blocks.last_used, extent));
            blocks.last_used = 0;
            self.unused.insert((0, extent));
        }
    }

    /// Takes an extent out whose blocks are all free.
    pub(super) fn remove(&mut self, extent: Extent) {
        if let Some(blocks) = self.extents.remove(&extent) {
            self.by_fullness.remove(&(blocks.free.len(), extent));
            self.unused.remove(&(blocks.last_used, extent));
            self.free -= blocks.free.len();
        }
    }

    /// The extent without a block in use whose content was used longest ago, and when that was.
    pub(super) fn oldest_unused(&self) -> Option<(u64, Extent)> {
        self.unused.first().copied()
    }

    /// The pages that have blocks in an extent.
    pub(super) fn owners(&self, extent: Extent) -> Vec<PageId> {
        let owners = self.extents.get(&extent).map(|blocks| blocks.owners.iter().flatten().copied());
        owners.into_iter().flatten().collect()
    }

    pub(super) fn free_blocks(&self) -> usize {
        self.free
    }

    pub(super) fn blocks_per_extent(&self) -> usize {
        self.blocks_per_extent
    }

    pub(super) fn unused_extents(&self) -> usize {
        self.unused.len()
    }

    pub(super) fn extent_count(&self) -> usize {
        self.extents.len()
    }

    pub(super) fn extents(&self) -> impl Iterator<Item = Extent> {
        self.extents.keys().copied()
    }

    fn extent_of(&self, address: KvAddress) -> Extent {
        Extent(address.0 / UNITS_PER_EXTENT)
    }
}

#[cfg(test)]
mod tests {
    use conduit_backend::KvDType;

    use super::*;

    /// 16 MiB a block, so two blocks an extent.
    fn pool(extents: u32) -> BlockPool {
        let layout = KvLayout { layers: 64, kv_heads: 8, head_dim: 256, dtype: KvDType::F32, window: None };
        let mut pool = BlockPool::new(&layout);
        (0..extents).for_each(|extent| pool.add(Extent(extent)));
        pool
    }

    fn give_back(pool: &mut BlockPool, address: KvAddress, time: u64) {
        pool.put_out_of_use(address, time);
        pool.free(address);
    }

    #[test]
    fn fullest_extents_are_filled_first() {
        let mut pool = pool(3);
        let blocks: Vec<_> = (0..6).map(|page| pool.take(page).unwrap()).collect();
        assert_eq!(blocks.iter().collect::<BTreeSet<_>>().len(), 6, "no block is given twice");
        assert_eq!(pool.take(6), None);
        blocks[1..4].iter().for_each(|&block| give_back(&mut pool, block, 1));
        assert_eq!(pool.free_blocks(), 3);
        let next = pool.take(6).unwrap();
        assert_ne!(pool.extent_of(next), pool.extent_of(blocks[2]), "the empty extent stays empty");
        assert_eq!(pool.oldest_unused(), Some((0, Extent(1))));
    }

    #[test]
    fn extents_without_use_are_given_up_by_age_the_empty_ones_first() {
        let mut pool = pool(3);
        let blocks: Vec<_> = (0..6).map(|page| pool.take(page).unwrap()).collect();
        assert_eq!(pool.oldest_unused(), None);
        for (block, time) in [(4, 1), (5, 2), (0, 3), (1, 4)] {
            pool.put_out_of_use(blocks[block], time);
        }
        assert_eq!((pool.oldest_unused(), pool.unused_extents()), (Some((2, Extent(2))), 2));
        pool.put_in_use(blocks[5]);
        assert_eq!(pool.oldest_unused(), Some((4, Extent(0))));
        assert_eq!(pool.owners(Extent(0)), [0, 1]);
        pool.free(blocks[0]);
        assert_eq!(pool.oldest_unused(), Some((4, Extent(0))));
        pool.free(blocks[1]);
        assert_eq!(pool.oldest_unused(), Some((0, Extent(0))));
        pool.remove(Extent(0));
        assert_eq!((pool.free_blocks(), pool.extents().count()), (0, 2));
    }
}
