use std::collections::HashMap;
use std::ops::Range;

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
    blocks: HashMap<KvAddress, [Option<Slot>; BLOCK_TOKENS]>,
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
        self.blocks.entry(address).or_default()[position % BLOCK_TOKENS] = Some(slot);
        Ok(())
    }

    /// Appends what is stored for `positions` to `states`.
    pub(super) fn read(
        &self,
        memory: &FakeMemory,
        layout: &KvLayout,
        owner: Owner,
        table: &[KvAddress],
        positions: Range<usize>,
        states: &mut Vec<u64>,
    ) -> Result<(), String> {
        let mut next = positions.start;
        while next < positions.end {
            let (address, generation) = mapped(memory, layout, table, next)?;
            let block = self.blocks.get(&address);
            let end = positions.end.min((next / BLOCK_TOKENS + 1) * BLOCK_TOKENS);
            for position in next..end {
                let slot = block
                    .and_then(|block| block[position % BLOCK_TOKENS])
                    .filter(|slot| slot.generation == generation)
                    .ok_or_else(|| {
                        format!("position {position} at {address:?} was read before it was written")
                    })?;
                if slot.owner != owner {
                    return Err(format!("{address:?} holds what {:?} wrote, read by {owner:?}", slot.owner));
                }
                if slot.position != position {
                    return Err(format!("{address:?} holds position {}, read as {position}", slot.position));
                }
                states.push(slot.state);
            }
            next = end;
        }
        Ok(())
    }
}
