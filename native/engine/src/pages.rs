use std::collections::{BTreeMap, BTreeSet};

use conduit_backend::{
    BLOCK_TOKENS, BackendError, EXTENT_BYTES, Extent, KV_ADDRESS_UNIT, KvAddress, KvLayout, Memory,
};

const UNITS_PER_EXTENT: u32 = (EXTENT_BYTES / KV_ADDRESS_UNIT) as u32;

/// Blocks that `tokens` tokens fill.
fn blocks_for(tokens: usize) -> usize {
    tokens.div_ceil(BLOCK_TOKENS)
}

/// The blocks of one KV group of one model, carved from extents.
///
/// Invariant: the mapped extents hold at least as many blocks as are promised, so that taking a promised block never
/// fails.
struct GroupPages {
    block_units: u32,
    blocks_per_extent: usize,
    /// Free blocks of each mapped extent, by their index within it.
    free: BTreeMap<Extent, Vec<u32>>,
    /// Extents with free blocks, the fullest first.
    by_fullness: BTreeSet<(usize, Extent)>,
    promised: usize,
}

impl GroupPages {
    fn new(layout: &KvLayout) -> Self {
        Self {
            block_units: (layout.block_bytes() / KV_ADDRESS_UNIT) as u32,
            blocks_per_extent: layout.blocks_per_extent(),
            free: BTreeMap::new(),
            by_fullness: BTreeSet::new(),
            promised: 0,
        }
    }

    /// Promises `blocks` blocks, mapping extents as needed.
    ///
    /// # Errors
    /// `OutOfMemory`, with nothing promised; extents mapped on the way stay for [`GroupPages::trim`].
    fn promise(&mut self, blocks: usize, memory: &dyn Memory) -> Result<(), BackendError> {
        while self.free.len() * self.blocks_per_extent < self.promised + blocks {
            let extent = memory.map()?;
            let indices = (0..self.blocks_per_extent as u32).rev().collect::<Vec<_>>();
            self.by_fullness.insert((indices.len(), extent));
            self.free.insert(extent, indices);
        }
        self.promised += blocks;
        Ok(())
    }

    /// Takes one of the promised blocks; `None` only where more are taken than were promised.
    fn take(&mut self) -> Option<KvAddress> {
        let (count, extent) = self.by_fullness.pop_first()?;
        let index = self.free.get_mut(&extent)?.pop()?;
        if count > 1 {
            self.by_fullness.insert((count - 1, extent));
        }
        Some(KvAddress(extent.address().0 + index * self.block_units))
    }

    /// Gives back the blocks of a sequence and its promise. No step that reads them may be in flight.
    fn release(&mut self, blocks: &[KvAddress], promised: usize) {
        for address in blocks {
            let extent = Extent(address.0 / UNITS_PER_EXTENT);
            let Some(free) = self.free.get_mut(&extent) else { continue };
            self.by_fullness.remove(&(free.len(), extent));
            free.push(address.0 % UNITS_PER_EXTENT / self.block_units);
            self.by_fullness.insert((free.len(), extent));
        }
        self.promised -= promised;
    }

    /// Gives empty extents back to the budget, except what promises still need.
    fn trim(&mut self, memory: &dyn Memory) {
        let needed = self.promised.div_ceil(self.blocks_per_extent);
        while self.free.len() > needed
            && let Some(&(count, extent)) = self.by_fullness.last()
            && count == self.blocks_per_extent
        {
            self.by_fullness.remove(&(count, extent));
            self.free.remove(&extent);
            memory.unmap(extent);
        }
    }

    #[cfg(test)]
    fn taken(&self) -> usize {
        self.free.values().map(|free| self.blocks_per_extent - free.len()).sum()
    }
}

/// The pages of one model: one pool for each of its KV groups.
pub(crate) struct Pages {
    groups: Vec<GroupPages>,
}

/// What one sequence holds and may still take.
#[derive(Debug)]
pub(crate) struct SequencePages {
    /// For each group the blocks taken so far, in the order of positions.
    pub(crate) tables: Vec<Vec<KvAddress>>,
    promised: usize,
}

impl Pages {
    pub(crate) fn new(layouts: &[KvLayout]) -> Self {
        Self { groups: layouts.iter().map(GroupPages::new).collect() }
    }

