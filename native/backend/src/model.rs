use crate::{Backend, KvLayout, Ops};

/// A decoder as the engine sees it: the shape of its cache and how to record it. It never sees a request.
pub trait Model<B: Backend + ?Sized>: Send + Sync {
    /// The cache's groups, in the order that [`crate::AttentionSpec::group`] counts.
    fn kv_groups(&self) -> &[KvLayout];

    /// Features of a hidden state; 0 where the model records no [`Ops::hidden`].
    fn hidden_size(&self) -> usize;

    /// Whether recordings end in [`Ops::logits`]; those that do not give hidden states alone.
    fn has_logits(&self) -> bool {
        true
    }

    /// Ids that tokens may have, and rows of the logits; may be larger than the tokenizer's vocabulary.
    fn vocab_size(&self) -> usize;

    /// Tokens that the positional encoding was made for, scaling included.
    fn max_positions(&self) -> usize;

    /// Bytes of weights on the device.
    fn weight_bytes(&self) -> u64;

    /// Records one forward pass, ending in [`Ops::logits`] or, without a head, in [`Ops::hidden`].
    fn record(&self, ops: &mut dyn Ops<B>);
}
