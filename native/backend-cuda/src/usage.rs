/// What a backend has of its device's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryUsage {
    /// Extents of the budget that hold weights.
    pub weight_extents: usize,
    /// Extents of the budget that hold KV.
    pub kv_extents: usize,
    /// Bytes outside the budget: the workspace of the largest plan, and for each of two steps in flight its inputs, logits,
    /// hidden states and masks. Whoever chooses the budget leaves them free; they grow when plans are recorded, and where a
    /// step's rows adjust more logits than any step before.
    pub workspace_bytes: u64,
}
