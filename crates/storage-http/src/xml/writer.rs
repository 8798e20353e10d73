//! The writer: elements with text, closed by construction.

use std::fmt::Write as _;

use bytes::Bytes;

use super::element::Element;

/// Writes a document of elements and text.
///
/// ```
/// use storage_http::xml::Writer;
/// let mut writer = Writer::new("Tagging", None);
/// writer.group("Tag", |tag| tag.text("Key", "a<b\r"));
/// let body = writer.finish();
/// assert!(body.ends_with(b"<Tagging><Tag><Key>a&lt;b&#13;</Key></Tag></Tagging>"));
/// ```
#[derive(Debug)]
pub struct Writer {
    out: String,
    root: &'static str,
}

impl Writer {
    /// Begins a document by its root element and the default namespace.
    pub fn new(root: &'static str, namespace: Option<&str>) -> Self {
        let mut writer = Self { out: String::with_capacity(256), root };
        writer.out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        writer.open(root, namespace.map(|it| ("xmlns", it)));
        writer
    }

    /// Writes an element with text.
    pub fn text(&mut self, name: &str, text: &str) {
        self.open(name, None);
        escape(text, &mut self.out);
        self.close(name);
    }

    /// Writes an element with text if there is one.
    pub fn text_opt(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    /// Writes an element with what `inner` writes.
    pub fn group(&mut self, name: &str, inner: impl FnOnce(&mut Self)) {
        self.group_with(name, &[], inner);
    }

    /// Writes an element with attributes and with what `inner` writes.
    pub fn group_with(&mut self, name: &str, attributes: &[(&str, &str)], inner: impl FnOnce(&mut Self)) {
        self.open(name, attributes.iter().copied());
        inner(self);
        self.close(name);
    }

    /// Writes an element that was read, with everything in it, without its prefix.
    pub fn copy(&mut self, element: &Element<'_>) {
        // As deep as the reader goes, which is bounded.
        self.open(element.name(), element.attributes());
        escape(element.text(), &mut self.out);
        element.elements().for_each(|child| self.copy(child));
        self.close(element.name());
    }

    /// Ends the document.
    pub fn finish(mut self) -> Bytes {
        self.close(self.root);
        Bytes::from(self.out)
    }

    fn open<'a>(&mut self, name: &str, attributes: impl IntoIterator<Item = (&'a str, &'a str)>) {
        self.out.push('<');
        self.out.push_str(name);
        for (attribute, value) in attributes {
            self.out.push(' ');
            self.out.push_str(attribute);
            self.out.push_str("=\"");
            escape(value, &mut self.out);
            self.out.push('"');
        }
        self.out.push('>');
    }

    fn close(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }
}

/// Escapes what has a meaning in XML, and the control characters that a reader would fold or refuse.
fn escape(text: &str, out: &mut String) {
    let mut start = 0;
    for (at, byte) in text.bytes().enumerate() {
        let entity = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&apos;",
            0..0x20 | 0x7f => "",
            _ => continue,
        };
        out.push_str(text.get(start..at).unwrap_or_default());
        match entity {
            "" => drop(write!(out, "&#{byte};")),
            entity => out.push_str(entity),
        }
        start = at + 1;
    }
    out.push_str(text.get(start..).unwrap_or_default());
}
