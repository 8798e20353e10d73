//! What is signed and the query that says it, written side by side.

use std::time::SystemTime;

use ring::hmac;
use storage_core::{Error, ErrorKind, Result, Secret};
use storage_http::dates::iso_date;
use storage_http::encode_query;

use crate::sign::signature;

/// A signature in the making. Every field has its line, whether there is a value or not.
pub(super) struct Draft {
    text: String,
    query: String,
    /// The first field that can't be signed.
    refused: Option<&'static str>,
}

impl Draft {
    pub(super) fn new() -> Self {
        Self { text: String::with_capacity(512), query: String::with_capacity(512), refused: None }
    }

    /// Appends a line, and a parameter where there is a value.
    pub(super) fn field(&mut self, name: &'static str, value: Option<&str>) {
        self.line(name, value);
        if let Some(value) = value.filter(|it| !it.is_empty()) {
            self.parameter(name, value);
        }
    }

    /// Appends a line with a time, in whole seconds and UTC.
    pub(super) fn time(&mut self, name: &'static str, value: Option<SystemTime>) {
        let text = value.map(|time| {
            let [date @ .., _, _, _, _, zone] = iso_date(time);
            date.into_iter().chain([zone]).map(char::from).collect::<String>()
        });
        self.field(name, text.as_deref());
    }

    /// Appends a line that the query does not tell.
    pub(super) fn line(&mut self, name: &'static str, value: Option<&str>) {
        let value = value.unwrap_or_default();
        // One field with a line break in it would be two others.
        if value.chars().any(char::is_control) {
            self.refused.get_or_insert(name);
        }
        self.text.push_str(value);
        self.text.push('\n');
    }

    /// Appends a parameter that is not signed by itself.
    pub(super) fn parameter(&mut self, name: &str, value: &str) {
        if !self.query.is_empty() {
            self.query.push('&');
        }
        self.query.push_str(name);
        self.query.push('=');
        encode_query(value, &mut self.query);
    }

    /// Signs the lines, and returns the query with the signature at its end.
    pub(super) fn sign(mut self, key: &hmac::Key) -> Result<Secret> {
        // The last line has no end.
        self.text.pop();
        if let Some(name) = self.refused {
            let message =
                format!("`{name}` holds a line break or another control character, and can't be signed");
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let signature = signature(key, self.text.as_bytes());
        self.parameter("sig", str::from_utf8(&signature).unwrap_or_default());
        Ok(Secret::new(self.query))
    }
}
