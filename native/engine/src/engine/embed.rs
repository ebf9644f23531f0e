use std::sync::Arc;
use std::sync::atomic::Ordering;

use conduit_backend::Backend;

use super::Engine;
use super::submit::{Places, closing};
use crate::embedding::Embedding;
use crate::fairness::expected_cost;
use crate::model_handle::ModelHandle;
use crate::runner::Command;
use crate::task::{Ends, Task};
use crate::{EmbeddingRequest, Sampling, SubmitError};

impl<B: Backend> Engine<B> {
    /// Takes texts to be embedded, each on its own: one embedding for each input, in their order. They wait, run and are
    /// cancelled like requests for answers, beside these.
    ///
    /// However many inputs there are, they are taken where there is room in the queue for one.
    ///
    /// # Errors
    /// See [`SubmitError`]; all inputs are taken or none.
    pub fn embed(&self, model: &str, request: EmbeddingRequest) -> Result<Vec<Embedding>, SubmitError> {
        let handle = self.handle(model)?;
        let _hold = self.hold_handle(Arc::clone(&handle)).ok_or_else(|| closing(&handle))?;
        validate(&request, &handle)?;
        if let Some(reason) = self.failure() {
            return Err(SubmitError::Unhealthy { reason });
        }
        let (count, tokens) = (request.inputs.len(), request.inputs.iter().map(Vec::len).sum());
        self.take_places(&handle, Places { requests: count, least: count.min(1), tokens })?;

        let first = self.arrivals.fetch_add(count as u64, Ordering::Relaxed);
        let client = request.client.clone().unwrap_or_else(|| Arc::clone(&self.nobody));
        let weight = u128::from(handle.weight_bytes.max(1));
        let channels = request.inputs.iter().map(|_| Embedding::channel(&request));
        let (senders, embeddings): (Vec<_>, Vec<_>) = channels.unzip();
        let pooling = request.pooling;
        let task = |((id, events), prompt): ((u64, _), Vec<u32>)| Task {
            id,
            limit: 0,
            pooling: Some(pooling),
            sampling: Sampling::GREEDY,
            seed: 0,
            constraint: None,
            observer: None,
            penalties: None,
            ends: Ends::default(),
            logprobs: None,
            client: Arc::clone(&client),
            expected_tokens: 0,
            expected_cost: expected_cost(prompt.len(), 0, weight),
            follows: None,
            events,
            start: Arc::default(),
            prompt,
        };
        let tasks = (first..).zip(senders).zip(request.inputs).map(task).collect();
        self.commands
            .send(Command::Submit { model: handle, tasks })
            .map_err(|_| SubmitError::Unhealthy { reason: self.failure().unwrap_or_default() })?;
        Ok(embeddings)
    }
}

fn validate(request: &EmbeddingRequest, model: &ModelHandle) -> Result<(), SubmitError> {
    let ModelHandle { max_model_len, vocab_size, hidden_size, .. } = *model;
    for (index, input) in request.inputs.iter().enumerate() {
        let tokens = input.len();
        if tokens == 0 {
            return Err(SubmitError::EmptyInput { index });
        }
        if tokens > max_model_len {
            return Err(SubmitError::InputTooLong { index, tokens, max_model_len });
        }
        if let Some(&token) = input.iter().find(|&&token| token as usize >= vocab_size) {
            return Err(SubmitError::InvalidToken { token, vocab_size });
        }
    }
    let dimensions = request.dimensions.unwrap_or(hidden_size);
    if !(1..=hidden_size).contains(&dimensions) {
        return Err(SubmitError::InvalidDimensions { dimensions, hidden_size });
    }
    Ok(())
}
