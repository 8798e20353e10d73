//! The optional groups of the driver contract.

mod incomplete_uploads;
mod metadata;
mod multipart;
mod public_url;
mod rename;
mod tags;
