//! Which calls a rule is about, and what becomes of them.

use std::ops::Range;

use storage_core::{ETag, ErrorKind};

use crate::gate::Gate;

/// A call of the driver contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each is the method of the same name")]
pub enum Call {
    Capabilities,
    ListContainers,
    CreateContainer,
    HeadContainer,
    DeleteContainer,
    PutObject,
    GetObject,
    HeadObject,
    DeleteObject,
    CopyObject,
    ListObjects,
    CreateUpload,
    PutPart,
    CopyPart,
    CompleteUpload,
    AbortUpload,
    ListParts,
    ListUploads,
    DeleteObjects,
    Presign,
    Versioning,
    SetVersioning,
    ListVersions,
    RestoreVersion,
    Tags,
    SetTags,
    Acl,
    SetAcl,
    UpdateMetadata,
    Website,
    PublicUrl,
    RenameObject,
}

/// What becomes of a call.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Effect {
    /// It fails before anything happens.
    Fail(ErrorKind),
    /// It is carried out, and fails all the same.
    LoseAnswer(ErrorKind),
    /// It waits at a gate before anything happens.
    Wait(Gate),
    /// It is carried out and waits at a gate before it returns.
    WaitBehind(Gate),
    /// Its body fails with `Truncated` after so many bytes.
    CutBody(u64),
    /// Its body ends after so many bytes without saying so.
    EndBody(u64),
    /// Its body fails after so many bytes.
    FailBody(u64, ErrorKind),
    /// Its body waits at a gate after so many bytes.
    PauseBody(u64, Gate),
    /// The lowest bit of one byte of its body is flipped.
    FlipBit(u64),
    /// It reports another entity tag.
    ETag(ETag),
    /// It reports no entity tag.
    NoETag,
    /// It reports no checksums.
    NoChecksums,
    /// Its range is ignored: the whole object comes.
    IgnoreRange,
    /// Its page names itself as the next one.
    LoopPage,
    /// Its page is the last one, whatever is behind it.
    EndPages,
    /// Its page has no entries, and the next one is where it would have been.
    EmptyPage,
}

/// Which calls have which effect.
#[derive(Clone, Debug)]
pub struct Rule {
    call: Call,
    key: Option<String>,
    which: Range<usize>,
    effects: Vec<Effect>,
    seen: usize,
}

impl Rule {
    /// Is about every call of a kind.
    pub fn on(call: Call) -> Self {
        Self { call, key: None, which: 1..usize::MAX, effects: Vec::new(), seen: 0 }
    }

    /// Is only about calls for one key.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Is only about the nth call, counted from 1 when the rule is added.
    #[must_use]
    pub fn nth(self, n: usize) -> Self {
        self.only(n..n.saturating_add(1))
    }

    /// Is only about the first n calls.
    #[must_use]
    pub fn first(self, n: usize) -> Self {
        self.only(1..n.saturating_add(1))
    }

    /// Is about the nth call, counted from 1, and all behind it.
    #[must_use]
    pub fn from(self, n: usize) -> Self {
        self.only(n..usize::MAX)
    }

    /// Says what becomes of the calls; several effects add up.
    #[must_use]
    pub fn effect(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }

    fn only(mut self, which: Range<usize>) -> Self {
        self.which = which;
        self
    }

    /// Counts a call that the rule is about.
    pub(crate) fn fit(&mut self, call: Call, key: Option<&str>) -> Vec<Effect> {
        let mine = self.call == call && (self.key.is_none() || self.key.as_deref() == key);
        if !mine {
            return Vec::new();
        }
        self.seen += 1;
        if self.which.contains(&self.seen) { self.effects.clone() } else { Vec::new() }
    }
}
