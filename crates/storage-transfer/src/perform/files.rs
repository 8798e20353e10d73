//! A file becomes another file.

use std::fs::{File, FileTimes};
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use storage::{CancelToken, Error, ErrorKind, Result, TokioRuntime, blocking};

use super::temp::{Placed, Temp};
use super::{Outcome, Stamp, Work, existing, open_file};
use crate::action::CopyAction;
use crate::event::{Event, Observer, SkipReason};
use crate::walk::file_error;

/// So many bytes are copied between two looks at the token.
const STRIDE: u64 = 16 << 20;

pub(super) async fn run(work: &Work, action: &CopyAction, from: &Path, name: &str) -> Result<Outcome> {
    let Some(place) = work.place.clone() else {
        return Err(Error::new(ErrorKind::InvalidInput, "the destination is no directory"));
    };
    let path = place.claim(name)?;
    if let Some(reason) = existing::file(work, action, &path).await? {
        return Ok(Outcome::Skipped(reason));
    }
    let job = Job {
        name: action.name.clone(),
        cancel: work.options.cancel.clone(),
        observer: work.options.observer.clone(),
    };
    let (from, name, overwrite) = (from.to_owned(), name.to_owned(), work.options.overwrite);
    let placed = blocking(&TokioRuntime, move || {
        Arc::clone(&place).prepare(&name)?;
        let (source, stamp) = open_file(&from)?;
        let temp = Temp::beside(&path);
        let file =
            File::create_new(temp.path()).map_err(|error| file_error("can't write beside", &path, error))?;
        job.copy(&source, &file, stamp)?;
        temp.commit(&path, overwrite)
    });
    Ok(match placed.await? {
        Placed::Yes => Outcome::Done,
        Placed::Exists => Outcome::Skipped(SkipReason::Exists),
    })
}

struct Job {
    name: String,
    cancel: CancelToken,
    observer: Option<Observer>,
}

impl Job {
    fn copy(&self, source: &File, mut file: &File, stamp: Stamp) -> Result<()> {
        let mut copied = 0;
        loop {
            if self.cancel.is_cancelled() {
                return Err(Error::new(ErrorKind::Cancelled, "the operation was cancelled"));
            }
            // Between two files the system copies by itself, where it can.
            let step = io::copy(&mut source.take(STRIDE), &mut file)?;
            if step == 0 {
                break;
            }
            copied += step;
            let event = Event::Progress { name: &self.name, bytes: step };
            self.observer.as_ref().map_or(Ok(()), |it| it.tell(&event))?;
        }
        stamp.check(source)?;
        if copied != stamp.size {
            return Err(Error::new(
                ErrorKind::SourceMismatch,
                "the file changed while it was read; run it again",
            ));
        }
        if let Some(time) = stamp.modified {
            file.set_times(FileTimes::new().set_modified(time))?;
        }
        #[cfg(unix)]
        if let Some(mode) = stamp.mode {
            use std::os::unix::fs::PermissionsExt as _;
            file.set_permissions(std::fs::Permissions::from_mode(mode & 0o777))?;
        }
        Ok(())
    }
}
