use std::sync::Arc;
use std::time::Instant;

use conduit_engine::{Event, FinishReason, Generation, Usage};
use conduit_text::{AnswerParser, Part, ReasoningMarkers, ReasoningState, StopStrings};

use super::api_error::ApiError;
use crate::lifecycle::Guard;
use crate::models::ServedModel;

/// An answer as text, piece by piece. Dropping it cancels what is still being generated.
pub(crate) struct Answer {
    model: Arc<ServedModel>,
    /// `None` once nothing more of it counts.
    generation: Option<Generation>,
    parser: AnswerParser,
    stops: StopStrings,
    usage: Usage,
    reasons: bool,
    end: Option<Result<Finish, ApiError>>,
    started: Instant,
    _running: Guard,
}

/// What comes of an answer.
#[derive(Debug)]
pub(crate) enum Piece {
    /// What the model thinks before it answers; never empty.
    Reasoning(String),
    /// Never empty.
    Text(String),
    End(Result<Finish, ApiError>),
}

/// How an answer came to its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finish {
    pub(crate) reason: FinishReason,
    pub(crate) usage: Usage,
    /// How many of the completion's tokens were reasoning; `None` for a model that does not reason.
    pub(crate) reasoning_tokens: Option<usize>,
}

impl Answer {
    /// `reasoning` is how far that of a model that reasons is behind the prompt.
    pub(crate) fn new(
        model: Arc<ServedModel>,
        generation: Generation,
        prompt_tokens: usize,
        reasoning: Option<(ReasoningMarkers, ReasoningState)>,
        stops: &[String],
        running: Guard,
    ) -> Self {
        Self {
            model,
            generation: Some(generation),
            parser: reasoning
                .map_or_else(AnswerParser::content, |(markers, state)| AnswerParser::new(markers, state)),
            stops: StopStrings::new(stops),
            usage: Usage { prompt_tokens, ..Usage::default() },
            reasons: reasoning.is_some(),
            end: None,
            started: Instant::now(),
            _running: running,
        }
    }

    /// The next piece; `None` after the end.
    pub(crate) async fn next(&mut self) -> Option<Piece> {
        loop {
            if let Some(end) = self.end.take() {
                self.log(&end);
                return Some(Piece::End(end));
            }
            let event = self.generation.as_mut()?.next().await;
            let piece = match event {
                Some(Event::Token { id, .. }) => {
                    self.usage.completion_tokens += 1;
                    let part = self.parser.push(&self.model.tokenizer, id);
                    self.pass_stops(part)
                }
                Some(Event::Finished { reason, usage }) => {
                    self.usage = usage;
                    let rest = self.parser.finish(&self.model.tokenizer);
                    let mut piece = self.pass_stops(rest);
                    if self.end.is_none() {
                        if let Piece::Text(text) = &mut piece {
                            text.push_str(&self.stops.finish());
                        }
                        self.finish(Ok(self.ended(reason)));
                    }
                    piece
                }
                Some(Event::Failed(error)) => {
                    self.finish(Err(error.into()));
                    continue;
                }
                None => {
                    self.finish(Err(ApiError::unavailable("engine_unhealthy", "the engine has stopped")));
                    continue;
                }
            };
            match &piece {
                Piece::Reasoning(text) | Piece::Text(text) if text.is_empty() => {}
                _ => return Some(piece),
            }
        }
    }

    /// Takes stop strings out of the content, and ends the answer at the first; in reasoning they mean nothing.
    fn pass_stops(&mut self, part: Part) -> Piece {
        let text = match part {
            Part::Reasoning(text) => return Piece::Reasoning(text),
            Part::Content(text) => text,
        };
        let found = self.stops.push(&text);
        if found.stop.is_some() {
            self.finish(Ok(self.ended(FinishReason::Stop)));
        }
        Piece::Text(found.text)
    }

    fn ended(&self, reason: FinishReason) -> Finish {
        let reasoning_tokens = self.reasons.then(|| self.parser.reasoning_tokens());
        Finish { reason, usage: self.usage, reasoning_tokens }
    }

    fn finish(&mut self, end: Result<Finish, ApiError>) {
        self.generation = None;
        self.end = Some(end);
    }

    fn log(&self, end: &Result<Finish, ApiError>) {
        let (model, seconds) = (&self.model.name, self.started.elapsed().as_secs_f32());
        let Usage { prompt_tokens, completion_tokens, .. } = self.usage;
        match end {
            Ok(Finish { reason, .. }) => {
                tracing::info!(model, prompt_tokens, completion_tokens, seconds, ?reason, "answered");
            }
            Err(error) => tracing::error!(model, prompt_tokens, completion_tokens, seconds, ?error, "failed"),
        }
    }
}
