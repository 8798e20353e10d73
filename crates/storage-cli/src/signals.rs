//! Ctrl-C once stops in order, twice stops at once.

use storage::CancelToken;

use crate::exit::Exit;
use crate::output::say;

/// Listens from now on until the process ends.
pub(crate) fn listen(token: &CancelToken) {
    // Without handlers the system's own apply: the process ends at once.
    let mut signals = match Signals::new() {
        Ok(signals) => signals,
        Err(error) => return tracing::warn!(%error, "an interrupt will stop the command at once"),
    };
    tracing::debug!("listening for signals");
    let token = token.clone();
    drop(tokio::spawn(async move {
        signals.next().await;
        token.cancel();
        say("stopping: what is under way is dropped cleanly; press Ctrl-C again to stop at once");
        signals.next().await;
        std::process::exit(Exit::Interrupted as i32);
    }));
}

/// The signals by which people and systems ask a process to end.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}
