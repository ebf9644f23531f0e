use std::collections::BTreeMap;

use conduit_backend::{Extent, KvAddress, KvLayout};

use super::PageId;
use super::block_pool::BlockPool;
use super::prefix_index::{BlockKey, PrefixIndex};

/// One block in each KV group, for the same tokens.
struct Page {
    blocks: Vec<KvAddress>,
    users: usize,
    /// Its place in the prefix cache.
    key: Option<Box<BlockKey>>,
    /// When its last user went.
    last_used: u64,
}

/// The pages of one model.
pub(super) struct ModelPages {
    pub(super) groups: Vec<BlockPool>,
    pub(super) prefixes: PrefixIndex,
    pages: Vec<Page>,
    vacant: Vec<PageId>,
    /// Pages without a user that the prefix cache keeps, by when they were last used.
    ///
    /// Whoever uses a page uses those before it too, and lets go of them later: what a page continues is never older.
    unused: BTreeMap<u64, PageId>,
    /// Pages that admission has counted and that are not taken yet.
    pub(super) promised: usize,
    in_use: usize,
    evicted: u64,
}

impl ModelPages {
    pub(super) fn new(layouts: &[KvLayout]) -> Self {
        Self {
            groups: layouts.iter().map(BlockPool::new).collect(),
            prefixes: PrefixIndex::new(),
            pages: Vec::new(),
            vacant: Vec::new(),
            unused: BTreeMap::new(),
            promised: 0,
            in_use: 0,
            evicted: 0,
        }
    }

    /// Takes a page for its first user.
    ///
    /// # Errors
    /// The group that has no free block.
    pub(super) fn take(&mut self) -> Result<PageId, usize> {
        if let Some(group) = self.groups.iter().position(|group| group.free_blocks() == 0) {
            return Err(group);
        }
        let id = self.vacant.pop().unwrap_or_else(|| {
            self.pages.push(Page { blocks: Vec::new(), users: 0, key: None, last_used: 0 });
            self.pages.len() - 1
        });
        let page = &mut self.pages[id];
        page.users = 1;
        page.blocks.extend(self.groups.iter_mut().filter_map(|group| group.take(id)));
        self.in_use += 1;
        Ok(id)
    }

    /// Adds a user to a page.
    pub(super) fn share(&mut self, id: PageId) {
        let page = &mut self.pages[id];
        page.users += 1;
        if page.users == 1 {
            self.unused.remove(&page.last_used);
            self.in_use += 1;
            for (group, &block) in self.groups.iter_mut().zip(&page.blocks) {
                group.put_in_use(block);
            }
        }
    }

    /// Takes a user away; without any a page stays only where the prefix cache keeps it. `time` is different each time.
    pub(super) fn release(&mut self, id: PageId, time: u64) {
        let page = &mut self.pages[id];
        page.users -= 1;
        if page.users > 0 {
            return;
        }
        self.in_use -= 1;
        page.last_used = time;
        for (group, &block) in self.groups.iter_mut().zip(&page.blocks) {
            group.put_out_of_use(block, time);
        }
        if page.key.is_some() {
            self.unused.insert(time, id);
        } else {
            self.free(id);
        }
    }

    /// The block of a page in each group.
    pub(super) fn blocks(&self, id: PageId) -> &[KvAddress] {
        &self.pages[id].blocks
    }

    /// Notes where in the prefix cache a page is.
    pub(super) fn keep(&mut self, id: PageId, key: BlockKey) {
        self.pages[id].key = Some(Box::new(key));
    }

    /// When the page that has been unused longest was last used.
    pub(super) fn oldest(&self) -> Option<u64> {
        self.unused.first_key_value().map(|(&time, _)| time)
    }

    /// Gives up the page that has been unused longest.
    pub(super) fn evict_oldest(&mut self) {
        if let Some((_, id)) = self.unused.pop_first() {
            self.evict(id);
        }
    }

    /// The extent without a page in use whose content was used longest ago, and when that was.
    ///
    /// Where the model itself asks, the last free blocks of a group are none to give: it would only ask for them next.
    pub(super) fn oldest_extent(&self, is_own: bool) -> Option<(u64, usize, Extent)> {
        let can_give = |group: &BlockPool| !is_own || group.free_blocks() > group.blocks_per_extent();
        let groups = self.groups.iter().enumerate().filter(|(_, group)| can_give(group));
        let oldest = |(index, group): (usize, &BlockPool)| {
            group.oldest_unused().map(|(time, extent)| (time, index, extent))
        };
        groups.filter_map(oldest).min()
    }

    /// Gives up what an extent without a page in use holds, and takes it out.
    pub(super) fn give_up(&mut self, group: usize, extent: Extent) {
        for id in self.groups[group].owners(extent) {
            self.unused.remove(&self.pages[id].last_used);
            self.evict(id);
        }
        self.groups[group].remove(extent);
    }

    /// Pages that the mapped extents give without taking any from a sequence, group by group.
    pub(super) fn spare_blocks(&self, group: usize) -> usize {
        self.groups[group].free_blocks() + self.unused.len()
    }

    pub(super) fn in_use(&self) -> usize {
        self.in_use
    }

    pub(super) fn kept(&self) -> usize {
        self.unused.len()
    }

    pub(super) fn evicted(&self) -> u64 {
        self.evicted
    }

    pub(super) fn extent_count(&self) -> usize {
        self.groups.iter().map(BlockPool::extent_count).sum()
    }

    pub(super) fn extents(&self) -> impl Iterator<Item = Extent> {
        self.groups.iter().flat_map(BlockPool::extents)
    }

    fn evict(&mut self, id: PageId) {
        if let Some(key) = self.pages[id].key.take() {
            self.prefixes.remove(&key);
        }
        self.evicted += 1;
        self.free(id);
    }

    fn free(&mut self, id: PageId) {
        let page = &mut self.pages[id];
        for (group, block) in self.groups.iter_mut().zip(page.blocks.drain(..)) {
            group.free(block);
        }
        self.vacant.push(id);
    }
}
