use std::sync::Arc;

use conduit_engine::{Event, FinishReason, Generation, Usage};
use conduit_text::{AnswerParser, ReasoningMarkers, ReasoningState, ToolCallFormat, ToolCallParser};
use tracing::Span;

use super::api_error::ApiError;
use super::piece::{Piece, Pieces};
use crate::lifecycle::Guard;
use crate::metrics::RequestMetrics;
use crate::models::ServedModel;

/// An answer as text, piece by piece. Dropping it cancels what is still being generated.
pub(crate) struct Answer {
    model: Arc<ServedModel>,
    /// `None` once nothing more of it counts.
    generation: Option<Generation>,
    pieces: Pieces,
    usage: Usage,
    /// Whether another answer to the same prompt counts it.
    shares_prompt: bool,
    reasons: bool,
    end: Option<Result<Finish, ApiError>>,
    metrics: RequestMetrics,
    /// Of the request, for what is logged of its answer.
    span: Span,
    _running: Arc<Guard>,
}

/// How an answer's text is to be read.
#[derive(Clone)]
pub(crate) struct Reading {
    /// How far the reasoning of a model that reasons is behind the prompt.
    pub(crate) reasoning: Option<(ReasoningMarkers, ReasoningState)>,
    /// Where the answer may call functions.
    pub(crate) calls: Option<(ToolCallFormat, ToolCallParser)>,
    pub(crate) stops: Vec<String>,
    /// Whether the stop string that ended the answer is part of it.
    pub(crate) includes_stop: bool,
    /// Whether control tokens leave no trace in the text.
    pub(crate) skips_special: bool,
}

/// How an answer came to its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finish {
    pub(crate) reason: FinishReason,
    /// Whether functions were called.
    pub(crate) called: bool,
    pub(crate) usage: Usage,
    /// Whether another answer to the same prompt counts it.
    pub(crate) shares_prompt: bool,
    /// How many of the completion's tokens were reasoning; `None` for a model that does not reason.
    pub(crate) reasoning_tokens: Option<usize>,
}

impl Answer {
    pub(crate) fn new(
        model: Arc<ServedModel>,
        generation: Generation,
        (prompt_tokens, shares_prompt): (usize, bool),
        reading: Reading,
        metrics: RequestMetrics,
        running: Arc<Guard>,
    ) -> Self {
        let Reading { reasoning, calls, stops, includes_stop, skips_special } = reading;
        let parser = reasoning
            .map_or_else(AnswerParser::content, |(markers, state)| AnswerParser::new(markers, state));
        let parser = if skips_special { parser } else { parser.with_special() };
        Self {
            model,
            generation: Some(generation),
            pieces: Pieces::new(parser, calls, (stops, includes_stop)),
            usage: Usage { prompt_tokens, ..Usage::default() },
            shares_prompt,
            reasons: reasoning.is_some(),
            end: None,
            metrics,
            span: Span::current(),
            _running: running,
        }
    }

    /// The next piece; after the last one its end, once.
    pub(crate) async fn next(&mut self) -> Next {
        loop {
            if let Some(piece) = self.pieces.pop() {
                return Next::Piece(piece);
            }
            if let Some(end) = self.end.take() {
                return Next::End(end);
            }
            let Some(generation) = &mut self.generation else { return Next::End(Err(ApiError::internal())) };
            let event = generation.next().await;
            if let Some(start) = generation.start() {
                self.usage.cached_tokens = start.cached_tokens;
                self.metrics.start(start.waited);
            }
            match event {
                Some(Event::Token { id, logprobs }) => {
                    self.usage.completion_tokens += 1;
                    self.metrics.token();
                    self.pieces.push(&self.model.tokenizer, id, logprobs.as_deref());
                    if self.pieces.stopped() {
                        self.finish(Ok(FinishReason::Stop));
                    }
                }
                Some(Event::Finished { reason, usage }) => {
                    self.usage = usage;
                    self.pieces.finish(&self.model.tokenizer);
                    self.finish(Ok(if self.pieces.stopped() { FinishReason::Stop } else { reason }));
                }
                Some(Event::Failed(error)) => self.finish(Err(error.into())),
                None => self.finish(Err(ApiError::unavailable("engine_unhealthy", "the engine has stopped"))),
            }
        }
    }

    fn finish(&mut self, end: Result<FinishReason, ApiError>) {
        self.generation = None;
        self.tell(Some(&end));
        self.end = Some(end.map(|reason| Finish {
            reason,
            called: self.pieces.called(),
            usage: self.usage,
            shares_prompt: self.shares_prompt,
            reasoning_tokens: self.reasons.then(|| self.pieces.reasoning_tokens()),
        }));
    }

    /// Logs and counts how the answer ended; `None` for one that nobody wants any more.
    fn tell(&self, end: Option<&Result<FinishReason, ApiError>>) {
        let _entered = self.span.enter();
        let (model, seconds) = (&self.model.name, self.metrics.seconds());
        let Usage { prompt_tokens, completion_tokens, .. } = self.usage;
        let outcome = match end {
            Some(Ok(FinishReason::Stop)) => "stop",
            Some(Ok(FinishReason::Length)) => "length",
            Some(Err(error)) => {
                tracing::error!(model, prompt_tokens, completion_tokens, seconds, ?error, "failed");
                "error"
            }
            None => "cancelled",
        };
        if outcome != "error" {
            tracing::info!(model, prompt_tokens, completion_tokens, seconds, outcome, "answered");
        }
        let usage = if self.shares_prompt { Usage { prompt_tokens: 0, ..self.usage } } else { self.usage };
        self.metrics.end(outcome, usage);
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if self.generation.is_some() {
            self.tell(None);
        }
    }
}

/// What [`Answer::next`] gives.
#[derive(Debug)]
pub(crate) enum Next {
    Piece(Piece),
    End(Result<Finish, ApiError>),
}
