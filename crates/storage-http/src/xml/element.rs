//! One element with what is in it.

use std::borrow::Cow;

use storage_core::Result;

use super::unexpected;

/// An element of a document, its name without prefix, as slices of the input where nothing was escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    pub(super) name: &'a str,
    pub(super) text: Cow<'a, str>,
    pub(super) attributes: Vec<(&'a str, Cow<'a, str>)>,
    pub(super) children: Vec<Element<'a>>,
}

impl<'a> Element<'a> {
    pub(super) fn new(name: &'a str) -> Self {
        Self { name, text: Cow::Borrowed(""), attributes: Vec::new(), children: Vec::new() }
    }

    /// Returns the name without prefix.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// Returns the text exactly as it stands; empty for an element that has children.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the value of an attribute, found by its name without prefix.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(full, _)| local(full) == name);
        found.map(|(_, value)| &**value)
    }

    /// Goes through the attributes by full name, without the declaration of the default namespace.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|(name, value)| (*name, &**value))
    }

    /// Goes through all children in the order of the document.
    pub fn elements(&self) -> impl Iterator<Item = &Element<'a>> {
        self.children.iter()
    }

    /// Goes through the children of a name in the order of the document.
    pub fn children(&self, name: &str) -> impl Iterator<Item = &Element<'a>> {
        self.children.iter().filter(move |it| it.name == name)
    }

    /// Returns the first child of a name.
    pub fn child(&self, name: &str) -> Option<&Element<'a>> {
        self.children.iter().find(|it| it.name == name)
    }

    /// Returns the text of the first child of a name.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(Element::text)
    }

    /// Returns the text of the first child of a name that has any.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.children(name).map(Element::text).find(|text| !text.is_empty())
    }

    /// Passes an element of the given name on.
    ///
    /// # Errors
    /// `UnexpectedResponse` naming both.
    pub fn named(self, name: &str) -> Result<Self> {
        if self.name == name {
            return Ok(self);
        }
        let what =
            if self.name.eq_ignore_ascii_case("html") { "HTML".into() } else { format!("`{}`", self.name) };
        Err(unexpected(format!("the answer is {what}, not `{name}`")))
    }

    /// Returns the first child of a name.
    ///
    /// # Errors
    /// `UnexpectedResponse` naming the element that is missing.
    pub fn require(&self, name: &str) -> Result<&Element<'a>> {
        self.child(name)
            .ok_or_else(|| unexpected(format!("the answer has a `{}` without `{name}`", self.name)))
    }
}

/// The part of a name behind its prefix.
pub(super) fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}
