//! Signatures: pure functions of a request, credentials and a time; no clock, network or environment.
//!
//! [`v4`] is what S3 and its relatives take today; [`v2`] what some of them took before, and a few still want.

mod canonical;
pub(crate) mod checksum;
pub(crate) mod chunked;
mod keys;
pub(crate) mod policy;
mod presign;
pub(crate) mod v2;
pub(crate) mod v4;

pub(crate) use keys::SigningKeys;
pub(crate) use v4::Scope;

#[cfg(test)]
mod tests;
