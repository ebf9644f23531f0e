use std::collections::BTreeMap;

use crate::sequence::{Sequence, SequenceId, Share};

/// Chooses what goes into a step of at most `max_tokens` tokens.
///
/// Answers that are under way come first, one token each, so that a long prompt never holds them up; what is left goes
/// to prompts in the order of their arrival.
pub(crate) fn schedule(
    sequences: &BTreeMap<SequenceId, Sequence>,
    max_tokens: usize,
) -> Vec<(SequenceId, Share)> {
    let mut left = max_tokens;
    let mut shares = Vec::new();
    for decoding in [true, false] {
        for (&id, sequence) in sequences.iter().filter(|(_, sequence)| sequence.is_decoding() == decoding) {
            let Some(share) = sequence.share(left) else { continue };
            left -= match &share {
                Share::Known { tokens, .. } => tokens.len(),
                Share::Previous { .. } => 1,
            };
            shares.push((id, share));
        }
    }
    shares
}
