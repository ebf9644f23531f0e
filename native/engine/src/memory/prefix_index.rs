use std::collections::HashMap;

use conduit_backend::BLOCK_TOKENS;

use super::PageId;

/// The tokens of a sequence from its start to the end of one of its blocks. No two that differ have the same number, and none
/// is ever used again for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Prefix(u64);

impl Prefix {
    pub(super) const EMPTY: Self = Self(0);
}

/// A full block, told by everything that its content depends on: what comes before it, and its own tokens.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct BlockKey {
    before: Prefix,
    tokens: [u32; BLOCK_TOKENS],
}

impl BlockKey {
    /// `None` where `tokens` are not one block.
    pub(super) fn new(before: Prefix, tokens: &[u32]) -> Option<Self> {
        Some(Self { before, tokens: tokens.try_into().ok()? })
    }
}

/// The full blocks of one model that are computed and still there.
///
/// Keys are compared as a whole, not by their hashes: a collision would answer one request with the text of another.
pub(super) struct PrefixIndex {
    blocks: HashMap<BlockKey, (PageId, Prefix)>,
    numbers: u64,
}

impl PrefixIndex {
    pub(super) fn new() -> Self {
        Self { blocks: HashMap::new(), numbers: 0 }
    }

    /// The page that holds a block, and the prefix that ends with it.
    pub(super) fn find(&self, key: &BlockKey) -> Option<(PageId, Prefix)> {
        self.blocks.get(key).copied()
    }

    /// Takes in a block that is not there; the prefix that ends with it.
    pub(super) fn insert(&mut self, key: BlockKey, page: PageId) -> Prefix {
        self.numbers += 1;
        let prefix = Prefix(self.numbers);
        self.blocks.insert(key, (page, prefix));
        prefix
    }

    pub(super) fn remove(&mut self, key: &BlockKey) {
        self.blocks.remove(key);
    }
}
