use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream::unfold;

use super::answer::{Answer, Next};
use super::openai::AnswerHead;

/// Comments in the stream keep what stands between from taking a long queue for a dead server.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

struct State {
    head: AnswerHead,
    /// `None` once it has ended.
    answer: Option<Answer>,
    include_usage: bool,
    ready: VecDeque<Event>,
}

/// An answer as server-sent events. A reader that goes cancels it.
pub(super) fn stream(head: AnswerHead, answer: Answer, include_usage: bool) -> Response {
    let ready = head.first_chunk().iter().map(event).collect();
    let state = State { head, answer: Some(answer), include_usage, ready };
    let events = unfold(state, |mut state| async move {
        let event = state.next().await?;
        Some((event, state))
    });
    respond(events)
}

/// Events as the body of an answer.
pub(super) fn respond(events: impl Stream<Item = Event> + Send + 'static) -> Response {
    use futures_util::StreamExt;
    let events = events.map(Ok::<_, Infallible>);
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    let unbuffered = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response.headers_mut().extend([unbuffered]);
    response
}

impl State {
    async fn next(&mut self) -> Option<Event> {
        if self.ready.is_empty() {
            match self.answer.as_mut()?.next().await {
                Next::Piece(piece) => self.ready.push_back(event(&self.head.piece_chunk(&piece))),
                Next::End(end) => {
                    self.answer = None;
                    match end {
                        Ok(finish) => {
                            self.ready.push_back(event(&self.head.last_chunk(&finish)));
                            if self.include_usage {
                                self.ready.push_back(event(&self.head.usage_chunk(&finish)));
                            }
                            self.ready.push_back(Event::default().data("[DONE]"));
                        }
                        // Without the word that ends a stream nobody takes it for a whole answer.
                        Err(error) => self.ready.push_back(event(&error.body())),
                    }
                }
            }
        }
        self.ready.pop_front()
    }
}

fn event(value: &serde_json::Value) -> Event {
    Event::default().data(value.to_string())
}
