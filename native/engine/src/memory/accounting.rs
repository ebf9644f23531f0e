use super::{KvMemory, ModelKey, ModelPages, SequencePages};

impl KvMemory {
    /// Whether `pages` more pages of a model can be had beside everything that has been promised: from what is free, and from
    /// what can be had by giving up what is only kept.
    pub(crate) fn has_room(&self, key: ModelKey, pages: usize) -> bool {
        let (mut needed, mut given) = (0, self.memory.free_extents());
        for (&other, model) in &self.models {
            let promised = model.promised + if other == key { pages } else { 0 };
            let (more, less) = extents_to_move(model, promised);
            needed += more;
            given += less;
        }
        needed <= given
    }

    /// Counts `pages` pages for a sequence, beside those it holds.
    pub(crate) fn promise(&mut self, key: ModelKey, sequence: &mut SequencePages, pages: usize) {
        if let Some(model) = self.models.get_mut(&key) {
            sequence.promised += pages;
            model.promised += pages;
        }
    }
}

/// The extents that a model lacks, and those it can give, where it is to have `promised` pages without taking them from a
/// sequence.
fn extents_to_move(model: &ModelPages, promised: usize) -> (usize, usize) {
    let (mut needed, mut given) = (0, 0);
    for (index, group) in model.groups.iter().enumerate() {
        let (spare, size) = (model.spare_blocks(index), group.blocks_per_extent());
        match spare.checked_sub(promised) {
            Some(left) => given += (left / size).min(group.unused_extents()),
            None => needed += (promised - spare).div_ceil(size),
        }
    }
    (needed, given)
}
