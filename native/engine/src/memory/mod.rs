//! The pages of all models in one budget: who holds them, what is kept for its content, and how they move between models.
//!
//! Steps run in the order in which they were enqueued, so that a page may be given to another sequence while a step that
//! reads it is in flight; only extents that change their model wait until none is.

mod accounting;
mod block_pool;
mod flow;
mod model_pages;
mod prefix_index;
mod sequence_pages;
mod sharing;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use conduit_backend::{BLOCK_TOKENS, EXTENT_BYTES, KvLayout, Memory};

pub(crate) use flow::Shortage;
use model_pages::ModelPages;
pub(crate) use sequence_pages::SequencePages;

/// A model as long as it is loaded; a number is never used again.
pub(crate) type ModelKey = u64;

/// A page within its model.
type PageId = usize;

/// Pages that `tokens` tokens fill.
pub(crate) fn pages_for(tokens: usize) -> usize {
    tokens.div_ceil(BLOCK_TOKENS)
}

/// What the pages of a model are used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PageUse {
    /// Of 32 MiB each.
    pub(crate) extents: usize,
    pub(crate) in_use: usize,
    /// Kept for their content, and given up when somebody needs the room.
    pub(crate) kept: usize,
    /// Pages given up so far.
    pub(crate) evicted: u64,
}

/// The memory that all models share, as the engine's thread sees it.
pub(crate) struct KvMemory {
    memory: Arc<dyn Memory>,
    models: BTreeMap<ModelKey, ModelPages>,
    /// Share of the budget up to which memory grows for what is only kept.
    kept_percent: usize,
    /// Counts what is put out of use.
    time: u64,
    /// Counts what makes room for a request that found none.
    releases: u64,
}

impl KvMemory {
    /// See [`crate::EngineOptions::kept_percent`].
    pub(crate) fn new(memory: Arc<dyn Memory>, kept_percent: usize) -> Self {
        Self { memory, models: BTreeMap::new(), kept_percent, time: 0, releases: 0 }
    }

    pub(crate) fn add_model(&mut self, key: ModelKey, layouts: &[KvLayout]) {
        self.models.insert(key, ModelPages::new(layouts));
    }

    /// Gives back everything that a model has. None of its sequences holds pages, and no step is in flight.
    pub(crate) fn remove_model(&mut self, key: ModelKey) {
        if let Some(pages) = self.models.remove(&key) {
            pages.extents().for_each(|extent| self.memory.unmap(extent));
            self.releases += 1;
        }
    }

    /// Changes whenever something may be had that could not be had before.
    pub(crate) fn releases(&self) -> u64 {
        self.releases
    }

    /// Bytes that a cache can have where nothing else runs.
    pub(crate) fn most_bytes(&self) -> u64 {
        ((self.memory.free_extents() + self.mapped_extents()) * EXTENT_BYTES) as u64
    }

    fn mapped_extents(&self) -> usize {
        self.models.values().map(ModelPages::extent_count).sum()
    }

    /// Pages that are counted and not taken.
    #[cfg(test)]
    pub(crate) fn promised(&self) -> usize {
        self.models.values().map(|model| model.promised).sum()
    }

    pub(crate) fn page_use(&self, key: ModelKey) -> PageUse {
        self.models.get(&key).map_or_else(PageUse::default, |pages| PageUse {
            extents: pages.extent_count(),
            in_use: pages.in_use(),
            kept: pages.kept(),
            evicted: pages.evicted(),
        })
    }
}

/// Bytes of the extents that one sequence of `tokens` tokens takes where it is alone.
pub(crate) fn bytes_for(layouts: &[KvLayout], tokens: usize) -> u64 {
    let extents = |layout: &KvLayout| pages_for(tokens).div_ceil(layout.blocks_per_extent());
    (layouts.iter().map(extents).sum::<usize>() * EXTENT_BYTES) as u64
}
