use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use conduit_backend::Backend;

use super::Engine;
use crate::constraint::Constraint;
use crate::fairness::expected_cost;
use crate::generation::Generation;
use crate::grammar::Grammar;
use crate::model_handle::ModelHandle;
use crate::penalties::Penalties;
use crate::runner::Command;
use crate::task::{Ends, Task};
use crate::{EngineOptions, Request, SubmitError, sampling};

/// Most of the most probable tokens that are told with each token.
const MOST_LOGPROBS: usize = 100;

impl<B: Backend> Engine<B> {
    /// Takes a request. A grammar is compiled on the calling thread, which may take some milliseconds.
    ///
    /// # Errors
    /// See [`SubmitError`].
    pub fn submit(&self, model: &str, request: Request) -> Result<Generation, SubmitError> {
        let mut generations = self.submit_copies(model, request, 1)?;
        generations
            .pop()
            .ok_or_else(|| SubmitError::Unhealthy { reason: "the engine took no request".to_owned() })
    }

    /// Takes a request that is to be answered `copies` times, each in its own generation, which ends and is dropped on its
    /// own. The prompt is computed once. The first answer is the one that [`Engine::submit`] gives; the others draw from
    /// seeds that follow from the request's.
    ///
    /// # Errors
    /// See [`SubmitError`]; all copies are taken or none.
    pub fn submit_copies(
        &self,
        model: &str,
        mut request: Request,
        copies: usize,
    ) -> Result<Vec<Generation>, SubmitError> {
        let handle = self.handle(model)?;
        // Compiling a grammar may take longer than the model would stay.
        let _hold = self.hold_handle(Arc::clone(&handle)).ok_or_else(|| closing(&handle))?;
        let limit = validate(&request, copies, &handle)?;
        let (vocabulary, vocab_size) = (&handle.vocabulary, handle.vocab_size);
        let ends = Ends::new(&request, vocabulary.eos_tokens(), vocab_size)?;
        let (grammar, begin) = (request.grammar.take(), Instant::now());
        let grammar = grammar.map(|spec| Grammar::compile(&spec, vocabulary, vocab_size)).transpose()?;
        if let (Some(_), Some(observer)) = (&grammar, &request.observer) {
            observer.compiled(begin.elapsed());
        }
        let constraint = grammar.map(|grammar| {
            Constraint::new(grammar, request.reasoning, vocabulary, vocab_size, &request.stop_tokens)
        });
        let penalties = Penalties::new(&request.sampling, &request.prompt);
        if let Some(reason) = self.failure() {
            return Err(SubmitError::Unhealthy { reason });
        }
        let tokens = copies * request.prompt.len();
        self.take_places(&handle, Places { requests: copies, least: copies, tokens })?;

        let first = self.arrivals.fetch_add(copies as u64, Ordering::Relaxed);
        let seed = request.seed.unwrap_or_else(sampling::random_seed);
        let client = request.client.unwrap_or_else(|| Arc::clone(&self.nobody));
        let weight = u128::from(handle.weight_bytes.max(1));
        let expected_cost = expected_cost(request.prompt.len(), limit, weight);
        let (mut tasks, mut generations) = (Vec::with_capacity(copies), Vec::with_capacity(copies));
        for copy in 0..copies as u64 {
            let (events, generation) = Generation::channel();
            let start = Arc::clone(&generation.start);
            generations.push(generation);
            tasks.push(Task {
                id: first + copy,
                prompt: request.prompt.clone(),
                limit,
                pooling: None,
                sampling: request.sampling.clone(),
                seed: sampling::copy_seed(seed, copy),
                constraint: constraint.clone(),
                observer: request.observer.clone(),
                penalties: penalties.clone(),
                ends: ends.clone(),
                logprobs: request.logprobs,
                client: Arc::clone(&client),
                expected_tokens: self.options.expected_answer_tokens,
                expected_cost,
                follows: (copy > 0).then_some(first),
                events,
                start,
            });
        }
        self.commands
            .send(Command::Submit { model: handle, tasks })
            .map_err(|_| SubmitError::Unhealthy { reason: self.failure().unwrap_or_default() })?;
        Ok(generations)
    }

    /// Counts requests as waiting, where the queue has room for them.
    pub(super) fn take_places(&self, handle: &ModelHandle, places: Places) -> Result<(), SubmitError> {
        let Places { requests, least, tokens: more } = places;
        let EngineOptions { queue_limit, queue_tokens_limit, .. } = self.options;
        let retry_after_seconds = handle.retry_after_seconds();
        let place = |waiting| (waiting + least <= queue_limit).then_some(waiting + requests);
        if handle.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, place).is_err() {
            return Err(SubmitError::QueueFull { limit: queue_limit, retry_after_seconds });
        }
        let room = |waiting| (waiting == 0 || waiting + more <= queue_tokens_limit).then_some(waiting + more);
        let tokens = handle.waiting_tokens.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room);
        if let Err(waiting_tokens) = tokens {
            handle.waiting.fetch_sub(requests, Ordering::Relaxed);
            let limit = queue_tokens_limit;
            return Err(SubmitError::QueueTokensFull { limit, waiting_tokens, retry_after_seconds });
        }
        if handle.is_closing.load(Ordering::Relaxed) {
            handle.waiting.fetch_sub(requests, Ordering::Relaxed);
            handle.waiting_tokens.fetch_sub(more, Ordering::Relaxed);
            return Err(closing(handle));
        }
        Ok(())
    }
}

pub(super) fn closing(handle: &ModelHandle) -> SubmitError {
    SubmitError::Closing { model: handle.id.clone() }
}

/// Places in a model's queue.
pub(super) struct Places {
    pub(super) requests: usize,
    /// How many of them the queue has to have room for.
    pub(super) least: usize,
    /// Tokens of all prompts together.
    pub(super) tokens: usize,
}

/// The most tokens that the answer may have.
fn validate(request: &Request, copies: usize, model: &ModelHandle) -> Result<usize, SubmitError> {
    let (prompt_tokens, max_model_len) = (request.prompt.len(), model.max_model_len);
    if !model.has_logits {
        return Err(SubmitError::NoHead { model: model.id.clone() });
    }
    if prompt_tokens == 0 {
        return Err(SubmitError::EmptyPrompt);
    }
    if prompt_tokens >= max_model_len {
        return Err(SubmitError::PromptTooLong { prompt_tokens, max_model_len });
    }
    let markers = request.reasoning.map(|reasoning| [reasoning.start, reasoning.end]);
    let mut tokens = request.prompt.iter().chain(markers.iter().flatten());
    if let Some(&token) = tokens.find(|&&token| token as usize >= model.vocab_size) {
        return Err(SubmitError::InvalidToken { token, vocab_size: model.vocab_size });
    }
    let invalid = |name, expected, found: usize| {
        Err(SubmitError::InvalidParameter { name, expected, found: found.to_string() })
    };
    let room = max_model_len - prompt_tokens;
    let limit = request.max_tokens.map_or(room, |max_tokens| max_tokens.min(room));
    if limit == 0 {
        return invalid("max_tokens", "at least 1", 0);
    }
    if request.min_tokens > limit {
        return invalid(
            "min_tokens",
            "at most max_tokens and what the model's length leaves",
            request.min_tokens,
        );
    }
    if copies == 0 {
        return invalid("n", "at least 1", 0);
    }
    match request.logprobs {
        Some(top) if top > MOST_LOGPROBS => return invalid("top_logprobs", "at most 100", top),
        _ => {}
    }
    request.sampling.validate(model.vocab_size)?;
    Ok(limit)
}
