use conduit_backend::KvAddress;

use super::PageId;
use super::prefix_index::Prefix;

/// What one sequence holds of its model's pages.
#[derive(Debug)]
pub(crate) struct SequencePages {
    /// In the order of positions, [`conduit_backend::BLOCK_TOKENS`] tokens each.
    pub(super) pages: Vec<PageId>,
    /// For each KV group the addresses of the pages' blocks.
    pub(super) tables: Vec<Vec<KvAddress>>,
    /// Pages that admission has counted for this sequence, beyond those it holds.
    pub(super) promised: usize,
    /// The first pages that are in the prefix cache, and what they hold.
    pub(super) chained: usize,
    pub(super) chain: Prefix,
}

impl SequencePages {
    /// None, as a request has that waits.
    pub(crate) const fn none() -> Self {
        Self { pages: Vec::new(), tables: Vec::new(), promised: 0, chained: 0, chain: Prefix::EMPTY }
    }

    pub(crate) fn len(&self) -> usize {
        self.pages.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// For each KV group the addresses of this sequence's blocks.
    pub(crate) fn tables(&self) -> &[Vec<KvAddress>] {
        &self.tables
    }
}
