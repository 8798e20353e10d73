//! XML as services speak it: a small bounded reader and a writer that lets every key survive.
//!
//! The reader takes elements, attributes, text, CDATA and character references, and refuses what an answer never needs
//! and an attacker would send: document types, entities, deep nesting, floods of attributes or elements. Its cost grows
//! with the input and nothing else.
//!
//! ```
//! let root = storage_http::xml::parse(b"<Tags><Tag>red &amp; blue</Tag><Tag/></Tags>")?;
//! assert_eq!(root.name(), "Tags");
//! assert_eq!(root.text_of("Tag"), Some("red & blue"));
//! assert_eq!(root.children("Tag").count(), 2);
//! # Ok::<(), storage_core::Error>(())
//! ```

mod element;
mod fields;
mod reader;
pub mod scan;
mod text;
mod writer;

pub use element::Element;
pub use fields::{flag, parse_flag, size, unexpected};
pub use reader::{MAX_DEPTH, parse, salvage};
pub use text::unescape;
pub use writer::Writer;
