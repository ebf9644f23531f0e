use std::convert::Infallible;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{iter, select_all, unfold};
use futures_util::{Stream, StreamExt};

use super::answer::{Answer, Finish, Next};
use super::openai::AnswerHead;

/// Comments in the stream keep what stands between from taking a long queue for a dead server.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// Answers as server-sent events, one choice each. A reader that goes cancels them.
pub(super) fn stream(head: AnswerHead, answers: Vec<Answer>, include_usage: bool) -> Response {
    let first = (0..answers.len()).filter_map(|index| head.first_chunk(index)).collect::<Vec<_>>();
    let nexts = answers.into_iter().enumerate().map(|(index, answer)| Box::pin(nexts(index, answer)));
    let state =
        State { open: nexts.len(), head, nexts: select_all(nexts), finishes: Vec::new(), include_usage };
    let rest = unfold(Some(state), |state| async {
        let mut state = state?;
        let (index, next) = state.nexts.next().await?;
        let (events, goes_on) = state.events(index, next);
        Some((iter(events), goes_on.then_some(state)))
    });
    respond(iter(first.iter().map(event).collect::<Vec<_>>()).chain(rest.flatten()))
}

struct State<N> {
    head: AnswerHead,
    nexts: N,
    /// Answers that have not ended.
    open: usize,
    finishes: Vec<Finish>,
    include_usage: bool,
}

/// What comes of an answer, its end included.
fn nexts(index: usize, answer: Answer) -> impl Stream<Item = (usize, Next)> {
    unfold(Some(answer), move |answer| async move {
        let mut answer = answer?;
        let next = answer.next().await;
        let ended = matches!(next, Next::End(_));
        Some(((index, next), (!ended).then_some(answer)))
    })
}

impl<N> State<N> {
    /// The events of what came, and whether others follow.
    fn events(&mut self, index: usize, next: Next) -> (Vec<Event>, bool) {
        let finish = match next {
            Next::Piece(piece) => return (vec![event(&self.head.piece_chunk(index, &piece))], true),
            // Without the word that ends a stream nobody takes it for a whole answer.
            Next::End(Err(error)) => return (vec![event(&error.body())], false),
            Next::End(Ok(finish)) => finish,
        };
        let mut events = vec![event(&self.head.last_chunk(index, &finish))];
        self.finishes.push(finish);
        self.open -= 1;
        if self.open == 0 {
            if self.include_usage {
                events.push(event(&self.head.usage_chunk(&self.finishes)));
            }
            events.push(Event::default().data("[DONE]"));
        }
        (events, self.open > 0)
    }
}

/// Events as the body of an answer.
pub(super) fn respond(events: impl Stream<Item = Event> + Send + 'static) -> Response {
    let events = events.map(Ok::<_, Infallible>);
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    let unbuffered = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response.headers_mut().extend([unbuffered]);
    response
}

fn event(value: &serde_json::Value) -> Event {
    Event::default().data(value.to_string())
}
