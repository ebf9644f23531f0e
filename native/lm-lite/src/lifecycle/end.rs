use std::fmt;
use std::future::pending;
use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Activity;
use super::end_machine::{Rhythm, end_machine};
use crate::EndRequest;

/// Why the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// SIGTERM or SIGINT.
    Signal,
    /// Nobody holds it or uses it any more.
    Idle,
    /// `--max-lifetime` has passed.
    Lifetime,
}

impl fmt::Display for End {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Signal => "asked to by a signal",
            Self::Idle => "nobody holds or uses this process any more",
            Self::Lifetime => "its longest lifetime has passed",
        })
    }
}

/// What ends the process without a signal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) with_holders: bool,
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) max_lifetime: Option<Duration>,
    pub(crate) drain_timeout: Duration,
}

impl Limits {
    /// Whether anything but a signal ends the process.
    pub(crate) fn are_any(&self) -> bool {
        self.with_holders || self.idle_timeout.is_some() || self.max_lifetime.is_some()
    }
}

/// Returns when the process has to end; after a signal only once running requests have ended, or their time is up.
///
/// Where there are requests that end the machine, these are sent instead until a signal comes: a process that just ended
/// would be started anew.
///
/// # Errors
/// Where signals cannot be listened for.
pub(crate) async fn wait_for_end(
    activity: &Activity,
    limits: Limits,
    end_requests: &[EndRequest],
) -> io::Result<End> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let idle = async {
        match (limits.idle_timeout, limits.with_holders) {
            (Some(timeout), with_holders) => activity.idle_for(timeout, with_holders).await,
            (None, true) => activity.idle_for(Duration::ZERO, true).await,
            (None, false) => pending().await,
        }
    };
    let lifetime = async {
        match limits.max_lifetime {
            Some(lifetime) => tokio::time::sleep(lifetime).await,
            None => pending().await,
        }
    };
    let drained = async || {
        activity.close();
        tokio::select! {
            () = activity.without_requests() => {}
            () = tokio::time::sleep(limits.drain_timeout) => {}
        }
    };
    tokio::pin!(idle, lifetime);
    let end = tokio::select! {
        () = either(&mut terminate, &mut interrupt) => End::Signal,
        () = &mut idle => End::Idle,
        () = &mut lifetime => End::Lifetime,
    };
    if end == End::Signal {
        tracing::info!("draining; another signal ends it at once");
        tokio::select! {
            () = drained() => {}
            () = either(&mut terminate, &mut interrupt) => {}
            () = idle => {}
            () = lifetime => {}
        }
        return Ok(end);
    }
    if end_requests.is_empty() {
        return Ok(end);
    }
    tracing::info!("ending this machine: {end}");
    let ending = async {
        drained().await;
        end_machine(end_requests, Rhythm::default()).await
    };
    tokio::select! {
        never = ending => match never {},
        () = either(&mut terminate, &mut interrupt) => Ok(End::Signal),
    }
}

async fn either(first: &mut Signal, second: &mut Signal) {
    tokio::select! {
        _ = first.recv() => {}
        _ = second.recv() => {}
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn running_requests_have_their_time_before_the_machine_ends() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = format!(r#"[{{"method": "DELETE", "url": "{url}", "headers": {{}}}}]"#);
        let requests = EndRequest::list_from_json(&requests, &|_| None).unwrap();
        let limits = Limits {
            with_holders: false,
            idle_timeout: None,
            max_lifetime: Some(Duration::ZERO),
            drain_timeout: Duration::MAX,
        };
        let activity = Activity::new();
        let running = activity.request().unwrap();
        let waiting = activity.clone();
        let ending = tokio::spawn(async move { wait_for_end(&waiting, limits, &requests).await });
        while !activity.is_closed() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        listener.set_nonblocking(true).unwrap();
        assert!(listener.accept().is_err(), "a request is running");
        drop(running);
        while listener.accept().is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        ending.abort();
    }
}
