//! The transfer of a tree.

use std::fmt;
use std::future::IntoFuture;
use std::io::BufRead;

use storage::{BoxFuture, ErrorKind, Result};

use crate::action::{self, Action, Plan};
use crate::execute;
use crate::options::TransferOptions;
use crate::overlap::refuse_overlap;
use crate::perform::Work;
use crate::report::Report;
use crate::tree::{Entry, Tree};
use crate::walk::{WalkOptions, walk, walk_names};

/// Copies everything of one tree into another one, under the same names.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// use storage_transfer::{Tree, copy};
/// # let folder = tempfile::tempdir()?;
/// # std::fs::write(folder.path().join("a.txt"), "hello")?;
/// let photos = storage::memory::open().container("photos")?;
/// photos.create().await?;
/// let report = copy(Tree::directory(folder.path()), Tree::prefix(&photos, "2026/")).await?;
/// assert!(report.is_complete());
/// assert_eq!(photos.object("2026/a.txt")?.get().text().await?, "hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn copy(from: Tree, to: Tree) -> Copy {
    Copy { from: From::Tree(from), to, options: TransferOptions::default() }
}

/// Copies single entries that the caller has found, under names that the caller chose.
pub fn copy_entries(entries: Vec<Entry>, to: Tree) -> Copy {
    Copy { from: From::Entries(entries), to, options: TransferOptions::default() }
}

/// A transfer; nothing happens until it is awaited.
///
/// # Errors
/// Only what stops all of it: a source that is not there, trees that overlap, a destination that can't be opened. What
/// befalls one item is in the [`Report`], and the others go on.
///
/// # Cancel safety
/// Dropped, or stopped by its token, it leaves every destination as it was or complete. With the token, parts are
/// dropped before it returns, and the report says what was done.
#[must_use = "nothing is transferred until it is awaited"]
pub struct Copy {
    from: From,
    to: Tree,
    options: TransferOptions,
}

enum From {
    Tree(Tree),
    Names(Tree, Box<dyn BufRead + Send>),
    Entries(Vec<Entry>),
}

impl Copy {
    /// Takes all options at once.
    pub fn options(mut self, options: TransferOptions) -> Self {
        self.options = options;
        self
    }

    /// Transfers only these names of the source, which are separated by NUL characters.
    pub fn names(mut self, names: impl BufRead + Send + 'static) -> Self {
        self.from = match self.from {
            From::Tree(tree) | From::Names(tree, _) => From::Names(tree, Box::new(names)),
            entries @ From::Entries(_) => entries,
        };
        self
    }

    /// Makes the plan without carrying it out.
    ///
    /// # Errors
    /// Those of the transfer.
    pub async fn plan(self) -> Result<Plan> {
        let (plan, ..) = self.prepare().await?;
        Ok(plan)
    }

    async fn prepare(self) -> Result<(Plan, Tree, TransferOptions)> {
        let Self { from, to, options } = self;
        let how = WalkOptions::new().filter(options.filter.clone()).follow_links(options.follow_links);
        if let From::Tree(tree) | From::Names(tree, _) = &from {
            refuse_overlap(tree, &to, &options.filter).await?;
        }
        let plan = match from {
            From::Tree(tree) => action::copy_all(walk(&tree, &how).await?, to.clone()),
            From::Names(tree, names) => action::copy_all(walk_names(&tree, names, &how), to.clone()),
            From::Entries(entries) => {
                let actions: Vec<Action> = entries.into_iter().map(|it| action::copy_one(it, &to)).collect();
                Box::pin(futures_util::stream::iter(actions))
            }
        };
        Ok((plan, to, options))
    }
}

impl IntoFuture for Copy {
    type Output = Result<Report>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let is_tree = !matches!(self.from, From::Entries(_));
            let (plan, to, options) = self.prepare().await?;
            if is_tree {
                refuse_missing(&to).await?;
            }
            let work = Work::new(&to, options).await?;
            Ok(execute::run(plan, &work).await)
        })
    }
}

/// A container that is not there fails once, and not for every item.
async fn refuse_missing(to: &Tree) -> Result<()> {
    let Tree::Prefix { container, .. } = to else { return Ok(()) };
    match container.info().await {
        Err(error) if error.kind() == ErrorKind::ContainerNotFound => Err(error),
        // Whoever may write need not be allowed to look.
        _ => Ok(()),
    }
}

impl fmt::Debug for Copy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Copy").field("to", &self.to).field("options", &self.options).finish_non_exhaustive()
    }
}
