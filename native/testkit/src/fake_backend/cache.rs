use std::collections::HashMap;

use conduit_backend::{BLOCK_TOKENS, EXTENT_BYTES, Extent, KV_ADDRESS_UNIT, KvAddress, KvLayout};

use super::FakeMemory;

const UNITS_PER_EXTENT: u32 = (EXTENT_BYTES / KV_ADDRESS_UNIT) as u32;

/// Who wrote a token: another plan's or group's content is never read as one's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub plan: u64,
    pub group: usize,
}

#[derive(Clone, Copy)]
struct Slot {
    owner: Owner,
    generation: u64,
    position: usize,
    state: u64,
}

/// What lies at each address, token by token.
#[derive(Default)]
pub(super) struct Cache {
    slots: HashMap<(KvAddress, usize), Slot>,
}

fn mapped(
    memory: &FakeMemory,
    layout: &KvLayout,
    table: &[KvAddress],
    position: usize,
) -> Result<(KvAddress, u64), String> {
    let address = *table
        .get(position / BLOCK_TOKENS)
        .ok_or_else(|| format!("block table of {} blocks does not reach position {position}", table.len()))?;
    let generation = memory
        .generation(Extent(address.0 / UNITS_PER_EXTENT))
        .ok_or_else(|| format!("{address:?} lies in an extent that is not mapped"))?;
    let offset = address.0 % UNITS_PER_EXTENT;
    let units = (layout.block_bytes() / KV_ADDRESS_UNIT) as u32;
    if !offset.is_multiple_of(units) || (offset / units) as usize >= layout.blocks_per_extent() {
        return Err(format!("{address:?} is no block of {units} KiB within its extent"));
    }
    Ok((address, generation))
}

impl Cache {
    pub(super) fn write(
        &mut self,
        memory: &FakeMemory,
        layout: &KvLayout,
        owner: Owner,
        table: &[KvAddress],
        (position, state): (usize, u64),
    ) -> Result<(), String> {
        let (address, generation) = mapped(memory, layout, table, position)?;
        let slot = Slot { owner, generation, position, state };
        self.slots.insert((address, position % BLOCK_TOKENS), slot);
        Ok(())
    }

    pub(super) fn read(
        &self,
        memory: &FakeMemory,
        layout: &KvLayout,
        owner: Owner,
        table: &[KvAddress],
        position: usize,
    ) -> Result<u64, String> {
        let (address, generation) = mapped(memory, layout, table, position)?;
        let slot = self
            .slots
            .get(&(address, position % BLOCK_TOKENS))
            .filter(|slot| slot.generation == generation)
            .ok_or_else(|| format!("position {position} at {address:?} was read before it was written"))?;
        if slot.owner != owner {
            return Err(format!("{address:?} holds what {:?} wrote, read by {owner:?}", slot.owner));
        }
        if slot.position != position {
            return Err(format!("{address:?} holds position {}, read as {position}", slot.position));
        }
        Ok(slot.state)
    }
}
