//! Which names of a tree are meant, in the syntax of `.gitignore`.

use std::path::Path;
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use storage::{Error, ErrorKind, Result};

/// Chooses names by patterns in the syntax of `.gitignore`, seen from the root of the tree.
///
/// A name passes when no exclusion holds for it or a directory above it, and, if there are inclusions, one of them
/// does. It makes no difference in which order inclusions and exclusions were added; among exclusions the last that
/// matches decides, so that `!name` takes one back, as in the files of git.
///
/// ```
/// use storage_transfer::Filter;
/// let filter = Filter::new().include("*.rs")?.exclude("target/")?;
/// assert!(filter.passes("src/lib.rs"));
/// assert!(!filter.passes("target/debug/lib.rs") && !filter.passes("README.md"));
/// # Ok::<(), storage::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Filter {
    includes: Vec<String>,
    excludes: Vec<String>,
    built: Option<Arc<Built>>,
}

#[derive(Debug)]
struct Built {
    includes: Option<Gitignore>,
    excludes: Option<Gitignore>,
}

impl Filter {
    /// Passes every name.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a pattern of names that are meant.
    ///
    /// # Errors
    /// `InvalidInput` for a pattern that can't be read.
    pub fn include(mut self, pattern: impl Into<String>) -> Result<Self> {
        self.includes.push(pattern.into());
        self.build()
    }

    /// Adds a pattern of names that are left out.
    ///
    /// # Errors
    /// `InvalidInput` for a pattern that can't be read.
    pub fn exclude(mut self, pattern: impl Into<String>) -> Result<Self> {
        self.excludes.push(pattern.into());
        self.build()
    }

    /// Adds the lines of a file in the form of `.gitignore`: what they ignore is left out.
    ///
    /// # Errors
    /// `InvalidInput` for a pattern that can't be read.
    pub fn exclude_lines(mut self, text: &str) -> Result<Self> {
        self.excludes.extend(text.lines().map(str::to_owned));
        self.build()
    }

    /// Tells whether every name passes.
    pub fn is_empty(&self) -> bool {
        self.includes.is_empty() && self.excludes.is_empty()
    }

    /// Tells whether a file or object of this name is meant.
    pub fn passes(&self, name: &str) -> bool {
        let Some(built) = &self.built else { return true };
        let excluded = built.excludes.as_ref().is_some_and(|it| matches(it, name));
        !excluded && built.includes.as_ref().is_none_or(|it| matches(it, name))
    }

    /// Tells whether anything below the directory of this name can be meant.
    pub fn enters(&self, name: &str) -> bool {
        let excludes = self.built.as_ref().and_then(|it| it.excludes.as_ref());
        excludes.is_none_or(|it| !it.matched(plain(name), true).is_ignore())
    }

    fn build(mut self) -> Result<Self> {
        self.built = Some(Arc::new(Built {
            includes: patterns(&self.includes)?,
            excludes: patterns(&self.excludes)?,
        }));
        Ok(self)
    }
}

/// Tells whether patterns hold for a name or a directory above it.
fn matches(patterns: &Gitignore, name: &str) -> bool {
    let name = name.trim_start_matches('/');
    let above = name.match_indices('/').filter_map(|(at, _)| name.get(..at));
    above.into_iter().any(|it| patterns.matched(plain(it), true).is_ignore())
        || patterns.matched(plain(name), false).is_ignore()
}

/// Keys may start with a slash; patterns see every name from the root.
fn plain(name: &str) -> &Path {
    Path::new(name.trim_matches('/'))
}

fn patterns(lines: &[String]) -> Result<Option<Gitignore>> {
    if lines.is_empty() {
        return Ok(None);
    }
    let mut builder = GitignoreBuilder::new("");
    for line in lines {
        builder.add_line(None, line).map_err(|error| bad(line, error))?;
    }
    builder.build().map(Some).map_err(|error| bad(&lines.join(" "), error))
}

fn bad(pattern: &str, error: ignore::Error) -> Error {
    let message = format!("the pattern `{pattern}` can't be read; write it as in a `.gitignore` file");
    Error::new(ErrorKind::InvalidInput, message).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_of_inclusions_and_exclusions_does_not_matter() {
        let one = Filter::new().include("*.txt").unwrap().exclude("tmp/").unwrap();
        let two = Filter::new().exclude("tmp/").unwrap().include("*.txt").unwrap();
        for (name, want) in [
            ("a.txt", true),
            ("x/a.txt", true),
            ("a.bin", false),
            ("tmp/a.txt", false),
            ("x/tmp/a.txt", false),
        ] {
            assert_eq!(one.passes(name), want, "{name}");
            assert_eq!(two.passes(name), want, "{name}");
        }
        assert!(!one.enters("x/tmp") && one.enters("x"));
    }

    #[test]
    fn a_whole_directory_can_be_included_or_anchored() {
        let filter = Filter::new().include("/src/").unwrap();
        assert!(filter.passes("src/a/b.rs") && !filter.passes("x/src/b.rs"));
    }

    #[test]
    fn lines_of_a_file_take_back_with_an_exclamation_mark() {
        let filter = Filter::new().exclude_lines("# logs\n*.log\n!keep.log\n").unwrap();
        assert!(filter.passes("keep.log") && !filter.passes("a/b.log"));
    }

    #[test]
    fn odd_keys_are_no_panic() {
        let filter = Filter::new().exclude("x").unwrap();
        for name in ["/abs", "../x", "a//b", "//", "", ".", "x/", "/x"] {
            filter.passes(name);
        }
        assert!(!filter.passes("/x") && !filter.passes("a//x"));
    }

    #[test]
    fn a_pattern_that_cannot_be_read_is_named() {
        let error = Filter::new().exclude("a{b").unwrap_err();
        assert!(error.to_string().contains("`a{b`"), "{error}");
    }
}
