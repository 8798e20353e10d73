//! What the contenders of a benchmark share: workloads, measuring, and a server that costs next to nothing.
//!
//! A contender is a program that implements [`Store`] and calls [`run`]; whoever compares contenders starts each as a
//! process of its own, so that its CPU time and memory are its own.

#[cfg(feature = "compare")]
pub mod compare;
mod content;
mod measure;
pub mod server;
mod work;

pub use bytes::Bytes;
pub use content::{Source, pattern};
pub use measure::{Cost, Report, median, peak_mib};
pub use work::{Arguments, Store, Work, run};

/// What goes wrong in a benchmark ends it.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The result of everything here.
pub type Result<T> = std::result::Result<T, Error>;

/// Keeps this process, and what it starts, on one core; a machine without it is left as it is.
pub fn stay_on(core: usize) {
    let mut cores = nix::sched::CpuSet::new();
    let set =
        cores.set(core).and_then(|()| nix::sched::sched_setaffinity(nix::unistd::Pid::from_raw(0), &cores));
    if let Err(error) = set {
        eprintln!("this process is not tied to core {core}: {error}");
    }
}