    /// Accounts for a sequence that grows to `tokens` tokens.
    ///
    /// # Errors
    /// `OutOfMemory`, with nothing promised.
    pub(crate) fn promise(
        &mut self,
        tokens: usize,
        memory: &dyn Memory,
    ) -> Result<SequencePages, BackendError> {
        let promised = blocks_for(tokens);
        for index in 0..self.groups.len() {
            if let Err(error) = self.groups[index].promise(promised, memory) {
                for group in &mut self.groups[..index] {
                    group.release(&[], promised);
                }
                return Err(error);
            }
        }
        Ok(SequencePages { tables: vec![Vec::new(); self.groups.len()], promised })
    }

    /// Takes blocks until `tokens` tokens fit; never more than were promised.
    pub(crate) fn grow(&mut self, sequence: &mut SequencePages, tokens: usize) {
        let blocks = blocks_for(tokens).min(sequence.promised);
        for (group, table) in self.groups.iter_mut().zip(&mut sequence.tables) {
            while table.len() < blocks
                && let Some(block) = group.take()
            {
                table.push(block);
            }
        }
    }

    /// Gives back what a sequence holds. No step that reads it may be in flight.
    pub(crate) fn release(&mut self, sequence: SequencePages) {
        for (group, table) in self.groups.iter_mut().zip(&sequence.tables) {
            group.release(table, sequence.promised);
        }
    }

    /// Gives empty extents back to the budget, except what promises still need.
    pub(crate) fn trim(&mut self, memory: &dyn Memory) {
        for group in &mut self.groups {
            group.trim(memory);
        }
    }

    pub(crate) fn mapped_extents(&self) -> usize {
        self.groups.iter().map(|group| group.free.len()).sum()
    }

    /// Extents that one sequence of `tokens` tokens takes when it is alone.
    pub(crate) fn extents_for(&self, tokens: usize) -> usize {
        self.groups.iter().map(|group| blocks_for(tokens).div_ceil(group.blocks_per_extent)).sum()
    }
}

#[cfg(test)]
mod tests {
    use conduit_backend::{Backend, Budget, DType};
    use conduit_testkit::fake_backend::{FakeBackend, FakeOptions};

    use super::*;

    fn layout() -> KvLayout {
        // 16 MiB a block, so two blocks an extent.
        KvLayout { layers: 64, kv_heads: 8, head_dim: 256, dtype: DType::F32, window: None }
    }

    fn memory(extents: u64) -> std::sync::Arc<dyn Memory> {
        let backend = FakeBackend::new(FakeOptions::default());
        backend.memory(Budget { bytes: extents * EXTENT_BYTES as u64 }).unwrap()
    }

    #[test]
    fn a_refused_promise_leaves_the_budget_to_others_after_a_trim() {
        let memory = memory(2);
        let mut pages = GroupPages::new(&layout());
        assert!(pages.promise(5, &*memory).is_err());
        assert_eq!(memory.free_extents(), 0);
        pages.trim(&*memory);
        assert_eq!(memory.free_extents(), 2);
    }

    #[test]
    fn fullest_extents_are_filled_first_and_empty_ones_given_back() {
        let memory = memory(3);
        let mut pages = GroupPages::new(&layout());
        pages.promise(6, &*memory).unwrap();
        let blocks: Vec<_> = (0..6).map(|_| pages.take().unwrap()).collect();
        assert_eq!(blocks.iter().collect::<BTreeSet<_>>().len(), 6, "no block is given twice");
        assert_eq!(pages.take(), None);

        pages.release(&blocks[1..4], 3);
        assert_eq!(pages.taken(), 3);
        pages.promise(1, &*memory).unwrap();
        let next = pages.take().unwrap();
        assert_ne!(next.0 / UNITS_PER_EXTENT, blocks[2].0 / UNITS_PER_EXTENT, "the empty extent stays empty");
        pages.trim(&*memory);
        assert_eq!(memory.free_extents(), 1);
    }

    #[test]
    fn extents_behind_a_promise_are_not_given_back() {
        let memory = memory(2);
        let mut pages = GroupPages::new(&layout());
        pages.promise(4, &*memory).unwrap();
        pages.trim(&*memory);
        assert_eq!(memory.free_extents(), 0);
        assert!((0..4).all(|_| pages.take().is_some()));
    }
}
