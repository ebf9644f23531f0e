use conduit_backend::BLOCK_TOKENS;

use super::prefix_index::{BlockKey, Prefix};
use super::{KvMemory, ModelKey, ModelPages, SequencePages};

impl KvMemory {
    /// The pages that hold the start of `tokens` already, as far as it is computed. At least one token is left over, to be
    /// computed for its logits.
    pub(crate) fn share(&mut self, key: ModelKey, tokens: &[u32]) -> SequencePages {
        let mut sequence = SequencePages::none();
        let Some(model) = self.models.get_mut(&key) else { return sequence };
        sequence.tables.resize(model.groups.len(), Vec::new());
        let shareable = tokens.len().saturating_sub(1) / BLOCK_TOKENS;
        for block in tokens.chunks_exact(BLOCK_TOKENS).take(shareable) {
            let found = BlockKey::new(sequence.chain, block).and_then(|key| model.prefixes.find(&key));
            let Some((id, prefix)) = found else { break };
            model.share(id);
            for (table, &address) in sequence.tables.iter_mut().zip(model.blocks(id)) {
                table.push(address);
            }
            sequence.pages.push(id);
            sequence.chained += 1;
            sequence.chain = prefix;
        }
        sequence
    }

    /// Takes the blocks of a sequence into the prefix cache whose first `computed` tokens have been computed.
    ///
    /// Where another sequence was faster its page takes the place of this one's, so that the chain stays whole.
    pub(crate) fn keep(
        &mut self,
        key: ModelKey,
        sequence: &mut SequencePages,
        tokens: &[u32],
        computed: usize,
    ) {
        let Some(model) = self.models.get_mut(&key) else { return };
        let full = (computed.min(tokens.len()) / BLOCK_TOKENS).min(sequence.pages.len());
        while sequence.chained < full {
            let index = sequence.chained;
            let block = &tokens[index * BLOCK_TOKENS..(index + 1) * BLOCK_TOKENS];
            let Some(block) = BlockKey::new(sequence.chain, block) else { return };
            self.time += 1;
            sequence.chain = chain(model, sequence, index, block, self.time);
            sequence.chained += 1;
        }
    }
}

fn chain(
    model: &mut ModelPages,
    sequence: &mut SequencePages,
    index: usize,
    key: BlockKey,
    time: u64,
) -> Prefix {
    let own = sequence.pages[index];
    match model.prefixes.find(&key) {
        None => {
            model.keep(own, key);
            model.prefixes.insert(key, own)
        }
        Some((twin, prefix)) => {
            model.share(twin);
            model.release(own, time);
            sequence.pages[index] = twin;
            for (table, &address) in sequence.tables.iter_mut().zip(model.blocks(twin)) {
                table[index] = address;
            }
            prefix
        }
    }
}
