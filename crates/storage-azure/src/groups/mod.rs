//! The groups of the contract that the service has.

mod acl;
mod bulk_delete;
mod incomplete_uploads;
mod metadata;
mod multipart;
mod presign;
mod public_url;
mod tags;
mod versions;
mod website;
