//! Errors of the system as errors of the library; the only place that chooses their kind.

use std::io;

use storage_core::{ContainerName, Error, ErrorKind, Result};

use crate::sys::{Errno, FileKind, SysResult};

/// Explains what the system reported.
pub(crate) trait Explain<T> {
    /// Gives an error of the system the kind and the words of the library.
    fn explain(self) -> Result<T>;
}

impl<T> Explain<T> for SysResult<T> {
    fn explain(self) -> Result<T> {
        self.map_err(failed)
    }
}

/// Makes the error for what the system reported.
pub(crate) fn failed(errno: Errno) -> Error {
    let (kind, message) = match errno {
        Errno::LOOP => {
            (ErrorKind::PermissionDenied, "a symbolic link is in the way, and links are not followed")
        }
        Errno::NXIO => return refused(FileKind::Special),
        Errno::NOTDIR => (
            ErrorKind::PermissionDenied,
            "a file that is no object is where a directory of the key should be",
        ),
        Errno::ROFS => (ErrorKind::PermissionDenied, "the file system is read-only"),
        Errno::NAMETOOLONG => (ErrorKind::InvalidInput, "the file system takes no name of that length"),
        Errno::MFILE | Errno::NFILE => {
            (ErrorKind::Io, "too many files are open; raise the limit or do less at once")
        }
        Errno::XDEV => (ErrorKind::Io, "the container spans file systems, and files can't move between them"),
        _ => return Error::from_io(io::Error::from(errno)),
    };
    Error::new(kind, message).with_source(io::Error::from(errno))
}

/// Makes the error for a name that holds something else than an object.
pub(crate) fn refused(kind: FileKind) -> Error {
    Error::new(
        ErrorKind::PermissionDenied,
        match kind {
            FileKind::Link => "a symbolic link has the object's name, and links are not followed",
            FileKind::Directory => "a directory that is no object has the object's name",
            _ => "a pipe, socket or device has the object's name, and only regular files are objects",
        },
    )
}

/// Makes the error for a missing container.
pub(crate) fn no_container(name: &ContainerName) -> Error {
    Error::new(ErrorKind::ContainerNotFound, "there is no such container").with_container(name.as_str())
}

/// Makes the error for a missing object.
pub(crate) fn no_object() -> Error {
    Error::new(ErrorKind::ObjectNotFound, "there is no such object")
}

/// Makes the error for an object that is there and should not be.
pub(crate) fn already_exists() -> Error {
    Error::new(ErrorKind::AlreadyExists, "there is an object under the key already")
}

/// Makes the error for an option that means nothing to files.
pub(crate) fn unsupported(feature: &str) -> Error {
    Error::unsupported("local", feature)
}

/// Tells whether the process or the system ran out of file descriptors.
pub(crate) fn is_out_of_files(error: &Error) -> bool {
    std::error::Error::source(error)
        .and_then(|source| source.downcast_ref::<io::Error>())
        .and_then(io::Error::raw_os_error)
        .is_some_and(|code| [Errno::MFILE, Errno::NFILE].iter().any(|it| it.raw_os_error() == code))
}
