//! Lists of who may do what.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::error::Result;
use crate::name::{ContainerName, Key};
use crate::options::CannedAcl;

/// Reads and writes the access lists of containers and, with a key, of objects.
#[async_trait]
pub trait AclDriver: Debug + Send + Sync {
    /// Returns the list.
    async fn acl(&self, container: &ContainerName, key: Option<&Key>) -> Result<Acl>;

    /// Replaces the list.
    async fn set_acl(&self, container: &ContainerName, key: Option<&Key>, acl: &Acl) -> Result<()>;

    /// Replaces the list by one of the store's own.
    async fn set_canned_acl(
        &self,
        container: &ContainerName,
        key: Option<&Key>,
        acl: CannedAcl,
    ) -> Result<()>;
}

/// Who may do what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Acl {
    /// The id of the owner.
    pub owner: Option<String>,
    /// What is granted, besides to the owner.
    pub grants: Vec<Grant>,
}

/// One permission for one party.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Grant {
    /// Who.
    pub grantee: Grantee,
    /// What.
    pub permission: Permission,
}

/// Who is granted something.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Grantee {
    /// An account, by the store's id of it.
    Account(String),
    /// A person or group, by address.
    Email(String),
    /// Anybody.
    Everyone,
    /// Any account of the service.
    Authenticated,
    /// A group or entity, by the store's own name.
    Named(String),
}

/// What is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Permission {
    /// Reading.
    Read,
    /// Writing.
    Write,
    /// Reading the list.
    ReadAcl,
    /// Changing the list.
    WriteAcl,
    /// Everything.
    Full,
}
