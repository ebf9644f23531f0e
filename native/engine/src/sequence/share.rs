use std::ops::Range;

/// What a sequence brings to a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    /// Known tokens, by their place in the sequence; with the last known one comes a row. `hidden` are those of them whose
    /// hidden states are wanted.
    Known { tokens: Range<usize>, row: bool, hidden: Range<usize> },
    /// The token that this row of the step before samples, and a row.
    Previous { row: u32 },
}

impl Share {
    pub(crate) fn tokens(&self) -> usize {
        match self {
            Self::Known { tokens, .. } => tokens.len(),
            Self::Previous { .. } => 1,
        }
    }
}
