//! A model on a backend of its own, with cache for its sequences and no engine around it.

use std::sync::Arc;

use conduit_backend::{
    BLOCK_TOKENS, Backend, BackendError, Bucket, Budget, EXTENT_BYTES, KV_ADDRESS_UNIT, KvAddress, KvLayout,
    Masks, Memory, Model, RowSampling, SequenceInput, StepInputs, TokenSource,
};

/// Runs steps of one model. Panics where the backend fails.
pub struct Runner<B: Backend> {
    pub backend: B,
    plan: B::Plan,
    groups: Vec<KvLayout>,
    memory: Arc<dyn Memory>,
    /// Next free byte of the KV range, and the end of what is mapped.
    next: usize,
    mapped: usize,
}

/// One sequence's cache: for each group its blocks.
pub struct Sequence {
    blocks: Vec<Vec<KvAddress>>,
    pub length: usize,
}

impl<B: Backend> Runner<B> {
    /// Gives a model this many extents, weights included, and records it for steps of this bucket.
    ///
    /// # Errors
    /// What the model or the backend fails with.
    pub fn new<M: Model<B>, E: From<BackendError>>(
        backend: B,
        extents: usize,
        bucket: Bucket,
        model: impl FnOnce(&B) -> Result<M, E>,
    ) -> Result<Self, E> {
        let memory = backend.memory(Budget { bytes: extents as u64 * EXTENT_BYTES as u64 })?;
        let model = model(&backend)?;
        let plan = backend.record(&model, bucket)?;
        Ok(Self { backend, plan, groups: model.kv_groups().to_vec(), memory, next: 0, mapped: 0 })
    }

    /// The cache's groups of the model.
    pub fn kv_groups(&self) -> &[KvLayout] {
        &self.groups
    }

    /// A sequence without tokens.
    pub fn sequence(&self) -> Sequence {
        Sequence { blocks: vec![Vec::new(); self.groups.len()], length: 0 }
    }

    /// Enqueues the next tokens of some sequences. `every` asks for the logits of every token rather than the last of
    /// each sequence.
    pub fn forward(&mut self, parts: &mut [(&mut Sequence, Vec<TokenSource>)], every: bool) -> B::Step {
        let inputs = self.inputs(parts, every);
        self.backend.forward(&self.plan, &inputs).unwrap()
    }

    fn inputs(&mut self, parts: &mut [(&mut Sequence, Vec<TokenSource>)], every: bool) -> StepInputs {
        let mut inputs = StepInputs::default();
        for (sequence, tokens) in parts {
            let start = inputs.tokens.len();
            let first = sequence.length;
            sequence.length += tokens.len();
            inputs.tokens.extend(tokens.iter());
            inputs.positions.extend((first..sequence.length).map(|position| position as u32));
            let end = inputs.tokens.len();
            inputs.logit_tokens.extend((if every { start } else { end - 1 }..end).map(|token| token as u32));
            let mut ranges = Vec::new();
            for group in 0..self.groups.len() {
                while sequence.blocks[group].len() * BLOCK_TOKENS < sequence.length {
                    let block = self.block(group);
                    sequence.blocks[group].push(block);
                }
                let start = inputs.block_tables.len();
                inputs.block_tables.extend(&sequence.blocks[group]);
                ranges.push(start..inputs.block_tables.len());
            }
            inputs.sequences.push(SequenceInput {
                tokens: start..end,
                context_len: sequence.length,
                blocks: ranges,
            });
        }
        inputs
    }

    /// Hidden states of the next tokens of a sequence.
    pub fn hidden(&mut self, sequence: &mut Sequence, tokens: &[u32]) -> Vec<Vec<f32>> {
        let tokens = tokens.iter().copied().map(TokenSource::Id).collect();
        let mut inputs = self.inputs(&mut [(sequence, tokens)], false);
        inputs.logit_tokens.clear();
        inputs.hidden_tokens = (0..inputs.tokens.len() as u32).collect();
        let step = self.backend.forward(&self.plan, &inputs).unwrap();
        self.backend.collect(step).unwrap().hidden
    }

    /// Logits of every token of the parts, one after the other.
    pub fn logits(&mut self, parts: &mut [(&mut Sequence, &[u32])]) -> Vec<Vec<f32>> {
        let mut parts: Vec<_> = parts
            .iter_mut()
            .map(|(sequence, tokens)| {
                (&mut **sequence, tokens.iter().copied().map(TokenSource::Id).collect())
            })
            .collect();
        let rows = parts.iter().map(|(_, tokens): &(_, Vec<_>)| tokens.len()).sum();
        let mut step = self.forward(&mut parts, true);
        let sampling = RowSampling { return_logits: true, ..RowSampling::GREEDY };
        self.backend.sample(&mut step, &vec![sampling; rows], Masks::none(rows)).unwrap();
        let outputs = self.backend.collect(step).unwrap();
        outputs.rows.into_iter().map(|row| row.logits.unwrap()).collect()
    }

    /// The `count` most probable tokens after each prompt, all prompts in one batch. Each step is enqueued before the
    /// tokens of the last have been read.
    pub fn greedy(&mut self, prompts: &[&[u32]], count: usize) -> Vec<Vec<u32>> {
        self.continuations(prompts, count, |_, _| RowSampling::GREEDY)
    }

    /// As [`Runner::greedy`], with tokens chosen as `sampling` says of each row and position.
    pub fn continuations(
        &mut self,
        prompts: &[&[u32]],
        count: usize,
        sampling: impl Fn(usize, usize) -> RowSampling,
    ) -> Vec<Vec<u32>> {
        let mut sequences: Vec<_> = prompts.iter().map(|_| self.sequence()).collect();
        let mut tokens: Vec<Vec<TokenSource>> =
            prompts.iter().map(|prompt| prompt.iter().copied().map(TokenSource::Id).collect()).collect();
        let mut results = vec![Vec::new(); prompts.len()];
        let mut in_flight = None;
        let rows = prompts.len();
        for position in 0..count {
            let mut parts: Vec<_> = sequences.iter_mut().zip(tokens.drain(..)).collect();
            let mut step = self.forward(&mut parts, false);
            let sampling: Vec<_> = (0..rows).map(|row| sampling(row, position)).collect();
            self.backend.sample(&mut step, &sampling, Masks::none(rows)).unwrap();
            if let Some(step) = in_flight.replace(step) {
                self.take(step, &mut results);
            }
            tokens = (0..rows).map(|row| vec![TokenSource::Previous(row as u32)]).collect();
        }
        if let Some(step) = in_flight {
            self.take(step, &mut results);
        }
        results
    }

    fn take(&self, step: B::Step, results: &mut [Vec<u32>]) {
        let outputs = self.backend.collect(step).unwrap();
        for (result, row) in results.iter_mut().zip(outputs.rows) {
            result.push(row.token);
        }
    }

    fn block(&mut self, group: usize) -> KvAddress {
        let bytes = self.groups[group].block_bytes();
        if self.next + bytes > self.mapped {
            let extent = self.memory.map().unwrap();
            self.next = extent.address().byte_offset();
            self.mapped = self.next + EXTENT_BYTES;
        }
        let address = KvAddress((self.next / KV_ADDRESS_UNIT) as u32);
        self.next += bytes;
        address
    }
}
