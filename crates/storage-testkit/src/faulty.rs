//! A driver around another one that fails, cuts and corrupts by rule, and counts calls.
//!
//! It lets the engines of the core and the command line meet every failure without HTTP.
//!
//! ```
//! use storage_core::{ErrorKind, Storage, memory};
//! use storage_testkit::faulty::{Call, Effect, Faulty, Rule};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let faulty = Faulty::new(memory::open().shared_driver());
//! faulty.rule(Rule::on(Call::PutObject).nth(2).effect(Effect::Fail(ErrorKind::Unavailable)));
//! let container = faulty.storage().container("photos")?;
//! container.create().await?;
//! container.object("a")?.put("1").await?;
//! assert_eq!(container.object("b")?.put("2").await.unwrap_err().kind(), ErrorKind::Unavailable);
//! assert_eq!(faulty.count(Call::PutObject), 2);
//! # Ok::<(), storage_core::Error>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod body;
mod driver;
mod groups;
mod rule;

pub use rule::{Call, Effect, Rule};

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use storage_core::{Driver, Error, Result, Storage};

/// A driver around another one that fails, cuts and corrupts by rule, and counts calls.
///
/// Clones share rules and counts.
#[derive(Clone)]
pub struct Faulty {
    pub(crate) inner: Arc<dyn Driver>,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    rules: Vec<Rule>,
    log: Vec<(Call, Option<String>)>,
}

impl Faulty {
    /// Wraps a driver; without rules it only counts.
    pub fn new(inner: Arc<dyn Driver>) -> Self {
        Self { inner, shared: Arc::default() }
    }

    /// Adds a rule; every rule that fits a call has its effect, in the order in which they were added.
    pub fn rule(&self, rule: Rule) {
        self.shared().rules.push(rule);
    }

    /// Forgets all rules.
    pub fn clear_rules(&self) {
        self.shared().rules.clear();
    }

    /// Forgets the calls made so far.
    pub fn clear_calls(&self) {
        self.shared().log.clear();
    }

    /// Opens a storage over this driver.
    pub fn storage(&self) -> Storage {
        Storage::new(Arc::new(self.clone()))
    }

    /// Returns how often a call was made, those that failed by rule too.
    pub fn count(&self, call: Call) -> usize {
        self.shared().log.iter().filter(|it| it.0 == call).count()
    }

    /// Returns every call so far, with its key where it has one.
    pub fn calls(&self) -> Vec<(Call, Option<String>)> {
        self.shared().log.clone()
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call and says what is to happen to it.
    fn effects(&self, call: Call, key: Option<&str>) -> Vec<Effect> {
        let mut shared = self.shared();
        shared.log.push((call, key.map(str::to_owned)));
        shared.rules.iter_mut().flat_map(|rule| rule.fit(call, key)).collect()
    }

    /// Makes a call under its rules, and returns the effects that its result is still to have.
    pub(crate) async fn run<T>(
        &self,
        call: Call,
        key: Option<&str>,
        inner: impl Future<Output = Result<T>>,
    ) -> Result<(T, Vec<Effect>)> {
        let effects = self.effects(call, key);
        for effect in &effects {
            match effect {
                Effect::Wait(gate) => gate.pass().await,
                Effect::Fail(kind) => return Err(Error::new(*kind, "the call was made to fail")),
                _ => {}
            }
        }
        let result = inner.await?;
        for effect in &effects {
            match effect {
                Effect::WaitBehind(gate) => gate.pass().await,
                Effect::LoseAnswer(kind) => {
                    return Err(Error::new(*kind, "the call was carried out and its answer was lost"));
                }
                _ => {}
            }
        }
        Ok((result, effects))
    }

    /// Makes a call whose result has no other effects.
    pub(crate) async fn plain<T>(
        &self,
        call: Call,
        key: Option<&str>,
        inner: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        self.run(call, key, inner).await.map(|(result, _)| result)
    }
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Faulty").field(&self.inner).finish()
    }
}
