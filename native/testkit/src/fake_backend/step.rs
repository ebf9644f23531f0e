use conduit_backend::{
    BackendError, Bucket, KvLayout, Masks, Outputs, Result, RowOutput, RowSampling, StepInputs, TokenSource,
};

use super::FakeMemory;
use super::cache::{Cache, Owner};
use super::in_flight::Place;
use super::{chain, sampler};

pub struct FakePlan {
    pub(super) id: u64,
    pub(super) groups: Vec<KvLayout>,
    pub(super) vocab_size: usize,
    pub(super) bucket: Bucket,
}

pub struct FakeStep {
    pub(super) place: Place,
    pub(super) number: u64,
    pub(super) plan: u64,
    pub(super) groups: Vec<KvLayout>,
    pub(super) vocab_size: usize,
    pub(super) inputs: StepInputs,
    pub(super) sampling: Option<(Vec<RowSampling>, Masks)>,
}

/// What the device remembers from step to step.
#[derive(Default)]
pub(super) struct Device {
    cache: Cache,
    previous: Vec<u32>,
}

pub(super) fn invalid<T>(message: impl Into<String>) -> Result<T> {
    Err(BackendError::InvalidInput(message.into()))
}

pub(super) fn check(plan: &FakePlan, inputs: &StepInputs) -> Result<()> {
    if inputs.tokens.is_empty() || inputs.tokens.len() != inputs.positions.len() {
        return invalid("tokens and positions differ in number, or there are none");
    }
    if inputs.tokens.len() > plan.bucket.max_tokens || inputs.logit_tokens.len() > plan.bucket.max_rows {
        return invalid(format!("step exceeds {:?}", plan.bucket));
    }
    let mut next = 0;
    for sequence in &inputs.sequences {
        let count = sequence.tokens.len();
        let first = sequence.context_len.checked_sub(count);
        let positions = inputs.positions.get(sequence.tokens.clone());
        let consecutive = positions.zip(first).is_some_and(|(positions, first)| {
            positions.iter().enumerate().all(|(index, &position)| position as usize == first + index)
        });
        if sequence.tokens.start != next || count == 0 || !consecutive {
            return invalid("a sequence's tokens have gaps, or its positions do not end at its context");
        }
        if sequence.blocks.len() != plan.groups.len() {
            return invalid("a sequence does not name one block table a group");
        }
        next = sequence.tokens.end;
    }
    if next != inputs.tokens.len() || !inputs.logit_tokens.is_sorted_by(|a, b| a < b) {
        return invalid("tokens outside all sequences, or rows out of order");
    }
    if !inputs.hidden_tokens.is_sorted_by(|a, b| a < b) {
        return invalid("hidden states out of order");
    }
    let mut wanted = inputs.logit_tokens.iter().chain(&inputs.hidden_tokens);
    if wanted.any(|&token| token as usize >= inputs.tokens.len()) {
        return invalid("a row or a hidden state belongs to no token of the step");
    }
    Ok(())
}

impl Device {
    pub(super) fn run(&mut self, memory: &FakeMemory, step: &FakeStep) -> Result<Outputs, String> {
        let inputs = &step.inputs;
        let mut states = vec![0; inputs.tokens.len()];
        let mut seen = Vec::new();
        for sequence in &inputs.sequences {
            for index in sequence.tokens.clone() {
                let token = match inputs.tokens[index] {
                    TokenSource::Id(id) => id,
                    TokenSource::Previous(row) => *self
                        .previous
                        .get(row as usize)
                        .ok_or_else(|| format!("the step before has no row {row}"))?,
                };
                if token as usize >= step.vocab_size {
                    return Err(format!("token {token} lies outside the vocabulary of {}", step.vocab_size));
                }
                let position = inputs.positions[index] as usize;
                for (group, layout) in step.groups.iter().enumerate() {
                    let owner = Owner { plan: step.plan, group };
                    let table = inputs
                        .block_tables
                        .get(sequence.blocks[group].clone())
                        .ok_or_else(|| "a block table lies outside the step's".to_owned())?;
                    let visible = chain::first_visible(layout, position)..position;
                    seen.clear();
                    self.cache.read(memory, layout, owner, table, visible, &mut seen)?;
                    let salt = chain::group_salt(group);
                    let state = chain::token_state(salt, token, position, seen.iter().copied());
                    self.cache.write(memory, layout, owner, table, (position, state))?;
                    states[index] = chain::combine(states[index], state);
                }
            }
        }
        let mut outputs = Outputs::default();
        let hidden = |token: &u32| chain::hidden(states[*token as usize]);
        outputs.hidden.extend(inputs.hidden_tokens.iter().map(hidden));
        let no_rows = (Vec::new(), Masks::default());
        let sampling = step.sampling.as_ref().or(inputs.logit_tokens.is_empty().then_some(&no_rows));
        let (sampling, masks) = sampling.ok_or("the step was never given its sampling")?;
        for (row, &token) in inputs.logit_tokens.iter().enumerate() {
            let logits = chain::logits(states[token as usize], step.vocab_size);
            let (mask, adjustments) = (masks.rows[row].as_deref(), &masks.adjustments[row]);
            let token = sampler::sample(&logits, adjustments, &sampling[row], mask)
                .ok_or_else(|| format!("the mask of row {row} allows nothing"))?;
            let logits = sampling[row].return_logits.then_some(logits);
            outputs.rows.push(RowOutput { token, logits });
        }
        self.previous = outputs.rows.iter().map(|row| row.token).collect();
        Ok(outputs)
    }
}
