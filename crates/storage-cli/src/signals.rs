//! Ctrl-C once stops in order, twice stops at once.

use storage::CancelToken;

use crate::exit::Exit;
use crate::output::say;

/// Listens from now on until the process ends.
pub(crate) fn listen(token: &CancelToken) {
    let token = token.clone();
    drop(tokio::spawn(async move {
        interrupted().await;
        token.cancel();
        say("stopping: what is under way is dropped cleanly; press Ctrl-C again to stop at once");
        interrupted().await;
        std::process::exit(Exit::Interrupted as i32);
    }));
}

#[cfg(unix)]
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};

    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        // Without handlers the system's own apply: the process ends at once.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
