use std::sync::Arc;
use std::time::Instant;

use conduit_engine::{Event, FinishReason, Generation, Usage};
use conduit_text::{Detokenizer, StopStrings};

use super::api_error::ApiError;
use crate::lifecycle::Guard;
use crate::models::ServedModel;

/// An answer as text, piece by piece. Dropping it cancels what is still being generated.
pub(crate) struct Answer {
    model: Arc<ServedModel>,
    /// `None` once nothing more of it counts.
    generation: Option<Generation>,
    detokenizer: Detokenizer,
    stops: StopStrings,
    usage: Usage,
    end: Option<End>,
    started: Instant,
    _running: Guard,
}

/// What comes of an answer.
#[derive(Debug)]
pub(crate) enum Piece {
    /// Never empty.
    Text(String),
    End(End),
}

/// How an answer ended.
pub(crate) type End = Result<(FinishReason, Usage), ApiError>;

impl Answer {
    pub(crate) fn new(
        model: Arc<ServedModel>,
        generation: Generation,
        prompt_tokens: usize,
        stops: &[String],
        running: Guard,
    ) -> Self {
        Self {
            model,
            generation: Some(generation),
            detokenizer: Detokenizer::new(true),
            stops: StopStrings::new(stops),
            usage: Usage { prompt_tokens, completion_tokens: 0 },
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
            let text = match event {
                Some(Event::Token(token)) => {
                    self.usage.completion_tokens += 1;
                    let text = self.detokenizer.push(&self.model.tokenizer, token);
                    self.pass_stops(&text)
                }
                Some(Event::Finished { reason, usage }) => {
                    self.usage = usage;
                    let rest = self.detokenizer.finish(&self.model.tokenizer);
                    let mut text = self.pass_stops(&rest);
                    if self.end.is_none() {
                        text.push_str(&self.stops.finish());
                        self.finish(Ok((reason, usage)));
                    }
                    text
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
            if !text.is_empty() {
                return Some(Piece::Text(text));
            }
        }
    }

    /// The text that is no stop string; ends the answer at the first one that is.
    fn pass_stops(&mut self, text: &str) -> String {
        let found = self.stops.push(text);
        if found.stop.is_some() {
            self.finish(Ok((FinishReason::Stop, self.usage)));
        }
        found.text
    }

    fn finish(&mut self, end: End) {
        self.generation = None;
        self.end = Some(end);
    }

    fn log(&self, end: &End) {
        let (model, seconds) = (&self.model.name, self.started.elapsed().as_secs_f32());
        let Usage { prompt_tokens, completion_tokens } = self.usage;
        match end {
            Ok((reason, _)) => {
                tracing::info!(model, prompt_tokens, completion_tokens, seconds, ?reason, "answered");
            }
            Err(error) => tracing::error!(model, prompt_tokens, completion_tokens, seconds, ?error, "failed"),
        }
    }
}
