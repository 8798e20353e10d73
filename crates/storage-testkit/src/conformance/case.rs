//! One promise of the contract, and the function that proves it.

use std::fmt;

use storage_core::BoxFuture;

use super::check::Failure;
use super::ctx::Ctx;
use super::needs::Needs;

/// What a case ends with.
pub type Outcome = Result<(), Failure>;

/// One promise of the contract, and the function that proves it.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Case {
    /// Topic and name, such as `put/if_absent_refuses_overwrite`.
    pub name: &'static str,
    /// The promise, in the words of the documentation of the driver contract or of the handles.
    pub sentence: &'static str,
    /// Says why a store can't be asked this.
    pub needs: fn(&Needs<'_>) -> Result<(), &'static str>,
    /// Proves it, in an empty container of its own.
    pub run: for<'a> fn(&'a Ctx) -> BoxFuture<'a, Outcome>,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case").field("name", &self.name).field("sentence", &self.sentence).finish()
    }
}

/// Makes the table of one topic: `"name" [what it needs]: "promise" => function;`.
macro_rules! cases {
    ($($name:literal [$($need:ident)*]: $sentence:literal => $run:path;)*) => {
        pub(crate) const CASES: &[$crate::conformance::Case] = &[$(
            $crate::conformance::Case {
                name: $name,
                sentence: $sentence,
                needs: |_it| Ok::<(), &'static str>(())$(.and(_it.$need()))*,
                run: |ctx| Box::pin($run(ctx)),
            },
        )*];
    };
}
pub(crate) use cases;
