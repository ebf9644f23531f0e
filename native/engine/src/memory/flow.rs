use conduit_backend::EXTENT_BYTES;

use super::{KvMemory, ModelKey, PageId, SequencePages, pages_for};

/// Why a page could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shortage {
    /// An extent has to change its model, and a step is in flight.
    StepInFlight,
    /// Every page is in use.
    Full,
}

impl KvMemory {
    /// Takes pages until `tokens` tokens fit. What was taken before a shortage stays with the sequence.
    ///
    /// A sequence that needs more than it was promised is promised `more` pages, so that admission goes on to count with
    /// its growth.
    ///
    /// # Errors
    /// The shortage; where `is_quiet` says that no step is in flight, it is never [`Shortage::StepInFlight`].
    pub(crate) fn grow(
        &mut self,
        key: ModelKey,
        sequence: &mut SequencePages,
        tokens: usize,
        more: usize,
        is_quiet: bool,
    ) -> Result<(), Shortage> {
        while sequence.pages.len() < pages_for(tokens) {
            let id = self.take(key, is_quiet)?;
            let Some(model) = self.models.get_mut(&key) else { return Err(Shortage::Full) };
            sequence.tables.resize(model.groups.len(), Vec::new());
            for (table, &block) in sequence.tables.iter_mut().zip(model.blocks(id)) {
                table.push(block);
            }
            sequence.pages.push(id);
            if sequence.promised > 0 {
                sequence.promised -= 1;
                model.promised -= 1;
            } else {
                sequence.promised = more;
                model.promised += more;
            }
        }
        Ok(())
    }

    /// Gives back what a sequence holds, and its promise.
    pub(crate) fn release(&mut self, key: ModelKey, sequence: SequencePages) {
        let Some(model) = self.models.get_mut(&key) else { return };
        model.promised -= sequence.promised;
        // The last first: what others may share stays longest.
        for &id in sequence.pages.iter().rev() {
            self.time += 1;
            model.release(id, self.time);
        }
        self.releases += 1;
    }

    /// Gives up all that is kept.
    pub(crate) fn forget_kept(&mut self) {
        for model in self.models.values_mut() {
            while model.oldest().is_some() {
                model.evict_oldest();
            }
        }
        self.releases += 1;
    }

    /// Gives up what is kept, the oldest first, until so many bytes are free; how many are. No step is in flight.
    pub(crate) fn make_room(&mut self, bytes: u64) -> u64 {
        let wanted = bytes.div_ceil(EXTENT_BYTES as u64);
        while (self.memory.free_extents() as u64) < wanted && self.give_up_oldest_extent(None) {}
        (self.memory.free_extents() * EXTENT_BYTES) as u64
    }

    /// Takes one page: a free one, one of a new extent, or one that is kept and was used longest ago over all models. Beyond its
    /// share of the budget memory grows only where the model keeps nothing.
    fn take(&mut self, key: ModelKey, is_quiet: bool) -> Result<PageId, Shortage> {
        loop {
            let model = self.models.get_mut(&key).ok_or(Shortage::Full)?;
            let group = match model.take() {
                Ok(id) => return Ok(id),
                Err(group) => group,
            };
            let own = model.oldest();
            let mapped = self.mapped_extents();
            let is_share_used = mapped * 100 >= (mapped + self.memory.free_extents()) * self.kept_percent;
            let Some(model) = self.models.get_mut(&key) else { return Err(Shortage::Full) };
            if own.is_some() && is_share_used && self.memory.free_extents() > 0 {
                model.evict_oldest();
                continue;
            }
            if let Ok(extent) = self.memory.map() {
                model.groups[group].add(extent);
                continue;
            }
            let extents = self.models.iter().filter_map(|(&other, model)| model.oldest_extent(other == key));
            let extent = extents.map(|(time, ..)| time).min();
            match (own, extent) {
                (Some(own), extent) if extent.is_none_or(|extent| own <= extent) => {
                    if let Some(model) = self.models.get_mut(&key) {
                        model.evict_oldest();
                    }
                }
                (_, Some(_)) if !is_quiet => return Err(Shortage::StepInFlight),
                (_, Some(_)) => {
                    self.give_up_oldest_extent(Some(key));
                }
                (_, None) => return Err(Shortage::Full),
            }
        }
    }

    /// Gives up the extent that was used longest ago, for `key` or for weights; whether there was one.
    fn give_up_oldest_extent(&mut self, key: Option<ModelKey>) -> bool {
        let extents = self.models.iter_mut();
        let oldest =
            extents.filter_map(|(&other, model)| Some((model.oldest_extent(key == Some(other))?, model)));
        let Some(((_, group, extent), model)) = oldest.min_by_key(|(oldest, _)| *oldest) else {
            return false;
        };
        model.give_up(group, extent);
        self.memory.unmap(extent);
        true
    }
}
