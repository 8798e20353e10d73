//! Bodies of requests and answers: a file for each call, with captured samples.

pub(crate) mod failure;
