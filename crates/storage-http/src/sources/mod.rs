//! What the sources of credentials have in common: bounded files and programs, checked answers, short patience.

mod answer;
pub mod files;
mod program;

pub use answer::{LIMIT_BYTES, is_code, is_word, read_json, secret_header, since_epoch, unexpected, within};
pub use program::Program;
