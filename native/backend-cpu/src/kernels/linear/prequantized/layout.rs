use std::sync::Arc;

use conduit_backend::NumberFormat;

/// Rows of a strip: sixteen output features, whose numbers lie side by side.
pub const STRIP: usize = 16;
/// Features of four bits that lie side by side.
pub const U4_STEP: usize = 8;
/// Features of eight bits that lie side by side.
pub const F8_STEP: usize = 4;

/// What a strip holds: its numbers, then its scales `[group]` or `[group][row]`, then its zero points `[pair of groups][row]`, each
/// pair the lower halves of bytes and the upper ones.
///
/// Numbers have places in the order of their groups, each group filled up with zeros to a whole step. Those of eight bits lie as
/// `[step][row][4]`; those of four bits as `[step][row][4]` too, the lower halves of bytes for the first four places of the step and the
/// upper ones for the others.
pub struct StripLayout {
    pub format: NumberFormat,
    /// From one strip to the next.
    pub bytes: usize,
    pub scales: usize,
    /// Where there are none, all are [`StripLayout::zero_point`].
    pub zero_points: Option<usize>,
    pub zero_point: u8,
    /// Input features.
    pub features: usize,
    /// Those of a group.
    pub group: usize,
    /// Whether all rows of the strip share their scales.
    pub shares_scales: bool,
    /// Which feature of the input meets the first number of a row, the second and so on; else they are in order.
    pub order: Option<Arc<[u32]>>,
}

impl StripLayout {
    pub fn groups(&self) -> usize {
        self.features.div_ceil(self.group)
    }

    /// Input features of this group; the last may have fewer.
    pub fn features_of(&self, group: usize) -> usize {
        self.group.min(self.features - group * self.group)
    }

    /// Places of a group with so many features.
    pub fn places_for(&self, features: usize) -> usize {
        let step = match self.format {
            NumberFormat::F8E4M3 => F8_STEP,
            NumberFormat::U4 => U4_STEP,
        };
        features.next_multiple_of(step)
    }

    /// From the first place of a group to that of the next.
    pub fn group_places(&self) -> usize {
        self.places_for(self.group)
    }

    /// Places of a row.
    pub fn places(&self) -> usize {
        let last = self.groups() - 1;
        last.saturating_mul(self.group_places()).saturating_add(self.places_for(self.features_of(last)))
    }

    /// The place of each number of a row, and the feature of the input that it meets.
    pub fn features_by_place(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let in_order = |index: usize| self.order.as_ref().map_or(index, |order| order[index] as usize);
        (0..self.groups()).flat_map(move |group| {
            let (first, place) = (group * self.group, group * self.group_places());
            (0..self.features_of(group)).map(move |index| (place + index, in_order(first + index)))
        })
    }

    /// Whether what is packed for the other one's strips can be multiplied with these.
    pub fn takes_input_of(&self, other: &Self) -> bool {
        (self.features, self.group) == (other.features, other.group) && self.order == other.order
    }
}
