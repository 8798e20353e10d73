//! The reader: from bytes to elements, within bounds.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::errors::SyntaxError;
use quick_xml::events::Event;
use quick_xml::events::attributes::Attributes;
use storage_core::{Error, Result};

use super::element::{Element, local};
use super::text::{resolve, unescape};
use super::unexpected;

/// How deep elements may be nested.
pub const MAX_DEPTH: usize = 32;

/// How many attributes an element may have.
const MAX_ATTRIBUTES: usize = 64;

/// How many elements a document may have: the fullest page of any service has half as many.
const MAX_ELEMENTS: usize = 250_000;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Reads a document.
///
/// # Errors
/// `UnexpectedResponse` with a message that says what came instead of a complete document.
pub fn parse(body: &[u8]) -> Result<Element<'_>> {
    let text = decode(body)?;
    let mut builder = Builder::default();
    builder.run(text)?;
    builder.root.ok_or_else(|| unexpected("the answer holds no XML element"))
}

/// Reads as much of a broken document as is sound, for messages; `None` when not even one element begins.
pub fn salvage(text: &str) -> Option<Element<'_>> {
    let mut builder = Builder::default();
    // What is wrong with it does not matter: the caller has a better error to report.
    if builder.run(text.trim_start_matches(BYTE_ORDER_MARK).trim_start()).is_err() {
        while !builder.open.is_empty() {
            builder.close();
        }
    }
    builder.root
}

fn decode(body: &[u8]) -> Result<&str> {
    if body.starts_with(b"\xff\xfe") || body.starts_with(b"\xfe\xff") {
        return Err(unexpected("the answer is UTF-16, not XML in UTF-8"));
    }
    let text = std::str::from_utf8(body).map_err(|_| unexpected("the answer is not UTF-8"))?;
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    // Services send blanks to keep a connection alive while they work, even before the declaration.
    let text = text.trim_start_matches(|it: char| u8::try_from(it).is_ok_and(is_blank));
    match text.as_bytes().first() {
        None => Err(unexpected("the answer is empty")),
        Some(b'<') if is_html(text) => Err(unexpected("the answer is HTML, not XML")),
        Some(b'<') => Ok(text),
        Some(b'{' | b'[') => Err(unexpected("the answer is JSON, not XML")),
        Some(_) => Err(unexpected("the answer is text, not XML")),
    }
}

fn is_html(text: &str) -> bool {
    ["<html", "<!doctype html"]
        .iter()
        .any(|start| text.get(..start.len()).is_some_and(|it| it.eq_ignore_ascii_case(start)))
}

#[derive(Default)]
struct Builder<'a> {
    root: Option<Element<'a>>,
    open: Vec<Element<'a>>,
    elements: usize,
}

impl<'a> Builder<'a> {
    fn run(&mut self, text: &'a str) -> Result<()> {
        let mut reader = Reader::from_str(text);
        loop {
            // A document type is refused before the reader goes looking for its end.
            if let [b'<', b'!', next, ..] = reader.get_ref()
                && !matches!(next, b'-' | b'[')
            {
                return Err(unexpected("the answer declares a document type, which is refused"));
            }
            let event = reader.read_event().map_err(|error| broken(&error))?;
            // Events lend the name for less time than the document lives, so the tag is found again by its place.
            let behind = text.len().saturating_sub(reader.get_ref().len());
            match event {
                Event::Start(tag) => {
                    self.start(tag_text(text, behind, 1, tag.len()), tag.name().as_ref().len())?
                }
                Event::Empty(tag) => {
                    self.start(tag_text(text, behind, 2, tag.len()), tag.name().as_ref().len())?;
                    self.close();
                }
                Event::End(_) => self.close(),
                Event::Text(piece) => self.text(piece.decode().map_err(|_| malformed())?)?,
                Event::CData(piece) => self.text(piece.decode().map_err(|_| malformed())?)?,
                Event::GeneralRef(name) => self.text(reference(&name)?)?,
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
                Event::DocType(_) => return Err(malformed()),
                Event::Eof if self.open.is_empty() => return Ok(()),
                Event::Eof => return Err(cut()),
            }
        }
    }

