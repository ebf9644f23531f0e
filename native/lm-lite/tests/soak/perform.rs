//! Carries a plan out and compares what came with what was expected.

use std::io::{BufRead, BufReader};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::answer::Answer;
use crate::ask::Ask;
use crate::client::{Outgoing, Reply};
use crate::plan::{Moment, Plan};
use crate::refusal::check;

/// Far longer than a flood takes that nobody reads.
const MOST_TRIES: usize = 20_000;

/// What happened, for the count.
pub type Outcome = Result<&'static str, String>;

/// The whole answer of a server that has nothing else to do.
pub fn ask_quietly(port: u16, ask: &Ask) -> Result<Answer, String> {
    read_whole(send(port, &ask.outgoing(false))?)
}

/// Carries out `plan`; `expected` is the answer of a quiet server, where there is one.
pub fn perform(port: u16, plan: &Plan, expected: Option<&Answer>) -> Outcome {
    match (plan, expected) {
        (Plan::Answer(ask), Some(expected)) => answer(port, ask, expected),
        (Plan::Cancel(ask, moment), Some(expected)) => cancel(port, ask, *moment, expected),
        (Plan::Malformed(refused), _) => {
            check(send(port, &refused.request)?, refused.status, refused.code).map(|()| "malformed")
        }
        (Plan::OverLimits(refused), _) => {
            check(send(port, &refused.request)?, refused.status, refused.code).map(|()| "over limits")
        }
        (Plan::Flood(request), _) => flood(port, request),
        (Plan::Answer(_) | Plan::Cancel(..), None) => Err("there is no answer to compare with".to_owned()),
    }
}

fn send(port: u16, request: &Outgoing) -> Result<Reply, String> {
    request.send(port).map_err(|error| format!("the server does not answer: {error}"))
}

/// Sends a request until the queue has room for it.
fn send_until_taken(port: u16, request: &Outgoing) -> Result<Reply, String> {
    for _ in 0..MOST_TRIES {
        let reply = send(port, request)?;
        if reply.status != 429 {
            return Ok(reply);
        }
        check(reply, 429, "queue_full")?;
        sleep(Duration::from_millis(10));
    }
    Err("the queue stays full".to_owned())
}

fn answer(port: u16, ask: &Ask, expected: &Answer) -> Outcome {
    let reply = send_until_taken(port, &ask.outgoing(ask.streams))?;
    let (found, outcome) = match (ask.streams, ask.is_slow) {
        (false, _) => (read_whole(reply)?, "answered"),
        (true, false) => (read_stream(reply, usize::MAX, Duration::ZERO)?, "streamed"),
        (true, true) => {
            (read_stream(reply, usize::MAX, Duration::from_millis(4))?, "streamed to slow readers")
        }
    };
    if found != *expected {
        return Err(format!(
            "another answer than that of a quiet server:\n{found:?}\nexpected:\n{expected:?}"
        ));
    }
    Ok(outcome)
}

fn cancel(port: u16, ask: &Ask, moment: Moment, expected: &Answer) -> Outcome {
    let request = ask.outgoing(ask.streams);
    let lost = |error| format!("the server takes no connection: {error}");
    match moment {
        Moment::Sending { percent } => {
            drop(request.send_part(port, request.body.len() * percent / 100).map_err(lost)?);
            Ok("cancelled while sending")
        }
        Moment::Waiting { millis } => {
            let stream = request.send_part(port, request.body.len()).map_err(lost)?;
            sleep(Duration::from_millis(millis));
            drop(stream);
            Ok("cancelled while waiting")
        }
        Moment::Streaming { events } => {
            let found = read_stream(send_until_taken(port, &request)?, events, Duration::ZERO)?;
            let mut pairs = found.choices.iter().zip(&expected.choices);
            if pairs.any(|(begun, whole)| !begun.is_beginning_of(whole)) {
                return Err(format!(
                    "not the beginning of a quiet server's answer:\n{found:?}\n{expected:?}"
                ));
            }
            Ok("cancelled while streaming")
        }
    }
}

/// Fills a model's queue and asks once more while it is full.
fn flood(port: u16, request: &Outgoing) -> Outcome {
    let first = send(port, request)?;
    if first.status != 200 {
        return check(first, 429, "queue_full").map(|()| "over the queue's limit");
    }
    let second = send(port, request)?;
    drop(first);
    if second.status == 200 {
        return Ok("floods that found room");
    }
    check(second, 429, "queue_full").map(|()| "over the queue's limit")
}

fn read_whole(reply: Reply) -> Result<Answer, String> {
    let status = reply.status;
    let body = reply.text().map_err(|error| format!("the answer broke off: {error}"))?;
    match serde_json::from_str::<Value>(&body) {
        Ok(body) if status == 200 => Ok(Answer::of_body(&body)),
        _ => Err(format!("expected an answer, got status {status}: {body}")),
    }
}

/// Reads a stream to its end, or so many events of it.
fn read_stream(reply: Reply, most_events: usize, pause: Duration) -> Result<Answer, String> {
    if reply.status != 200 {
        return read_whole(reply);
    }
    let mut answer = Answer::default();
    let lines = BufReader::new(reply).lines();
    let mut events = 0;
    for line in lines {
        let line = line.map_err(|error| format!("the stream broke off: {error}"))?;
        let Some(data) = line.strip_prefix("data: ") else { continue };
        if data == "[DONE]" {
            return Ok(answer);
        }
        let event: Value = serde_json::from_str(data).map_err(|error| format!("{error}: {data}"))?;
        answer.push_event(&event)?;
        events += 1;
        if events == most_events
            || ["response.completed", "response.incomplete"].iter().any(|end| event["type"] == *end)
        {
            return Ok(answer);
        }
        sleep(pause);
    }
    Err(format!("the stream has no end: {answer:?}"))
}
