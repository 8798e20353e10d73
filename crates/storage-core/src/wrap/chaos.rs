//! Failures on purpose, for testing applications.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use futures_util::stream;

use super::around::{Call, Interceptor, around, hold};
use super::class::Class;
use crate::body::Body;
use crate::error::{Error, ErrorKind, Result};
use crate::idempotency::{Idempotency, Operation};
use crate::storage::Storage;

/// Makes a storage fail as services do: calls that are refused, bodies that break off, writes that were carried out
/// although their answer says otherwise.
///
/// What happens to a call follows from the seed, the operation, the container, the key, the number of the part, and how
/// often the same was called before: the same program meets the same failures, in whatever order its tasks run.
///
/// ```
/// use storage_core::{memory, wrap};
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let chaos = wrap::ChaosOptions::new(7).fail(0.2).ambiguous(0.1).cut(0.1);
/// let storage = wrap::chaos(&memory::open(), chaos);
/// let container = storage.container("a")?;
/// let mut tries = 1;
/// while container.create_if_missing().await.is_err() {
///     tries += 1;
/// }
/// assert!(tries < 20);
/// # Ok::<(), storage_core::Error>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn chaos(storage: &Storage, options: ChaosOptions) -> Storage {
    around(storage, Chaos::new(options))
}

/// What goes wrong, and how often: rates are from 0, never, to 1, always.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "options do nothing by themselves"]
#[non_exhaustive]
pub struct ChaosOptions {
    /// Where the generator starts.
    pub seed: u64,
    /// How often a call fails before anything is sent.
    pub fail: f64,
    /// How often a write is carried out and reported as failed.
    pub ambiguous: f64,
    /// How often a body breaks off.
    pub cut: f64,
    /// The operations that fail; all when not given.
    pub only: Option<Vec<Operation>>,
}

impl ChaosOptions {
    /// Fails nothing yet.
    pub fn new(seed: u64) -> Self {
        Self { seed, fail: 0.0, ambiguous: 0.0, cut: 0.0, only: None }
    }

    /// Sets how often a call fails before anything is sent.
    pub fn fail(mut self, rate: f64) -> Self {
        self.fail = rate;
        self
    }

    /// Sets how often a write is carried out and reported as failed.
    pub fn ambiguous(mut self, rate: f64) -> Self {
        self.ambiguous = rate;
        self
    }

    /// Sets how often a body breaks off.
    pub fn cut(mut self, rate: f64) -> Self {
        self.cut = rate;
        self
    }

    /// Leaves all other operations alone.
    pub fn only(mut self, operations: impl IntoIterator<Item = Operation>) -> Self {
        self.only = Some(operations.into_iter().collect());
        self
    }
}

/// The interceptor of [`chaos()`](chaos).
#[derive(Debug)]
pub struct Chaos {
    options: ChaosOptions,
    /// How often each call was made, by its hash: a table for tests, not for the hot path of a service.
    calls: Mutex<HashMap<u64, u64>>,
}

impl Chaos {
    /// Makes an interceptor with these options.
    pub fn new(options: ChaosOptions) -> Self {
        Self { options, calls: Mutex::default() }
    }

    /// The dice of the next call of this kind on this target.
    fn dice(&self, call: &Call<'_>) -> Dice {
        let part = call.part.map_or(0, |part| part.get());
        let target = [call.container.map(|it| it.as_str()), call.key.map(|it| it.as_str())];
        let fields = [call.operation.name().as_bytes(), &part.to_le_bytes()];
        let texts = target.into_iter().map(|it| it.unwrap_or_default().as_bytes());
        let hash = hash(fields.into_iter().chain(texts));
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let count = calls.entry(hash).or_default();
        *count += 1;
        Dice(mix(self.options.seed ^ mix(hash ^ mix(*count))))
    }

    fn meant(&self, operation: Operation) -> bool {
        self.options.only.as_ref().is_none_or(|only| only.contains(&operation))
    }
}

#[async_trait]
impl Interceptor for Chaos {
    // The dice of the call; none where it is left alone.
    type Permit = Option<Dice>;

    async fn enter(&self, call: &Call<'_>) -> Result<Option<Dice>> {
        if !self.meant(call.operation) {
            return Ok(None);
        }
        let mut dice = self.dice(call);
        if dice.chance(self.options.fail) {
            return Err(refusal(&mut dice));
        }
        Ok(Some(dice))
    }

