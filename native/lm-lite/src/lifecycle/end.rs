use std::fmt;
use std::future::pending;
use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Activity;

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

/// Returns when the process has to end; after a signal only once running requests have ended, or their time is up.
///
/// # Errors
/// Where signals cannot be listened for.
pub(crate) async fn wait_for_end(activity: &Activity, limits: Limits) -> io::Result<End> {
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
    let signalled = async {
        either(&mut terminate, &mut interrupt).await;
        activity.drain();
        tracing::info!("draining; another signal ends it at once");
        tokio::select! {
            () = activity.without_requests() => {}
            () = tokio::time::sleep(limits.drain_timeout) => {}
            () = either(&mut terminate, &mut interrupt) => {}
        }
    };
    Ok(tokio::select! {
        () = signalled => End::Signal,
        () = idle => End::Idle,
        () = lifetime => End::Lifetime,
    })
}

async fn either(first: &mut Signal, second: &mut Signal) {
    tokio::select! {
        _ = first.recv() => {}
        _ = second.recv() => {}
    }
}
