//! What several tests share.

pub(crate) mod s3s;
