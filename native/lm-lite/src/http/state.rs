use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::ModelConfig;
use crate::lifecycle::{Activity, Guard};
use crate::metrics::Metrics;
use crate::models::{Device, HeldModel, Loader, ModelState, Registry};

use super::api_error::ApiError;

/// What all routes share.
#[derive(Clone)]
pub(crate) struct AppState {
    pub(crate) registry: Arc<Registry>,
    pub(crate) device: Arc<dyn Device>,
    pub(crate) loader: Arc<Loader>,
    pub(crate) activity: Activity,
    pub(crate) metrics: Arc<Metrics>,
    /// How long a client may take to send more of its request.
    pub(crate) read_timeout: Duration,
    /// How long requests may go on of a model that is unloaded.
    pub(crate) drain_timeout: Duration,
    /// Key that every request but `/health` has to bring.
    pub(crate) api_key: Option<Arc<str>>,
}

impl AppState {
    /// The model of a request; one that is unloaded is loaded first. Those that the server begins with are not waited for.
    ///
    /// The process and the model stay until what this gives is dropped.
    pub(crate) async fn model(&self, name: &str) -> Result<HeldModel, ApiError> {
        // Before anything is waited for: a request that was taken is not refused by a drain that begins meanwhile.
        let running = Arc::new(self.running()?);
        let mut loading = None;
        loop {
            self.loader.refresh();
            // Held before it is looked at, so that what is ready is what is held. A model that was loaded for this request is
            // still held for all that have waited for it.
            let hold = self.device.hold(name).map(Arc::new);
            match self.state(name)? {
                ModelState::Ready(served) => match hold {
                    Some(hold) => return Ok(HeldModel { served, running, hold }),
                    None => self.loader.forget(&served),
                },
                ModelState::Unloaded => drop(self.loader.begin_load(name, Arc::clone(&running))),
                ModelState::NoRoom(no_room) => {
                    let pause = no_room.pause(Instant::now());
                    // One that this request has had tried is not tried again.
                    if loading.is_some() || !pause.is_zero() {
                        return Err(ApiError::no_room(name, &no_room.error, pause));
                    }
                    self.loader.begin_load(name, Arc::clone(&running));
                }
                ModelState::Loading(begun) if !begun.at_start => {
                    loading = Some(begun);
                    self.registry.settled(name).await;
                }
                other => return Err(not_served(name, &other)),
            }
        }
    }

    /// Takes what the engine counts into the metrics.
    pub(crate) fn measure(&self) {
        for config in self.registry.configs() {
            self.metrics.model(&config.name).tell(self.device.metrics(&config.name));
        }
    }

    /// How far a model is.
    pub(crate) fn state(&self, name: &str) -> Result<ModelState, ApiError> {
        Ok(self.entry(name)?.1)
    }

    /// A model and how far it is.
    pub(crate) fn entry(&self, name: &str) -> Result<(&ModelConfig, ModelState), ApiError> {
        self.registry.get(name).ok_or_else(|| {
            let known: Vec<_> = self.registry.configs().map(|config| config.name.as_str()).collect();
            ApiError::model_not_found(name, &known)
        })
    }

    /// Keeps the process running; an error where it is ending.
    pub(crate) fn running(&self) -> Result<Guard, ApiError> {
        let ending = || ApiError::unavailable("shutting_down", "this server is shutting down");
        self.activity.request().ok_or_else(ending)
    }
}

/// Why a request for a model in this state is not answered.
fn not_served(name: &str, state: &ModelState) -> ApiError {
    let (code, message) = match state {
        ModelState::Failed(error) => ("model_failed", format!("could not be loaded: {error}")),
        ModelState::Unloading => {
            ("model_unloaded", "is being unloaded; try again, and it is loaded again".to_owned())
        }
        _ => ("model_loading", "is still being loaded; try again".to_owned()),
    };
    ApiError::unavailable(code, format!("the model {name:?} {message}"))
}

#[cfg(test)]
mod tests {
    use std::future::Future;

    use conduit_testkit::model::{Family, TinyModel};
    use serde_json::Value;
    use tempfile::TempDir;

    use super::*;
    use crate::http::health::health;
    use crate::models::{CacheLocation, TestDevice};

