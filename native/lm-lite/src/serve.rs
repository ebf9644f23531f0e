use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::http::{AppState, router, serve_connections};
use crate::lifecycle::{
    Activity, HolderSocket, Limits, hold_by_standard_input, wait_for_end, wait_for_first_holder,
};
use crate::metrics::Metrics;
use crate::models::{Loader, Registry, open_device};
use crate::{End, ServeError, ServeOptions};

/// Listens, loads the models, and answers until the process has to end.
///
/// Once it listens it prints `{"event":"listening","host":…,"port":…}` on standard output. It returns while requests
/// may still run: the caller ends the process.
///
/// # Errors
/// What keeps the server from listening; models that cannot be loaded do not.
pub async fn serve(options: ServeOptions) -> Result<End, ServeError> {
    let activity = Activity::new();
    if options.holders_stdin {
        hold_by_standard_input(&activity)?;
    } else if options.holders.is_some() {
        wait_for_first_holder(&activity);
    }
    let limits = Limits {
        with_holders: options.holders_stdin || options.holders.is_some(),
        idle_timeout: options.idle_timeout,
        max_lifetime: options.max_lifetime,
        drain_timeout: options.drain_timeout,
    };
    let (stop, stopped) = oneshot::channel();
    let server = run(&options, &activity, stopped);
    // From the beginning: whoever started this process may be gone already.
    let ending = wait_for_end(&activity, limits, &options.end_requests);
    tokio::pin!(server, ending);
    tokio::select! {
        // Signals are listened for before anybody is told where this process listens.
        biased;
        end = &mut ending => {
            let end = end?;
            if end == End::Signal && stop.send(()).is_ok() {
                // What has been answered is still on its way out.
                let _ = timeout(LAST_WORDS, server).await;
            }
            Ok(end)
        }
        ended = &mut server => {
            let error = ended.err().unwrap_or_else(|| {
                ServeError::Configuration("the server ended of itself".to_owned())
            });
            if options.end_requests.is_empty() || !limits.are_any() {
                return Err(error);
            }
            // A machine that starts this process anew would do so for ever, and nobody would end it.
            tracing::error!("{error}; this machine ends when nobody could have used it for long enough");
            Ok(ending.await?)
        }
    }
}

/// How long answers may take to leave the process once none is being made.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Whatever was measured since takes memory, and so does the text part of a model that the engine has unloaded.
const TIDY_EVERY: Duration = Duration::from_secs(5);

/// Listens and serves until `stopped` says so.
async fn run(
    options: &ServeOptions,
    activity: &Activity,
    stopped: oneshot::Receiver<()>,
) -> Result<(), ServeError> {
    let _socket = match &options.holders {
        Some(path) => {
            let failed = |source| ServeError::File { path: path.clone(), source };
            Some(HolderSocket::open(path, activity).map_err(failed)?)
        }
        None => None,
    };
    let device = open_device(options)?;
    // Never dropped: that would wait for the step that is running, and the process ends without waiting for anything.
    std::mem::forget(Arc::clone(&device));
    let registry = Arc::new(Registry::new(options.models.clone()));
    let metrics = Metrics::new().map_err(|error| ServeError::Configuration(error.to_string()))?;
    let metrics = Arc::new(metrics);
    let loader = Loader::new(Arc::clone(&registry), Arc::clone(&device), options.cache.clone());
    let loader = Arc::new(loader);
    let state = AppState {
        registry,
        device,
        loader: Arc::clone(&loader),
        activity: activity.clone(),
        metrics,
        read_timeout: options.client_timeout,
        drain_timeout: options.drain_timeout,
        api_key: options.api_key.as_deref().map(Arc::from),
    };
    let listener = listen(options).await?;
    announce(options, listener.local_addr()?.port())?;

    // None where it is ending already; what is loaded is of no use then, and harms nobody.
    let loading = activity.request();
    std::thread::Builder::new().name("load".to_owned()).spawn(move || {
        loader.load_all();
        drop(loading);
    })?;
    let tidied = state.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(TIDY_EVERY).await;
            // What is not seen before a model is unloaded is lost.
            tidied.measure();
            tidied.metrics.tidy();
            tidied.loader.refresh();
        }
    });
    let stopped = async {
        let _ = stopped.await;
    };
    serve_connections(listener, router(state), options.client_timeout, stopped).await;
    Ok(())
}

async fn listen(options: &ServeOptions) -> Result<TcpListener, ServeError> {
    let host = options.host.as_str();
    let address = format!("{host}:{}", options.port);
    let failed = |source| ServeError::Listen { address, source };
    let listener = TcpListener::bind((host, options.port)).await.map_err(failed)?;
    if options.api_key.is_none() {
        if !listener.local_addr()?.ip().is_loopback() {
            return Err(ServeError::OpenToOthers { host: host.to_owned() });
        }
        tracing::warn!("LM_LITE_API_KEY is not set: every program on this machine may use this server");
    }
    Ok(listener)
}

fn announce(options: &ServeOptions, port: u16) -> Result<(), ServeError> {
    if let Some(path) = &options.port_file {
        let failed = |source| ServeError::File { path: path.clone(), source };
        std::fs::write(path, port.to_string()).map_err(failed)?;
    }
    // Whoever reads standard output may have gone; the server serves on.
    let _ = writeln!(
        std::io::stdout(),
        "{}",
        json!({ "event": "listening", "host": options.host, "port": port })
    );
    tracing::info!(host = options.host, port, "listening");
    Ok(())
}
