use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use crate::http::{AppState, router, serve_connections};
use crate::lifecycle::{
    Activity, HolderSocket, Limits, hold_by_standard_input, wait_for_end, wait_for_first_holder,
};
use crate::metrics::Metrics;
use crate::models::{Device, Loader, Registry, open_device};
use crate::{End, ServeError, ServeOptions};

/// Listens, loads the models, and answers until the process has to end.
///
/// Once it listens it prints `{"event":"listening","host":…,"port":…}` on standard output. It returns while requests
/// may still run: the caller ends the process.
///
/// # Errors
/// What keeps the server from listening; models that cannot be loaded do not. What the device fails with while it serves.
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

/// How often to ask whether the device still works.
const LOOK_EVERY: Duration = Duration::from_millis(200);

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
    serve_on(open_device(options)?, options, activity, stopped).await
}

/// The same on a device that is open; ends where it fails, since no model survives that.
async fn serve_on(
    device: Arc<dyn Device>,
    options: &ServeOptions,
    activity: &Activity,
    stopped: oneshot::Receiver<()>,
) -> Result<(), ServeError> {
    // Never dropped: that would wait for the step that is running, and the process ends without waiting for anything.
    std::mem::forget(Arc::clone(&device));
    let registry = Arc::new(Registry::new(options.models.clone()));
    let metrics = Metrics::new().map_err(|error| ServeError::Configuration(error.to_string()))?;
    let metrics = Arc::new(metrics);
    let loader = Loader::new(Arc::clone(&registry), Arc::clone(&device), options.cache.clone());
    let loader = Arc::new(loader);
    let state = AppState {
        registry,
        device: Arc::clone(&device),
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
            sleep(TIDY_EVERY).await;
            // What is not seen before a model is unloaded is lost.
            tidied.measure();
            tidied.metrics.tidy();
            tidied.loader.refresh();
        }
    });
    let stopped = async {
        tokio::select! {
            _ = stopped => {}
            _ = failure(&*device) => activity.close(),
        }
    };
    tokio::select! {
        () = serve_connections(listener, router(state), options.client_timeout, stopped) => {}
        // The engine has failed all requests; what it told them is still on its way out.
        () = async { drop(failure(&*device).await); sleep(LAST_WORDS).await } => {}
    }
    device.failure().map_or(Ok(()), |reason| Err(ServeError::EngineStopped(reason)))
}

/// Returns once the device has failed, and with what.
async fn failure(device: &dyn Device) -> String {
    loop {
        if let Some(reason) = device.failure() {
            return reason;
        }
        sleep(LOOK_EVERY).await;
    }
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

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::TcpStream;
    use std::path::Path;

    use clap::Parser;
    use conduit_backend_cuda::driver::host::Fault;
    use conduit_testkit::model::{Family, TinyModel};
    use serde_json::Value;
    use tempfile::TempDir;

    use super::*;
    use crate::models::open_failing_gpu;
    use crate::{Cli, Command};

    /// Serves one small model on any port, which is written to a file beside it.
    fn options() -> (TempDir, ServeOptions) {
        let root = tempfile::tempdir().unwrap();
        TinyModel::small(Family::Qwen3).write(&root.path().join("a")).unwrap();
        let path = |name: &str| root.path().join(name).display().to_string();
        let (model, port_file) = (path("a"), path("port"));
        let arguments = ["lm-lite", "serve", "--port", "0", "--port-file", &port_file, "--model", &model];
        let Command::Serve(arguments) = Cli::parse_from(arguments).command else { unreachable!() };
        (root, ServeOptions { api_key: None, ..arguments.into_options().unwrap() })
    }

    async fn serve_until_it_fails(options: &ServeOptions, fault: Fault, after: usize) -> ServeError {
        let (_stop, stopped) = oneshot::channel();
        let activity = Activity::new();
        let error = serve_on(open_failing_gpu(fault, after), options, &activity, stopped).await.unwrap_err();
        assert!(activity.is_closed(), "nobody is promised anything any more");
        error
    }

    /// Asks for an answer, as soon as there is somebody to ask, until one is an error, which is returned.
    fn ask(port_file: &Path, model: &str) -> Value {
        let body = json!({ "model": model, "prompt": "Once upon a time", "max_tokens": 8 }).to_string();
        loop {
            let port = std::fs::read_to_string(port_file).ok().and_then(|text| text.parse::<u16>().ok());
            let Some(port) = port else { continue };
            let mut connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let head = "POST /v1/completions HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json";
            write!(connection, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
            let mut answer = String::new();
            connection.read_to_string(&mut answer).unwrap();
            let body: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
            if !body["error"].is_null() && body["error"]["code"] != "model_loading" {
                return body;
            }
        }
    }

    #[tokio::test]
    async fn a_gpu_that_fails_while_it_serves_ends_the_server_once_it_has_said_so() {
        let (root, options) = options();
        let (port_file, model) = (root.path().join("port"), options.models[0].name.clone());
        let asking = tokio::task::spawn_blocking(move || ask(&port_file, &model));
        let error = serve_until_it_fails(&options, Fault::IllegalAddress, 100).await;
        assert_eq!(error.exit_code(), 4);
        assert!(error.to_string().contains("a kernel used an illegal address"), "{error}");
        let answer = asking.await.unwrap();
        assert_eq!(answer["error"]["code"], "device_failure", "{answer}");
    }

    #[tokio::test]
    async fn a_gpu_that_fails_while_a_model_is_loaded_ends_the_server() {
        let (_root, options) = options();
        let error = serve_until_it_fails(&options, Fault::Upload, 3).await;
        assert_eq!(error.exit_code(), 4);
        assert!(error.to_string().contains("the device is lost"), "{error}");
    }
}
