use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use crate::{Embedded, GenerationError, Logprobs};

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinishReason {
    /// The model ended it, a stop token came, or the grammar was complete.
    Stop,
    /// `max_tokens` or the model's `max_model_len` was reached.
    Length,
}

/// What an answer took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub prompt_tokens: usize,
    /// Tokens that the model generated, a stop token included.
    pub completion_tokens: usize,
    /// Tokens of the prompt that an earlier request had computed already.
    pub cached_tokens: usize,
    /// Tokens of the answer that its grammar left no choice in, and that took no step of their own.
    pub forced_tokens: usize,
}

/// How a request began to be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// How long it waited for a place and for pages.
    pub waited: Duration,
    /// Tokens of the prompt that an earlier request had computed already.
    pub cached_tokens: usize,
}

/// What happened to a request; the last one is `Finished` or `Failed`.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A token of the answer, with its probability where the request asked for that.
    Token {
        id: u32,
        logprobs: Option<Box<Logprobs>>,
    },
    Finished {
        reason: FinishReason,
        usage: Usage,
    },
    Failed(GenerationError),
}

/// The events of one request. Dropping it cancels the request and frees its pages within one step.
#[derive(Debug)]
pub struct Generation {
    // Unbounded, so that a slow reader never stalls the batch; `max_tokens` bounds what it can hold.
    pub(crate) events: UnboundedReceiver<Event>,
    pub(crate) start: Arc<OnceLock<Start>>,
}

/// Who hears what becomes of a request.
pub(crate) enum EventSender {
    Answer(UnboundedSender<Event>),
    /// `None` once it has heard.
    Embedding(Option<oneshot::Sender<Result<Embedded, GenerationError>>>),
}

impl EventSender {
    /// Whether nobody listens any more.
    pub(crate) fn is_closed(&self) -> bool {
        match self {
            Self::Answer(events) => events.is_closed(),
            Self::Embedding(answer) => answer.as_ref().is_some_and(oneshot::Sender::is_closed),
        }
    }

    /// Tells what has happened, where somebody listens; who waits for an embedding hears of its failure alone.
    pub(crate) fn send(&mut self, event: Event) {
        match (self, event) {
            (Self::Answer(events), event) => drop(events.send(event)),
            (Self::Embedding(answer), Event::Failed(error)) => {
                let _ = answer.take().map(|answer| answer.send(Err(error)));
            }
            (Self::Embedding(_), _) => {}
        }
    }

    /// Hands over an embedding, where somebody waits for it.
    pub(crate) fn embedded(&mut self, embedded: Embedded) {
        if let Self::Embedding(answer) = self {
            let _ = answer.take().map(|answer| answer.send(Ok(embedded)));
        }
    }
}

impl Generation {
    pub(crate) fn channel() -> (EventSender, Self) {
        let (sender, events) = unbounded_channel();
        (EventSender::Answer(sender), Self { events, start: Arc::default() })
    }

    /// How the request began to be computed; `None` while it waits for the first time. There before its first token.
    pub fn start(&self) -> Option<Start> {
        self.start.get().copied()
    }

    /// The next event; `None` after the last one.
    pub async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// As [`Generation::next`], for threads outside an asynchronous runtime.
    pub fn blocking_next(&mut self) -> Option<Event> {
        self.events.blocking_recv()
    }
}
