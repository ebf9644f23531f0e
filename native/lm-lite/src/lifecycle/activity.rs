use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// Who needs the process at the moment.
#[derive(Clone)]
pub(crate) struct Activity(Arc<watch::Sender<State>>);

#[derive(Clone, Copy)]
struct State {
    holders: Count,
    requests: Count,
    /// The process is ending: from here on nobody is promised anything.
    closed: bool,
}

#[derive(Clone, Copy)]
struct Count {
    now: usize,
    /// When it was last more than none, or when the process started.
    until: Instant,
}

/// Counts as long as it lives.
pub(crate) struct Guard {
    activity: Activity,
    count: fn(&mut State) -> &mut Count,
}

impl Activity {
    pub(crate) fn new() -> Self {
        let none = Count { now: 0, until: Instant::now() };
        let state = State { holders: none, requests: none, closed: false };
        Self(Arc::new(watch::Sender::new(state)))
    }

    /// A process that holds this one; `None` where this one is ending already.
    pub(crate) fn holder(&self) -> Option<Guard> {
        self.take(|state| &mut state.holders)
    }

    /// A request, or a model that is being loaded; `None` where the process is ending already.
    pub(crate) fn request(&self) -> Option<Guard> {
        self.take(|state| &mut state.requests)
    }

    fn take(&self, count: fn(&mut State) -> &mut Count) -> Option<Guard> {
        let taken = self.0.send_if_modified(|state| {
            let open = !state.closed;
            count(state).now += usize::from(open);
            open
        });
        taken.then(|| Guard { activity: self.clone(), count })
    }

    /// From here on no new request and no new holder is taken.
    pub(crate) fn close(&self) {
        self.0.send_modify(|state| state.closed = true);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.0.borrow().closed
    }

    /// Returns once nothing has been going on for `timeout`.
    ///
    /// With holders only these count: a process without holders serves nobody who could still use an answer.
    pub(crate) async fn idle_for(&self, timeout: Duration, with_holders: bool) {
        let mut changes = self.0.subscribe();
        loop {
            let state = *changes.borrow_and_update();
            let count = if with_holders { state.holders } else { state.requests };
            let changed = async {
                // The sender lives as long as this does.
                let _ = changes.changed().await;
            };
            match count.until.checked_add(timeout) {
                Some(end) if count.now == 0 => tokio::select! {
                    () = tokio::time::sleep_until(end.into()) => if self.end_idle(timeout, with_holders) { return },
                    () = changed => {}
                },
                _ => changed.await,
            }
        }
    }

    /// Decides, in one step with who else comes and goes, whether the process ends because it was idle.
    fn end_idle(&self, timeout: Duration, with_holders: bool) -> bool {
        self.0.send_if_modified(|state| {
            let count = if with_holders { state.holders } else { state.requests };
            let idle = count.now == 0 && count.until.elapsed() >= timeout;
            state.closed |= idle;
            idle
        })
    }

    /// Returns once no request is running.
    pub(crate) async fn without_requests(&self) {
        let _ = self.0.subscribe().wait_for(|state| state.requests.now == 0).await;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let count = self.count;
        self.activity.0.send_modify(|state| {
            let count = count(state);
            count.now -= 1;
            count.until = Instant::now();
        });
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    const SHORT: Duration = Duration::from_millis(60);

    #[tokio::test]
    async fn idleness_starts_when_the_last_one_goes() {
        for with_holders in [false, true] {
            let activity = Activity::new();
            let take = || if with_holders { activity.holder() } else { activity.request() }.unwrap();
            let (first, second) = (take(), take());
            drop(first);
            assert!(timeout(SHORT, activity.idle_for(Duration::ZERO, with_holders)).await.is_err());
            let start = Instant::now();
            drop(second);
            activity.idle_for(SHORT, with_holders).await;
            assert!(start.elapsed() >= SHORT);
        }
    }

    #[tokio::test]
    async fn requests_do_not_hold_a_process_that_has_lost_its_holders() {
        let activity = Activity::new();
        let _request = activity.request().unwrap();
        drop(activity.holder().unwrap());
        timeout(SHORT, activity.idle_for(Duration::ZERO, true)).await.unwrap();
        assert!(timeout(SHORT, activity.without_requests()).await.is_err());
    }

    #[tokio::test]
    async fn a_process_that_is_ending_takes_nobody() {
        for with_holders in [false, true] {
            let idle = Activity::new();
            idle.idle_for(Duration::ZERO, with_holders).await;
            assert!(idle.is_closed() && idle.holder().is_none() && idle.request().is_none());
        }
        let closed = Activity::new();
        let _guard = closed.holder().unwrap();
        closed.close();
        assert!(closed.is_closed() && closed.holder().is_none() && closed.request().is_none());
    }

    #[tokio::test]
    async fn someone_new_ends_the_idleness() {
        let activity = Activity::new();
        let newcomer = activity.clone();
        let task = tokio::spawn(async move {
            tokio::time::sleep(SHORT / 2).await;
            let guard = newcomer.request().unwrap();
            tokio::time::sleep(SHORT).await;
            drop(guard);
        });
        let start = Instant::now();
        // Long enough for the newcomer to come in time on a busy machine, too.
        let timeout = SHORT * 20;
        activity.idle_for(timeout, false).await;
        assert!(start.elapsed() >= SHORT + timeout);
        task.await.unwrap();
    }

    #[tokio::test]
    async fn the_longest_timeout_never_passes() {
        let activity = Activity::new();
        assert!(timeout(SHORT, activity.idle_for(Duration::MAX, false)).await.is_err());
    }
}
