use conduit_backend::{KvLayout, Model, Ops};

use super::{FakeBackend, HIDDEN_SIZE};

/// A decoder that consists of its shape.
#[derive(Clone, Debug)]
pub struct FakeModel {
    pub groups: Vec<KvLayout>,
    pub vocab_size: usize,
    pub max_positions: usize,
}

impl Model<FakeBackend> for FakeModel {
    fn kv_groups(&self) -> &[KvLayout] {
        &self.groups
    }

    fn hidden_size(&self) -> usize {
        HIDDEN_SIZE
    }

    fn vocab_size(&self) -> usize {
        self.vocab_size
    }

    fn max_positions(&self) -> usize {
        self.max_positions
    }

    fn weight_bytes(&self) -> u64 {
        0
    }

    fn record(&self, _ops: &mut dyn Ops<FakeBackend>) {}
}
