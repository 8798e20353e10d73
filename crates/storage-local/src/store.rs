//! What all operations of one driver share: the root, the containers that are open, clocks and caches.

use std::collections::{HashMap, HashSet};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, UNIX_EPOCH};

use storage_core::{ContainerName, Error, ErrorKind, Result, Runtime, blocking, directory_rule};

use crate::config::{AttributeStore, ChecksumSetting, Durability};
use crate::error::{Explain as _, failed, is_out_of_files, no_container, refused};
use crate::escape::STAGING;
use crate::listing::Cursors;
use crate::sys::{Errno, FileKind, Open, Stat, Sys};

/// How often an operation is tried again when there are no file descriptors.
const OUT_OF_FILES_TRIES: u32 = 10;
/// How many containers are kept open.
const OPEN_CONTAINERS: usize = 64;

/// The settings, checked.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) root: PathBuf,
    pub(crate) create_root: bool,
    pub(crate) durability: Durability,
    pub(crate) attributes: AttributeStore,
    pub(crate) checksum: ChecksumSetting,
    /// How much memory the names of one directory may take in a listing.
    pub(crate) listing_budget: usize,
}

/// What all operations of one driver share.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) settings: Settings,
    pub(crate) sys: Box<dyn Sys>,
    pub(crate) runtime: Arc<dyn Runtime>,
    pub(crate) cursors: Cursors,
    /// Set once the file system has said that it keeps no attributes.
    pub(crate) no_attributes: AtomicBool,
    root: RwLock<Option<Arc<Directory>>>,
    containers: RwLock<HashMap<ContainerName, Arc<Container>>>,
    pub(crate) durable: Mutex<HashSet<(u64, u64, i64)>>,
    warned: Mutex<HashSet<String>>,
    last_time: AtomicI64,
    temporary_prefix: u64,
    temporary_count: AtomicU64,
}

/// An open directory.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) file: OwnedFd,
    pub(crate) stat: Stat,
}

/// An open container.
#[derive(Debug)]
pub(crate) struct Container {
    pub(crate) name: ContainerName,
    pub(crate) directory: Directory,
    staging: RwLock<Option<Arc<OwnedFd>>>,
}

impl Store {
    pub(crate) fn new(settings: Settings, sys: Box<dyn Sys>, runtime: Arc<dyn Runtime>) -> Self {
        let mut prefix = [0; 8];
        runtime.random(&mut prefix);
        Self {
            settings,
            sys,
            runtime,
            cursors: Cursors::default(),
            no_attributes: AtomicBool::new(false),
            root: RwLock::default(),
            containers: RwLock::default(),
            durable: Mutex::default(),
            warned: Mutex::default(),
            last_time: AtomicI64::new(0),
            temporary_prefix: u64::from_ne_bytes(prefix),
            temporary_count: AtomicU64::new(0),
        }
    }

    /// Runs work on a thread that may block, again after a pause when there are no file descriptors.
    pub(crate) async fn run<T, F>(self: &Arc<Self>, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&Arc<Self>) -> Result<T> + Send + Sync + 'static,
    {
        let work = Arc::new((work, Arc::clone(self)));
        let mut pause = Duration::from_millis(2);
        for _ in 1..OUT_OF_FILES_TRIES {
            let job = Arc::clone(&work);
            match blocking(&*self.runtime, move || (job.0)(&job.1)).await {
                Err(error) if is_out_of_files(&error) => self.runtime.sleep(pause).await,
                other => return other,
            }
            pause *= 2;
        }
        blocking(&*self.runtime, move || (work.0)(&work.1)).await
    }

    /// Tells whether what is acknowledged must survive a crash of the system.
    pub(crate) fn is_durable(&self) -> bool {
        self.settings.durability == Durability::Durable
    }

    /// Returns how much memory the names of one directory may take in a listing.
    pub(crate) fn listing_budget(&self) -> usize {
        self.settings.listing_budget
    }