    fn start(&mut self, tag: &'a str, name_len: usize) -> Result<()> {
        if self.open.is_empty() && self.root.is_some() {
            return Err(unexpected("the answer has more behind the end of its XML"));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(unexpected(format!("the answer nests XML elements deeper than {MAX_DEPTH}")));
        }
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return Err(unexpected(format!("the answer has more than {MAX_ELEMENTS} XML elements")));
        }
        let name = local(tag.get(..name_len).unwrap_or_default());
        if name.is_empty() {
            return Err(malformed());
        }
        let mut element = Element::new(name);
        if tag.len() > name_len {
            element.attributes = attributes(tag, name_len)?;
        }
        self.open.push(element);
        Ok(())
    }

    fn close(&mut self) {
        let Some(element) = self.open.pop() else { return };
        match self.open.last_mut() {
            Some(parent) => {
                // What stands between elements are blanks that a printer put there.
                parent.text = Cow::Borrowed("");
                parent.children.push(element);
            }
            None => self.root = Some(element),
        }
    }

    fn text(&mut self, piece: Cow<'a, str>) -> Result<()> {
        let Some(element) = self.open.last_mut() else {
            return match piece.bytes().all(is_blank) {
                true => Ok(()),
                false => Err(unexpected("the answer has text around its XML")),
            };
        };
        if !element.children.is_empty() {
            return Ok(());
        }
        match element.text.is_empty() {
            true => element.text = piece,
            false => element.text.to_mut().push_str(&piece),
        }
        Ok(())
    }
}

/// The text of a tag between its brackets, `closing` of which end it.
fn tag_text(text: &str, behind: usize, closing: usize, len: usize) -> &str {
    let end = behind.saturating_sub(closing);
    text.get(end.saturating_sub(len)..end).unwrap_or_default()
}

fn attributes(tag: &str, name_len: usize) -> Result<Vec<(&str, Cow<'_, str>)>> {
    let mut all = Attributes::new(tag, name_len);
    // Looking for duplicates compares each with each.
    all.with_checks(false);
    let mut kept = Vec::new();
    for (count, attribute) in all.enumerate() {
        if count == MAX_ATTRIBUTES {
            return Err(unexpected(format!(
                "the answer has an XML element with more than {MAX_ATTRIBUTES} attributes"
            )));
        }
        let attribute = attribute.map_err(|_| malformed())?;
        let name = std::str::from_utf8(attribute.key.into_inner()).map_err(|_| malformed())?;
        if name != "xmlns" {
            kept.push((name, value(attribute.value)?));
        }
    }
    Ok(kept)
}

