//! Where hosts are: names become addresses, for a minute at most.

use std::collections::HashMap;
use std::fmt::Debug;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use storage_core::{BoxFuture, Error, ErrorKind, Result, Runtime};
use tokio::sync::OnceCell;

use super::within;

/// How names become addresses; tests put their own in.
pub trait Resolve: Debug + Send + Sync + 'static {
    /// Looks up a name; the port is put into every address.
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>>;
}

/// The resolver of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        Box::pin(async move {
            // RFC 6761: names below `localhost` are this machine, whether the system knows it or not.
            if host.ends_with(".localhost") {
                let here = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
                return Ok(here.map(|it| SocketAddr::new(it, port)).to_vec());
            }
            Ok(tokio::net::lookup_host((host, port)).await?.collect())
        })
    }
}

/// How long an answer is used.
const FRESH: Duration = Duration::from_secs(60);
/// How long a lookup may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// More names than a service has hosts; a caller with one host per bucket may reach it.
const MOST_NAMES: usize = 1_024;

/// The addresses of names that were looked up lately.
#[derive(Debug)]
pub(super) struct Addresses {
    runtime: Arc<dyn Runtime>,
    resolver: Arc<dyn Resolve>,
    lookups: Mutex<HashMap<Name, Arc<Lookup>>>,
}

type Name = (String, u16);

/// One lookup, for everybody who wants that name meanwhile.
#[derive(Debug)]
struct Lookup {
    found: OnceCell<(Instant, Vec<SocketAddr>)>,
    /// Where the next connection starts.
    next: AtomicUsize,
}

/// The addresses for one connection, in the order in which they are tried.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) addresses: Vec<SocketAddr>,
    lookup: Option<(Name, Arc<Lookup>)>,
}

impl Addresses {
    pub(super) fn new(runtime: Arc<dyn Runtime>, resolver: Arc<dyn Resolve>) -> Self {
        Self { runtime, resolver, lookups: Mutex::default() }
    }

    /// Returns the addresses of a host, each time starting with another one. An IPv6 address may have brackets.
    pub(super) async fn of(&self, host: &str, port: u16) -> Result<Choice> {
        let host = host.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(host);
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(Choice { addresses: vec![(address, port).into()], lookup: None });
        }
        let name = (host.to_owned(), port);
        let lookup = self.lookup(&name);
        let (_, found) = lookup.found.get_or_try_init(|| self.look_up(host, port)).await?;
        let mut addresses = found.clone();
        let start = lookup.next.fetch_add(1, Ordering::Relaxed);
        addresses.rotate_left(start.checked_rem(found.len()).unwrap_or_default());
        Ok(Choice { addresses, lookup: Some((name, lookup)) })
    }

    /// Makes the next connection ask again, unless somebody has asked since.
    pub(super) fn forget(&self, choice: &Choice) {
        let Some((name, lookup)) = &choice.lookup else { return };
        let mut lookups = self.lookups();
        if lookups.get(name).is_some_and(|it| Arc::ptr_eq(it, lookup)) {
            lookups.remove(name);
        }
    }

    /// Returns the lookup of a name that is fresh or under way, or starts one.
    fn lookup(&self, name: &Name) -> Arc<Lookup> {
        let now = self.runtime.monotonic();
        let is_fresh = |it: &Lookup| it.found.get().is_none_or(|(until, _)| now < *until);
        let mut lookups = self.lookups();
        if let Some(lookup) = lookups.get(name).filter(|it| is_fresh(it)) {
            return Arc::clone(lookup);
        }
        if lookups.len() >= MOST_NAMES {
            lookups.retain(|_, it| is_fresh(it));
            if lookups.len() >= MOST_NAMES {
                lookups.clear();
            }
        }
        // Many processes that start at once should not all begin with the same address.
        let mut start = [0; 2];
        self.runtime.random(&mut start);
        let next = AtomicUsize::new(u16::from_ne_bytes(start).into());
        let lookup = Arc::new(Lookup { found: OnceCell::new(), next });
        lookups.insert(name.clone(), Arc::clone(&lookup));
        lookup
    }

    async fn look_up(&self, host: &str, port: u16) -> Result<(Instant, Vec<SocketAddr>)> {
        let failed = |what: &str| {
            Error::new(ErrorKind::Connect, format!("no connection to `{host}:{port}`: its name {what}"))
        };
        let until = self.runtime.monotonic() + FRESH;
        match within(&*self.runtime, PATIENCE, self.resolver.resolve(host, port)).await {
            None => Err(failed("could not be looked up in time")),
            Some(Err(error)) => Err(failed("can't be looked up; is it right?").with_source(error)),
            Some(Ok(found)) if found.is_empty() => Err(failed("has no address; is it right?")),
            Some(Ok(found)) => Ok((until, found)),
        }
    }

    fn lookups(&self) -> MutexGuard<'_, HashMap<Name, Arc<Lookup>>> {
        self.lookups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
