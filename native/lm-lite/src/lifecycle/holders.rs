use std::fs;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream as BlockingStream;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::AbortHandle;

use super::Activity;

/// How long a process without holders waits for its first one, whatever its idle timeout.
const FIRST_HOLDER_WAIT: Duration = Duration::from_secs(10);

/// The Unix socket on which processes hold this one. Dropping it takes no more holders and removes the file.
pub(crate) struct HolderSocket {
    path: PathBuf,
    accepting: AbortHandle,
}

impl HolderSocket {
    /// # Errors
    /// Where the path is taken by another process that listens, or cannot be made a socket.
    pub(crate) fn open(path: &Path, activity: &Activity) -> io::Result<Self> {
        let listener = bind(path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
        let owner = fs::metadata(path)?.uid();
        let activity = activity.clone();
        let accepting = tokio::spawn(async move {
            loop {
                match listener.accept().await {
                    Ok((stream, _)) => drop(tokio::spawn(hold(stream, owner, activity.clone()))),
                    Err(error) => {
                        // Out of file descriptors, for one; not a reason to leave those who hold already.
                        tracing::warn!(%error, "a holder could not be taken");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                }
            }
        });
        Ok(Self { path: path.to_owned(), accepting: accepting.abort_handle() })
    }
}

impl Drop for HolderSocket {
    fn drop(&mut self) {
        self.accepting.abort();
        let _ = fs::remove_file(&self.path);
    }
}

fn bind(path: &Path) -> io::Result<UnixListener> {
    match UnixListener::bind(path) {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            // What a process that was killed left behind.
            let nobody = BlockingStream::connect(path)
                .is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused);
            if !nobody {
                return Err(error);
            }
            fs::remove_file(path)?;
            UnixListener::bind(path)
        }
        bound => bound,
    }
}

async fn hold(mut stream: UnixStream, owner: u32, activity: Activity) {
    // Between the socket's making and its permissions being set others may connect.
    let known = stream.peer_cred().is_ok_and(|peer| peer.uid() == owner || peer.uid() == 0);
    if !known {
        return;
    }
    let Some(guard) = activity.holder() else { return };
    let mut ignored = [0; 64];
    if stream.write_all(b"\n").await.is_ok() {
        while stream.read(&mut ignored).await.is_ok_and(|count| count > 0) {}
    }
    drop(guard);
}

/// Makes standard input a holder until it ends.
///
/// # Errors
/// Where the operating system gives no thread.
pub(crate) fn hold_by_standard_input(activity: &Activity) -> io::Result<()> {
    let guard = activity.holder();
    let wait = move || {
        let mut ignored = [0; 64];
        let mut input = io::stdin().lock();
        loop {
            match input.read(&mut ignored) {
                Ok(0) => break,
                Err(error) if error.kind() != ErrorKind::Interrupted => break,
                _ => {}
            }
        }
        drop(guard);
    };
    thread::Builder::new().name("standard-input".to_owned()).spawn(wait).map(drop)
}

/// Holds the process until its first holder has had time to come.
pub(crate) fn wait_for_first_holder(activity: &Activity) {
    let guard = activity.holder();
    tokio::spawn(async move {
        tokio::time::sleep(FIRST_HOLDER_WAIT).await;
        drop(guard);
    });
}
