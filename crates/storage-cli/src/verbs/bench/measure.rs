//! What a phase of a measurement comes to.

use std::time::{Duration, Instant};

/// What one phase came to.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) phase: &'static str,
    /// How many objects were written, read, listed or deleted.
    pub(super) items: u64,
    pub(super) bytes: u64,
    pub(super) elapsed: Duration,
    /// How long each request took, in order; empty where requests can't be told apart.
    times: Vec<Duration>,
}

impl Measured {
    /// Puts a phase together that began then and ends now.
    pub(super) fn since(
        started: Instant,
        phase: &'static str,
        items: u64,
        bytes: u64,
        mut times: Vec<Duration>,
    ) -> Self {
        times.sort_unstable();
        Self { phase, items, bytes, elapsed: started.elapsed(), times }
    }

    /// The times that half, nine in ten, 99 in 100 and all requests took at most.
    pub(super) fn latencies(&self) -> [Option<Duration>; 4] {
        [50, 90, 99, 100].map(|percent| {
            // The nearest rank: the smallest time that so many do not exceed.
            let rank = (self.times.len() * percent).div_ceil(100);
            self.times.get(rank.checked_sub(1)?).copied()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_are_those_of_the_nearest_rank() {
        let of = |times: Vec<u64>| {
            let times = times.into_iter().map(Duration::from_millis).collect();
            Measured::since(Instant::now(), "get", 0, 0, times)
                .latencies()
                .map(|it| it.map(|it| it.as_millis()))
        };
        assert_eq!(of((1..=200).rev().collect()), [Some(100), Some(180), Some(198), Some(200)]);
        assert_eq!(of(vec![7]), [Some(7); 4]);
        assert_eq!(of(Vec::new()), [None; 4]);
    }
}