    /// A server with a lazy model called `a`, unloaded as soon as nobody uses it.
    fn state(device: Arc<TestDevice>) -> (TempDir, AppState) {
        let root = tempfile::tempdir().unwrap();
        TinyModel::small(Family::Qwen3).write(root.path()).unwrap();
        let config = ModelConfig::from_flag(&format!("{}=a", root.path().display()), 64, 1).unwrap();
        let idle_unload = Some(Duration::from_millis(1));
        let registry = Arc::new(Registry::new(vec![ModelConfig { is_lazy: true, idle_unload, ..config }]));
        let cache = CacheLocation { folder: root.path().join("hub"), offline: true };
        let loader = Loader::new(Arc::clone(&registry), Arc::<TestDevice>::clone(&device), cache);
        let state = AppState {
            registry,
            device,
            loader: Arc::new(loader),
            activity: Activity::new(),
            metrics: Arc::new(Metrics::new().unwrap()),
            read_timeout: Duration::from_secs(60),
            drain_timeout: Duration::from_secs(60),
            api_key: None,
        };
        (root, state)
    }

    async fn until(mut is_reached: impl FnMut() -> bool) {
        while !is_reached() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Begins a request and waits until its model is being loaded.
    async fn begin(state: &AppState) -> impl Future<Output = Result<HeldModel, ApiError>> + use<> {
        let asking = tokio::spawn({
            let state = state.clone();
            async move { state.model("a").await }
        });
        until(|| matches!(state.state("a"), Ok(ModelState::Loading(_)))).await;
        async { asking.await.unwrap() }
    }

    fn is_gone(state: &AppState) -> bool {
        !state.device.is_loaded("a")
    }

    #[tokio::test]
    async fn a_request_that_waits_for_its_model_is_not_refused_by_a_drain() {
        let (open, device) = TestDevice::open(0);
        let (_root, state) = state(device);
        let asking = begin(&state).await;
        state.activity.close();
        drop(open);
        let model = asking.await.ok().unwrap();
        let late = state.model("a").await.err().unwrap();
        assert_eq!(late.body()["error"]["code"], "shutting_down");
        let mut drained = tokio::spawn({
            let activity = state.activity.clone();
            async move { activity.without_requests().await }
        });
        let waiting = tokio::time::timeout(Duration::from_millis(20), &mut drained).await;
        assert!(waiting.is_err(), "the request is there");
        drop(model);
        drained.await.unwrap();
    }

    #[tokio::test]
    async fn a_model_that_was_loaded_for_a_request_stays_until_it_has_come() {
        let (open, device) = TestDevice::open(0);
        let (_root, state) = state(device);
        let (first, second) = (begin(&state).await, begin(&state).await);
        drop(open);
        let first = first.await.ok().unwrap();
        // What another model's load does, and much longer than the idle limit.
        state.device.make_room(u64::MAX);
        tokio::time::sleep(Duration::from_millis(20)).await;
        let request = conduit_engine::Request {
            prompt: vec![1],
            max_tokens: Some(1),
            ..conduit_engine::Request::default()
        };
        assert_eq!(state.device.submit("a", request, 1).unwrap().len(), 1);
        let second = second.await.ok().unwrap();
        assert!(Arc::ptr_eq(&first.served, &second.served), "it was loaded once");
        drop(first);
        assert!(!is_gone(&state));
        drop(second);
        until(|| is_gone(&state)).await;
        assert!(state.model("a").await.is_ok(), "and comes again");
    }

    #[tokio::test]
    async fn a_model_without_room_is_tried_again_and_holds_nobody_up() {
        // The first load is tried three times, each time with more room.
        let (open, device) = TestDevice::open(3);
        drop(open);
        let (_root, state) = state(device);
        let health = async || {
            let told: Value = health(axum::extract::State(state.clone())).await.0;
            (told["ready"].clone(), told["models"][0].clone())
        };
        let refused = state.model("a").await.err().unwrap();
        assert_eq!(refused.body()["error"]["code"], "out_of_memory");
        let response = axum::response::IntoResponse::into_response(refused);
        assert_eq!(
            (response.status().as_u16(), &response.headers()["retry-after"]),
            (503, &"1".parse().unwrap())
        );
        let (ready, model) = health().await;
        assert_eq!(
            (ready, &model["state"], &model["code"]),
            (true.into(), &"unloaded".into(), &"out_of_memory".into())
        );
        until(|| {
            let ModelState::NoRoom(no_room) = state.state("a").ok().unwrap() else { return true };
            no_room.pause(Instant::now()).is_zero()
        })
        .await;
        let model = state.model("a").await.ok().unwrap();
        let (ready, told) = health().await;
        assert_eq!((ready, &told["state"], &told["code"]), (true.into(), &"ready".into(), &Value::Null));
        drop(model);
    }
}