fn value(raw: Cow<'_, [u8]>) -> Result<Cow<'_, str>> {
    match raw {
        Cow::Borrowed(raw) => {
            let raw = std::str::from_utf8(raw).map_err(|_| malformed())?;
            unescape(raw).ok_or_else(entity)
        }
        Cow::Owned(raw) => {
            let raw = String::from_utf8(raw).map_err(|_| malformed())?;
            Ok(Cow::Owned(unescape(&raw).ok_or_else(entity)?.into_owned()))
        }
    }
}

fn reference(name: &[u8]) -> Result<Cow<'static, str>> {
    let resolved = std::str::from_utf8(name).ok().and_then(resolve).ok_or_else(entity)?;
    Ok(Cow::Owned(resolved.to_string()))
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Says what is wrong without the reader's words, which quote the answer at any length.
fn broken(error: &quick_xml::Error) -> Error {
    match error {
        quick_xml::Error::Syntax(SyntaxError::InvalidBangMarkup) => malformed(),
        quick_xml::Error::Syntax(_) => cut(),
        _ => malformed(),
    }
}

fn cut() -> Error {
    unexpected("the answer ends in the middle of its XML")
}

fn malformed() -> Error {
    unexpected("the answer is malformed XML")
}

fn entity() -> Error {
    unexpected("the answer uses an XML entity that is not predefined, which is refused")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Writer;
    use super::*;

    fn problem(body: impl AsRef<[u8]>) -> String {
        let error = parse(body.as_ref()).unwrap_err();
        assert_eq!(error.kind(), storage_core::ErrorKind::UnexpectedResponse);
        error.to_string()
    }

    #[test]
    fn documents_are_read_in_every_dress() {
        for body in [
            "<a><b x='1'>t&amp;u</b><c/></a>",
            "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>\n  <b x=\"1\">t&#38;u</b>\n  <c></c>\n</a>\n",
            "  \r\n\t<?xml version='1.0'?><!-- so --><n:a xmlns:n='u' xmlns='v'><n:b n:x='1'><![CDATA[t&u]]></n:b><c /></n:a >",
            "<a><b x='1'>t<!-- in the middle -->&amp;<![CDATA[u]]></b ><?pi?><c/></a><!-- end -->",
        ] {
            let root = parse(body.as_bytes()).unwrap();
            assert_eq!((root.name(), root.text()), ("a", ""), "{body}");
            assert_eq!(root.text_of("b"), Some("t&u"), "{body}");
            assert_eq!(root.child("b").unwrap().attribute("x"), Some("1"), "{body}");
            assert_eq!((root.text_of("c"), root.filled("c"), root.text_of("d")), (Some(""), None, None));
            assert_eq!(root.elements().map(Element::name).collect::<Vec<_>>(), ["b", "c"]);
        }
    }

    #[test]
    fn text_is_kept_to_the_blank() {
        let root = parse(b"<a><b> x\r\n </b><c> </c></a>").unwrap();
        assert_eq!((root.text_of("b"), root.text_of("c")), (Some(" x\r\n "), Some(" ")));
    }

    #[test]
    fn fault_096_another_kind_of_answer_is_named() {
        for (body, want) in [
            ("<html><body>Welcome</body></html>", "the answer is HTML, not XML"),
            ("\n<!DOCTYPE html><html></html>", "the answer is HTML, not XML"),
            ("{\"error\":\"no\"}", "the answer is JSON, not XML"),
            ("[]", "the answer is JSON, not XML"),
            ("OK", "the answer is text, not XML"),
            ("<!-- nothing -->", "the answer holds no XML element"),
            ("<?xml version='1.0'?>", "the answer holds no XML element"),
        ] {
            assert_eq!(problem(body), want);
        }
        let root = parse(b"<Other/>").unwrap();
        assert_eq!(
            root.clone().named("Wanted").unwrap_err().to_string(),
            "the answer is `Other`, not `Wanted`"
        );
        assert_eq!(root.require("x").unwrap_err().to_string(), "the answer has a `Other` without `x`");
    }

    #[test]
    fn fault_097_every_cut_document_is_refused() {
        let body = "<?xml version='1.0'?><a x='1'><b>t&amp;u</b><!-- c --><![CDATA[d]]><e/></a>";
        for end in 0..body.len() {
            let _ = problem(&body[..end]);
        }
        assert_eq!(problem(""), "the answer is empty");
        assert_eq!(problem(" \r\n"), "the answer is empty");
        for (body, want) in [
            ("<a><b>", "the answer ends in the middle of its XML"),
            ("<a></b>", "the answer is malformed XML"),
            ("</a>", "the answer is malformed XML"),
            ("<a/><b/>", "the answer has more behind the end of its XML"),
            ("<a/>b", "the answer has text around its XML"),
            ("<a>&</a>", "the answer is malformed XML"),
            ("< a/>", "the answer is malformed XML"),
            ("<a b></a>", "the answer is malformed XML"),
        ] {
            assert_eq!(problem(body), want, "{body}");
        }
    }

    #[test]
    fn fault_105_document_types_and_entities_are_refused_where_they_begin() {
        let refused = "the answer declares a document type, which is refused";
        for body in [
            "<!DOCTYPE a [<!ENTITY b \"bbb\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>",
            "<?xml version='1.0'?><!doctype a SYSTEM 'file:///etc/passwd'><a/>",
            "<a><!DOCTYPE a><b/></a>",
            "<a>text<!ENTITY b 'c'></a>",
            // Nothing ends here, so whoever looks for the end reads it all.
            "<a><!DOCTYPE",
        ] {
            assert_eq!(problem(body), refused, "{body}");
        }
        for body in ["<a>&bomb;</a>", "<a b='&bomb;'/>"] {
            assert_eq!(
                problem(body),
                "the answer uses an XML entity that is not predefined, which is refused"
            );
        }
    }

    #[test]
    fn fault_106_deep_nesting_is_refused() {
        assert!(parse(format!("{}{}", "<a>".repeat(MAX_DEPTH), "</a>".repeat(MAX_DEPTH)).as_bytes()).is_ok());
        assert!(problem("<a>".repeat(MAX_DEPTH + 1)).contains("deeper than 32"));
        assert!(problem("<a>".repeat(300_000)).contains("deeper than 32"));
    }

    #[test]
    fn fault_107_floods_are_refused() {
        let attributes = |count: usize| (0..count).map(|it| format!(" a{it}='x'")).collect::<String>();
        assert!(parse(format!("<a{}/>", attributes(MAX_ATTRIBUTES)).as_bytes()).is_ok());
        assert!(problem(format!("<a{}/>", attributes(80_000))).contains("more than 64 attributes"));
        let spaces: String = (0..50_000).map(|it| format!(" xmlns:n{it}='u{it}'")).collect();
        assert!(problem(format!("<a{spaces}/>")).contains("more than 64 attributes"));
        let many = format!("<a>{}</a>", "<b/>".repeat(MAX_ELEMENTS));
        assert!(problem(many).contains("more than 250000 XML elements"));
    }

    #[test]
    fn fault_109_other_encodings_are_refused() {
        assert_eq!(problem(b"<a>\xff</a>"), "the answer is not UTF-8");
        assert_eq!(problem(b"\xff\xfe<\0a\0/\0>\0"), "the answer is UTF-16, not XML in UTF-8");
        assert_eq!(problem(b"\xfe\xff\0<\0a\0/\0>"), "the answer is UTF-16, not XML in UTF-8");
        assert_eq!(parse("\u{feff}<a>\u{e9}</a>".as_bytes()).unwrap().text(), "\u{e9}");
    }

    #[test]
    fn broken_documents_are_salvaged() {
        let root = salvage("<Error><Code>SlowDown</Code><Message>wait &bad; more</Message>").unwrap();
        assert_eq!((root.name(), root.text_of("Code")), ("Error", Some("SlowDown")));
        assert_eq!(root.text_of("Message"), Some("wait "));
        assert_eq!(salvage("no"), None);
        assert_eq!(salvage("\u{feff} <a"), None);
    }

    proptest! {
        #[test]
        fn fault_174_no_input_panics(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&body);
            let _ = salvage(&String::from_utf8_lossy(&body));
        }

        #[test]
        fn fault_174_no_markup_panics(body in "([<>/!?&;='\"a-c \\[\\]-]|CDATA|DOCTYPE|&#x|\u{e9}|<a>|</a>){0,60}") {
            let _ = parse(body.as_bytes());
            let _ = salvage(&body);
        }

        #[test]
        fn what_is_written_is_read(text in "\\PC*|[\u{1}-\u{1f}<>&'\"a]*", name in "[A-Za-z]{1,8}") {
            let mut writer = Writer::new("Root", Some("urn:x"));
            writer.text("Key", &text);
            writer.group_with("Group", &[("xsi:type", &text)], |inner| inner.text("Inner", &name));
            let body = writer.finish();
            let root = parse(&body).unwrap();
            prop_assert_eq!(root.text_of("Key"), Some(&*text));
            let group = root.child("Group").unwrap();
            prop_assert_eq!(group.attribute("type"), Some(&*text));
            prop_assert_eq!(group.text_of("Inner"), Some(&*name));
            let mut copy = Writer::new("Root", Some("urn:x"));
            root.elements().for_each(|it| copy.copy(it));
            let body = copy.finish();
            prop_assert_eq!(parse(&body).unwrap(), root);
        }
    }
}
