//! The contract of the storage library: what a driver promises, and the handles that people use.
//!
//! A [`Storage`] is one account of one store, a [`Container`] one bucket, container or directory in it, an [`Object`]
//! one key. Handles are cheap, send nothing until asked, and own everything that is the same everywhere: checks,
//! paging, parts, resuming, verification, context in errors. A [`Driver`] translates one protocol and nothing else.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let storage = storage_core::memory::open();
//! let container = storage.container("notes")?;
//! container.create().await?;
//!
//! let note = container.object("2026/11/todo.txt")?;
//! note.put("water the plants").metadata("author", "jo").if_absent().await?;
//! assert_eq!(note.head().await?.metadata.get("author"), Some("jo"));
//! assert_eq!(note.get().range(0..5).text().await?, "water");
//! # Ok::<(), storage_core::Error>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod body;
mod cancel;
mod capabilities;
mod check;
mod checksum;
mod condition;
mod container;
mod copy;
mod crc_join;
mod download;
mod driver;
mod error;
pub mod file;
pub mod groups;
mod idempotency;
mod info;
mod listing;
pub mod memory;
mod name;
mod object;
mod options;
mod pairs;
mod payload;
mod progress;
mod provider;
mod range;
mod runtime;
mod secret;
mod settle;
mod storage;
mod text;
mod upload;
pub mod wrap;

pub use body::Body;
pub use cancel::CancelToken;
pub use capabilities::{Capabilities, PartOrder, PartRules};
pub use checksum::{Checksum, ChecksumAlgorithm, Checksums, Hasher, verify};
pub use condition::check_match;
pub use container::{AbortIncomplete, Container, CreateContainer};
pub use download::{DownloadFile, Downloaded, Get, GetRanges, ObjectBody};
pub use driver::Driver;
pub use error::{Error, ErrorKind, Result};
pub use idempotency::{Idempotency, Operation};
pub use info::{
    ContainerInfo, GetOutcome, ListEntry, ObjectEntry, ObjectInfo, Page, PublicAccess, PutOutcome,
    ServiceFields,
};
pub use listing::{Containers, DeleteMany, IncompleteUploads, List};
pub use name::{
    ContainerName, ETag, Key, ObjectRef, PageToken, PartNumber, StorageClass, UploadId, VersionId,
    directory_rule,
};
pub use object::{Copy, DEFAULT_CONTENT_TYPE, Delete, Head, Object};
pub use options::{
    CannedAcl, ChecksumMode, ContainerQuery, CopyOptions, CreateOptions, DeleteContainerOptions,
    DeleteOptions, Encryption, Extensions, GetOptions, ListQuery, Metadata, PutOptions, WriteCondition,
};
pub use pairs::{Pairs, normalize};
pub use payload::{FileRange, Payload, Pieces};
pub use progress::{Progress, ProgressHook};
pub use provider::{Provider, ProviderId, ProviderInfo};
pub use range::ByteRange;
pub use runtime::{BoxFuture, Runtime, TokioRuntime, blocking};
pub use secret::Secret;
pub use settle::NONCE_METADATA;
pub use storage::Storage;
pub use text::{Escaped, nearest};
pub use upload::{ByteBudget, BytePermit, ObjectWriter, PartPlan, Put, Upload};
