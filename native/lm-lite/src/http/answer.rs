use std::sync::Arc;
use std::time::Instant;

use conduit_engine::{Event, FinishReason, Generation, Usage};
use conduit_text::{AnswerParser, ReasoningMarkers, ReasoningState, ToolCallFormat, ToolCallParser};

use super::api_error::ApiError;
use super::piece::{Piece, Pieces};
use crate::lifecycle::Guard;
use crate::models::ServedModel;

/// An answer as text, piece by piece. Dropping it cancels what is still being generated.
pub(crate) struct Answer {
    model: Arc<ServedModel>,
    /// `None` once nothing more of it counts.
    generation: Option<Generation>,
    pieces: Pieces,
    usage: Usage,
    reasons: bool,
    end: Option<Result<Finish, ApiError>>,
    started: Instant,
    _running: Guard,
}

/// How an answer's text is to be read.
pub(crate) struct Reading {
    /// How far the reasoning of a model that reasons is behind the prompt.
    pub(crate) reasoning: Option<(ReasoningMarkers, ReasoningState)>,
    /// Where the answer may call functions.
    pub(crate) calls: Option<(ToolCallFormat, ToolCallParser)>,
    pub(crate) stops: Vec<String>,
}

/// How an answer came to its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finish {
    pub(crate) reason: FinishReason,
    /// Whether functions were called.
    pub(crate) called: bool,
    pub(crate) usage: Usage,
    /// How many of the completion's tokens were reasoning; `None` for a model that does not reason.
    pub(crate) reasoning_tokens: Option<usize>,
}

impl Answer {
    pub(crate) fn new(
        model: Arc<ServedModel>,
        generation: Generation,
        prompt_tokens: usize,
        reading: Reading,
        running: Guard,
    ) -> Self {
        let Reading { reasoning, calls, stops } = reading;
        let parser = reasoning
            .map_or_else(AnswerParser::content, |(markers, state)| AnswerParser::new(markers, state));
        Self {
            model,
            generation: Some(generation),
            pieces: Pieces::new(parser, calls, &stops),
            usage: Usage { prompt_tokens, completion_tokens: 0 },
            reasons: reasoning.is_some(),
            end: None,
            started: Instant::now(),
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
                self.log(&end);
                return Next::End(end);
            }
            let Some(generation) = &mut self.generation else { return Next::End(Err(ApiError::internal())) };
            match generation.next().await {
                Some(Event::Token(token)) => {
                    self.usage.completion_tokens += 1;
                    self.pieces.push(&self.model.tokenizer, token);
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
        self.end = Some(end.map(|reason| Finish {
            reason,
            called: self.pieces.called(),
            usage: self.usage,
            reasoning_tokens: self.reasons.then(|| self.pieces.reasoning_tokens()),
        }));
    }

    fn log(&self, end: &Result<Finish, ApiError>) {
        let (model, seconds) = (&self.model.name, self.started.elapsed().as_secs_f32());
        let Usage { prompt_tokens, completion_tokens } = self.usage;
        match end {
            Ok(Finish { reason, .. }) => {
                tracing::info!(model, prompt_tokens, completion_tokens, seconds, ?reason, "answered");
            }
            Err(error) => tracing::error!(model, prompt_tokens, completion_tokens, seconds, ?error, "failed"),
        }
    }
}

/// What [`Answer::next`] gives.
#[derive(Debug)]
pub(crate) enum Next {
    Piece(Piece),
    End(Result<Finish, ApiError>),
}
