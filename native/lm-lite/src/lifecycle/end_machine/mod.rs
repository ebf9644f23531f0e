use std::convert::Infallible;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use axum::http::{Request, StatusCode};
use ureq::Agent;

use crate::EndRequest;

/// How often a request is sent in a row while its answer may be another one the next time.
const TRIES: usize = 3;

/// When requests are sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rhythm {
    /// Longest time for a request, its name's resolution and its answer's head included.
    pub(super) timeout: Duration,
    /// Pause after the first request; each pause is up to twice as long as the one before.
    pub(super) first_pause: Duration,
    pub(super) longest_pause: Duration,
    /// How long what was granted may take to come about.
    pub(super) granted_pause: Duration,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(20),
            first_pause: Duration::from_secs(2),
            longest_pause: Duration::from_secs(60),
            granted_pause: Duration::from_secs(30),
        }
    }
}

/// Sends the requests one after the other, again and again: only the end of the machine ends this.
///
/// Who gave them put the best one first, so that the next one gets its turn only when one is refused, or has failed several
/// times. That one is granted does not mean that anything comes of it.
pub(super) async fn end_machine(requests: &[EndRequest], rhythm: Rhythm) -> Infallible {
    let agent = agent(rhythm.timeout);
    let mut pause = rhythm.first_pause;
    loop {
        for request in requests {
            for _ in 0..TRIES {
                let answer = ask(&agent, request).await;
                let granted = answer.is_some_and(|status| status.is_success());
                tokio::time::sleep(if granted { rhythm.granted_pause } else { jittered(pause) }).await;
                pause = (pause * 2).min(rhythm.longest_pause);
                if !may_change(answer) {
                    break;
                }
            }
        }
    }
}

fn agent(timeout: Duration) -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        // Whoever is named in a redirect gets no key.
        .max_redirects(0)
        // Minutes may pass between two requests.
        .max_idle_connections(0)
        .timeout_global(Some(timeout))
        .user_agent(concat!("lm-lite/", env!("CARGO_PKG_VERSION")))
        .build()
        .into()
}

/// The status of the answer, where there is one.
async fn ask(agent: &Agent, request: &EndRequest) -> Option<StatusCode> {
    let (agent, sent) = (agent.clone(), request.request.clone());
    let send = move || {
        let (head, body) = sent.into_parts();
        match body {
            Some(body) => agent.run(Request::from_parts(head, body)),
            None => agent.run(Request::from_parts(head, ())),
        }
    };
    let label = &request.label;
    match tokio::task::spawn_blocking(send).await {
        Ok(Ok(answer)) => {
            let status = answer.status();
            tracing::info!(status = status.as_u16(), "asked for the end of this machine: {label}");
            Some(status)
        }
        Ok(Err(error)) => {
            tracing::warn!("asked for the end of this machine, without an answer: {label}: {error}");
            None
        }
        Err(error) => {
            tracing::error!("could not ask for the end of this machine: {label}: {error}");
            None
        }
    }
}

/// Whether the same request may find another answer in a moment.
fn may_change(answer: Option<StatusCode>) -> bool {
    answer.is_none_or(|status| {
        status.is_server_error()
            || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS)
    })
}

/// Between a half of the pause and all of it: many machines may have begun in the same moment.
fn jittered(pause: Duration) -> Duration {
    // Each state has keys of its own, which are random.
    let random = RandomState::new().hash_one(0) as f64 / u64::MAX as f64;
    pause.mul_f64(0.5 + random / 2.0)
}

#[cfg(test)]
mod tests;
