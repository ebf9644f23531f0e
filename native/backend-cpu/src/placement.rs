use conduit_backend::Bucket;

use crate::plan::{Operation, Region, Rows};

/// Regions start at cache lines: 16 elements of f32.
pub(crate) const LINE: usize = 16;

/// Where regions lie in the workspace.
pub(crate) struct Placement {
    /// Offset of each region, by id.
    pub offsets: Vec<usize>,
    /// Elements that all take together; more than any memory where their number is beyond counting.
    pub size: usize,
}

/// Gives every region a place for the time between its first and its last use.
///
/// Two regions overlap only where no operation touches both and neither is used again: what [`crate::run`] relies on
/// when it makes slices of several regions at once.
pub(crate) fn place(operations: &[Operation], regions: usize, bucket: Bucket) -> Placement {
    let mut last_use = vec![0; regions];
    for (step, operation) in operations.iter().enumerate() {
        for region in operation.regions() {
            last_use[region.id] = step;
        }
    }
    let mut placement = Placement { offsets: vec![usize::MAX; regions], size: 0 };
    // Live regions as (offset, size, last use), in the order of their offsets.
    let mut live: Vec<(usize, usize, usize)> = Vec::new();
    for (step, operation) in operations.iter().enumerate() {
        live.retain(|(_, _, last)| *last >= step);
        for region in operation.regions() {
            if placement.offsets[region.id] != usize::MAX {
                continue;
            }
            let size = size_of(region, bucket);
            let mut offset = 0_usize;
            let mut index = 0;
            while index < live.len() && live[index].0 < offset.saturating_add(size) {
                offset = live[index].0.saturating_add(live[index].1);
                index += 1;
            }
            live.insert(index, (offset, size, last_use[region.id]));
            placement.offsets[region.id] = offset;
            placement.size = placement.size.max(offset.saturating_add(size));
        }
    }
    placement
}

fn size_of(region: Region, bucket: Bucket) -> usize {
    let rows = match region.rows {
        Rows::Tokens => bucket.max_tokens,
        Rows::LogitTokens => bucket.max_rows,
    };
    rows.saturating_mul(region.features).checked_next_multiple_of(LINE).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUCKET: Bucket = Bucket { max_tokens: 3, max_rows: 2 };

    fn region(id: usize, features: usize) -> Region {
        Region { id, features, rows: Rows::Tokens }
    }

    #[test]
    fn regions_that_live_at_once_do_not_overlap() {
        let regions: Vec<_> = (0..6).map(|id| region(id, 5 + 7 * id)).collect();
        let gather =
            |x: usize, output: usize| Operation::GatherRows { x: regions[x], output: regions[output] };
        let add = |x: usize, y: usize| Operation::Add { residual: regions[x], delta: regions[y] };
        let operations =
            [gather(0, 1), gather(1, 2), add(0, 2), gather(0, 3), gather(3, 4), gather(4, 5), add(0, 5)];
        let placement = place(&operations, 6, BUCKET);

        let uses = |id: usize| {
            let touching = |operation: &Operation| operation.regions().iter().any(|region| region.id == id);
            let first = operations.iter().position(touching).unwrap();
            let last = operations.iter().rposition(touching).unwrap();
            first..=last
        };
        let range = |id: usize| placement.offsets[id]..placement.offsets[id] + size_of(regions[id], BUCKET);
        for a in 0..6 {
            let range_a = range(a);
            assert!(range_a.end <= placement.size);
            for b in 0..a {
                let range_b = range(b);
                let both_live = uses(a).start() <= uses(b).end() && uses(b).start() <= uses(a).end();
                let overlap = range_a.start < range_b.end && range_b.start < range_a.end;
                assert!(!(both_live && overlap), "regions {a} and {b}");
            }
        }
        let together: usize = regions.iter().map(|region| size_of(*region, BUCKET)).sum();
        assert!(placement.size < together, "nothing was placed over what is no longer used");
    }
}