    /// Returns a time for a file, later than any that this process has given before.
    pub(crate) fn next_time(&self) -> i64 {
        let now = self.now();
        let step = |last: i64| Some(now.max(last.saturating_add(1)));
        let last =
            self.last_time.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step).unwrap_or_else(|it| it);
        now.max(last.saturating_add(1))
    }

    /// Returns the time in nanoseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        let since = self.runtime.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
    }

    /// Returns a name that no other temporary file has.
    pub(crate) fn temporary_name(&self) -> String {
        let count = self.temporary_count.fetch_add(1, Ordering::Relaxed);
        format!("tmp-{:016x}-{count:x}", self.temporary_prefix)
    }

    /// Tells once for each subject what was left out.
    pub(crate) fn warn_once(&self, subject: &str, name: &str, reason: &'static str) {
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        // Bounded, since the subjects are containers, of which there may be any number.
        if warned.len() < OPEN_CONTAINERS && warned.insert(format!("{subject}\0{reason}")) {
            tracing::warn!(container = subject, name = ?name, "skipped {reason}; said once for each container");
        }
    }

    /// Returns the root; `None` when it is not there.
    pub(crate) fn root(&self) -> Result<Option<Arc<Directory>>> {
        if let Some(root) = &*self.root.read().unwrap_or_else(PoisonError::into_inner) {
            return Ok(Some(Arc::clone(root)));
        }
        self.open_root()
    }

    fn open_root(&self) -> Result<Option<Arc<Directory>>> {
        let file = match self.sys.open_root(&self.settings.root) {
            Err(Errno::NOENT) if self.settings.create_root => return Ok(None),
            Err(error @ (Errno::NOENT | Errno::NOTDIR)) => return Err(self.no_root(error)),
            other => other.explain()?,
        };
        let stat = self.sys.stat(file.as_fd()).explain()?;
        let mut held = self.root.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(root) = held.as_ref().filter(|root| root.stat.same_file(&stat)) {
            return Ok(Some(Arc::clone(root)));
        }
        self.check_names_are_kept(file.as_fd())?;
        let root = Arc::new(Directory { file, stat });
        *held = Some(Arc::clone(&root));
        self.containers.write().unwrap_or_else(PoisonError::into_inner).clear();
        Ok(Some(root))
    }

    fn no_root(&self, errno: Errno) -> Error {
        let root = self.settings.root.display();
        Error::new(
            ErrorKind::Configuration,
            format!("the root `{root}` is not a directory; make it, or set `create_root` to `true`"),
        )
        .with_source(failed(errno))
    }

    /// Returns the root, made if need be.
    pub(crate) fn make_root(&self) -> Result<Arc<Directory>> {
        if let Some(root) = self.root()? {
            return Ok(root);
        }
        let mut missing: Vec<_> =
            self.settings.root.ancestors().filter(|it| !it.as_os_str().is_empty()).collect();
        while let Some(path) = missing.pop() {
            match self.sys.make_root(path) {
                Ok(()) if self.is_durable() => {
                    let parent = path.parent().filter(|it| !it.as_os_str().is_empty());
                    let parent = self.sys.open_root(parent.unwrap_or(".".as_ref())).explain()?;
                    self.sys.sync(parent.as_fd()).explain()?;
                }
                Ok(()) | Err(Errno::EXIST) => {}
                // A parent that exists need not be ours to write; what counts is whether the root opens.
                Err(_) if !missing.is_empty() => {}
                Err(error) => return Err(failed(error)),
            }
        }
        self.open_root()?.ok_or_else(|| self.no_root(Errno::NOENT))
    }

    /// Opens a container, or returns it from before if it is still the same directory.
    pub(crate) fn container(&self, name: &ContainerName) -> Result<Arc<Container>> {
        check_name(name)?;
        let Some(root) = self.root()? else { return Err(no_container(name)) };
        let stat = match self.sys.stat_at(root.file.as_fd(), name) {
            Err(Errno::NOENT) => match self.replaced_root(&root)? {
                Some(root) => self.sys.stat_at(root.file.as_fd(), name),
                None => Err(Errno::NOENT),
            },
            other => other,
        };
        let stat = match stat {
            Ok(stat) if stat.kind == FileKind::Link => return Err(refused_container(name)),
            Ok(stat) if stat.kind == FileKind::Directory => stat,
            Ok(_) | Err(Errno::NOENT) => return Err(no_container(name)),
            Err(error) => return Err(failed(error)),
        };
        let known = self.containers.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        match known {
            Some(it) if it.directory.stat.same_file(&stat) => Ok(it),
            _ => self.open_container(name),
        }
    }

    fn open_container(&self, name: &ContainerName) -> Result<Arc<Container>> {
        let Some(root) = self.root()? else { return Err(no_container(name)) };
        let file = match self.sys.open(root.file.as_fd(), name, Open::Directory) {
            Err(Errno::NOENT | Errno::NOTDIR) => return Err(no_container(name)),
            Err(Errno::LOOP) => return Err(refused_container(name)),
            other => other.explain()?,
        };
        let stat = self.sys.stat(file.as_fd()).explain()?;
        let directory = Directory { file, stat };
        let container = Arc::new(Container { name: name.clone(), directory, staging: RwLock::default() });
        self.remove_stale_temporaries(&container);
        let mut open = self.containers.write().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= OPEN_CONTAINERS {
            open.clear();
        }
        open.insert(name.clone(), Arc::clone(&container));
        Ok(container)
    }

    /// Forgets a container that was deleted.
    pub(crate) fn forget(&self, name: &ContainerName) {
        self.containers.write().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    /// Returns the root that has come in the place of the one that is open, if one has.
    fn replaced_root(&self, old: &Directory) -> Result<Option<Arc<Directory>>> {
        match self.open_root()? {
            Some(root) if !root.stat.same_file(&old.stat) => Ok(Some(root)),
            Some(_) => Ok(None),
            None => {
                *self.root.write().unwrap_or_else(PoisonError::into_inner) = None;
                Ok(None)
            }
        }
    }

    /// Makes the error for a path that is not there: of the object, or of its container.
    pub(crate) fn missing(&self, name: &ContainerName) -> Error {
        self.container(name).err().unwrap_or_else(crate::error::no_object)
    }

    /// Returns the directory of temporary files, made if need be.
    pub(crate) fn staging(&self, container: &Container) -> Result<Arc<OwnedFd>> {
        if let Some(staging) = &*container.staging.read().unwrap_or_else(PoisonError::into_inner) {
            return Ok(Arc::clone(staging));
        }
        let staging = Arc::new(self.reserved(container, STAGING)?);
        *container.staging.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&staging));
        Ok(staging)
    }

    /// Forgets the directory of temporary files, which somebody has removed.
    pub(crate) fn forget_staging(&self, container: &Container) {
        *container.staging.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Opens a directory that belongs to the driver, made if need be.
    pub(crate) fn reserved(&self, container: &Container, name: &str) -> Result<OwnedFd> {
        let at = container.file();
        // Whoever deletes the container may remove it again in between.
        for _ in 0..16 {
            match self.sys.open(at, name, Open::Directory) {
                Err(Errno::NOENT) => {}
                other => return other.explain(),
            }
            match self.sys.make_dir(at, name) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(Errno::NOENT) => return Err(no_container(&container.name)),
                Err(error) => return Err(failed(error)),
            }
        }
        Err(Error::new(ErrorKind::Io, "the directory of temporary files is removed again and again"))
    }
}

impl Container {
    /// Returns the directory.
    pub(crate) fn file(&self) -> BorrowedFd<'_> {
        self.directory.file.as_fd()
    }
}

/// Checks a container's name again: it becomes a path here, whoever made it.
pub(crate) fn check_name(name: &ContainerName) -> Result<()> {
    directory_rule(name)
        .map_err(|rule| Error::new(ErrorKind::InvalidContainerName, rule).with_container(name.as_str()))
}

fn refused_container(name: &ContainerName) -> Error {
    refused(FileKind::Link).with_container(name.as_str())
}
