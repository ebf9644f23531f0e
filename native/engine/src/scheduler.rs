use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::sequence::{Sequence, Share};
use crate::task::SequenceId;

/// Chooses what goes into a step of at most `max_tokens` tokens, of which every running sequence may have one.
///
/// Answers that are under way come first, so that a long prompt never holds them up. What is left goes to prompts: the same
/// to each client, and of one client to the prompt whose turn is first.
pub(crate) fn schedule(
    sequences: &BTreeMap<SequenceId, Sequence>,
    running: &BTreeSet<SequenceId>,
    max_tokens: usize,
) -> Vec<(SequenceId, Share)> {
    let wanting = running.iter().filter_map(|id| Some((*id, sequences.get(id)?)));
    let wanting = wanting.filter(|(_, sequence)| sequence.wants() > 0);
    let (decoding, mut prompts): (Vec<_>, Vec<_>) = wanting.partition(|(_, sequence)| sequence.is_decoding());
    let mut left = max_tokens;
    let mut shares = Vec::with_capacity(decoding.len() + prompts.len());
    for (index, (id, sequence)) in decoding.iter().enumerate() {
        let others = decoding.len() - index - 1;
        if let Some(share) = sequence.share(left.saturating_sub(others)) {
            left -= share.tokens();
            shares.push((*id, share));
        }
    }
    prompts.sort_unstable_by_key(|(_, sequence)| sequence.place());
    for ((id, sequence), tokens) in prompts.iter().zip(share_out(&prompts, left)) {
        shares.extend(sequence.share(tokens).map(|share| (*id, share)));
    }
    shares
}

/// How many of `left` tokens each prompt has.
fn share_out(prompts: &[(SequenceId, &Sequence)], mut left: usize) -> Vec<usize> {
    let mut quotas = HashMap::new();
    for (_, sequence) in prompts {
        quotas.insert(sequence.client(), 0);
    }
    let quota = left.div_ceil(quotas.len().max(1));
    quotas.values_mut().for_each(|value| *value = quota);
    let mut given = vec![0; prompts.len()];
    // A second time without quotas, for what clients with short prompts leave.
    for has_quotas in [true, false] {
        for ((_, sequence), given) in prompts.iter().zip(&mut given) {
            let Some(quota) = quotas.get_mut(sequence.client()) else { continue };
            let most = if has_quotas { left.min(*quota) } else { left };
            let more = (sequence.wants() - *given).min(most);
            *given += more;
            *quota = quota.saturating_sub(more);
            left -= more;
        }
    }
    given
}