    fn leave(&self, call: &Call<'_>, dice: &mut Option<Dice>, outcome: Result<(), &Error>) -> Result<()> {
        let Some(dice) = dice else { return Ok(()) };
        let write = Class::of(call.operation) == Class::Write;
        if outcome.is_ok() && write && dice.chance(self.options.ambiguous) {
            return Err(lost_answer(call));
        }
        Ok(())
    }

    fn body(&self, _: &Call<'_>, dice: Option<Dice>, body: Body, body_bytes: u64) -> Body {
        let Some(mut dice) = dice else { return body };
        if body_bytes > 0 && dice.chance(self.options.cut) {
            return hold(cut(body, dice.below(body_bytes)), (), |(), _| ());
        }
        body
    }
}

/// A failure after which nothing has happened.
fn refusal(dice: &mut Dice) -> Error {
    let (kind, message) = match dice.below(4) {
        0 => (ErrorKind::Unavailable, "the service can't answer now (chaos)"),
        1 => (ErrorKind::Throttled, "the service asks to slow down (chaos)"),
        2 => (ErrorKind::Timeout, "no answer came in time (chaos)"),
        _ => (ErrorKind::Connect, "no connection could be made (chaos)"),
    };
    Error::new(kind, message).with_attempts(1)
}

/// The failure of a write that was carried out: as a driver reports it that may, or may not, send the request again.
fn lost_answer(call: &Call<'_>) -> Error {
    let (kind, message) = match call.operation.idempotency(call.conditional) {
        Idempotency::Always => (ErrorKind::Timeout, "no answer came in time (chaos)"),
        _ => (ErrorKind::Ambiguous, "the answer was lost, and the outcome is unknown (chaos)"),
    };
    Error::new(kind, message).with_attempts(1)
}

/// Breaks a body off behind so many bytes.
fn cut(body: Body, at: u64) -> Body {
    Body::new(stream::unfold(Some((body, at)), move |open| async move {
        let (mut body, left) = open?;
        if left == 0 {
            let message = format!("the body ended after {at} bytes (chaos)");
            return Some((Err(Error::new(ErrorKind::Truncated, message)), None));
        }
        match body.next().await? {
            Ok(mut piece) => {
                piece.truncate(usize::try_from(left).unwrap_or(usize::MAX));
                let left = left - piece.len() as u64;
                Some((Ok(piece), Some((body, left))))
            }
            Err(error) => Some((Err(error), None)),
        }
    }))
}

/// A generator of the kind SplitMix64: small, and the same on every machine.
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    fn chance(&mut self, rate: f64) -> bool {
        // 53 bits are what a double holds exactly; 1 is never reached, so a rate of 1 is always.
        ((self.roll() >> 11) as f64) < rate * (1_u64 << 53) as f64
    }

    /// A number below the bound.
    fn below(&mut self, bound: u64) -> u64 {
        self.roll() % bound.max(1)
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// FNV-1a over texts that no concatenation confuses: the one of the standard library may change with its version.
fn hash<'a>(texts: impl IntoIterator<Item = &'a [u8]>) -> u64 {
    let bytes = texts.into_iter().flat_map(|text| text.iter().copied().chain([0xff]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_kept() {
        let mut dice = Dice(1);
        assert!((0..1000).all(|_| !dice.chance(0.0) && dice.chance(1.0)));
        let hits = (0..10_000).filter(|_| dice.chance(0.3)).count();
        assert!((2700..3300).contains(&hits), "{hits}");
    }

    #[tokio::test]
    async fn a_cut_body_gives_exactly_the_bytes_before_the_cut() {
        for at in 0..6 {
            let mut body = cut(Body::from_pieces(vec!["abc".into(), "def".into()]), at);
            let mut got = Vec::new();
            let error = loop {
                match body.next().await.unwrap() {
                    Ok(piece) => got.extend_from_slice(&piece),
                    Err(error) => break error,
                }
            };
            assert_eq!((got.as_slice(), error.kind()), (&b"abcdef"[..at as usize], ErrorKind::Truncated));
            assert!(body.next().await.is_none());
        }
    }
}
