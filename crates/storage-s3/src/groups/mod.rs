//! The optional groups, one file each, in the style of `driver.rs`.

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
