/// Where regions lie in the workspace.
pub struct Placement {
    /// Offset of each region, by id.
    pub offsets: Vec<usize>,
    /// What all take together; more than any memory where it is beyond counting.
    pub size: usize,
}

/// Gives every region a place for the time between its first and its last use. `operations` are the ids of the regions that
/// each operation touches, `sizes` those of the regions, by id.
///
/// Two regions overlap only where no operation touches both and neither is used again.
pub(super) fn place(operations: &[Vec<usize>], sizes: &[usize]) -> Placement {
    let mut last_use = vec![0; sizes.len()];
    for (step, regions) in operations.iter().enumerate() {
        for region in regions {
            last_use[*region] = step;
        }
    }
    let mut placement = Placement { offsets: vec![usize::MAX; sizes.len()], size: 0 };
    // Live regions as (offset, size, last use), in the order of their offsets.
    let mut live: Vec<(usize, usize, usize)> = Vec::new();
    for (step, regions) in operations.iter().enumerate() {
        live.retain(|(_, _, last)| *last >= step);
        for &region in regions {
            if placement.offsets[region] != usize::MAX {
                continue;
            }
            let size = sizes[region];
            let mut offset = 0_usize;
            let mut index = 0;
            while index < live.len() && live[index].0 < offset.saturating_add(size) {
                offset = live[index].0.saturating_add(live[index].1);
                index += 1;
            }
            live.insert(index, (offset, size, last_use[region]));
            placement.offsets[region] = offset;
            placement.size = placement.size.max(offset.saturating_add(size));
        }
    }
    placement
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_that_live_at_once_do_not_overlap() {
        let sizes: Vec<usize> = (0..6).map(|id| 5 + 7 * id).collect();
        let operations = [[0, 1], [1, 2], [0, 2], [0, 3], [3, 4], [4, 5], [0, 5]].map(Vec::from);
        let placement = place(&operations, &sizes);

        let uses = |id: usize| {
            let touching = |regions: &Vec<usize>| regions.contains(&id);
            let first = operations.iter().position(touching).unwrap();
            let last = operations.iter().rposition(touching).unwrap();
            first..=last
        };
        let range = |id: usize| placement.offsets[id]..placement.offsets[id] + sizes[id];
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
        let together: usize = sizes.iter().sum();
        assert!(placement.size < together, "nothing was placed over what is no longer used");
    }
}
