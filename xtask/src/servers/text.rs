//! Texts with gaps: `@name@`.

use std::collections::BTreeMap;

use crate::shell::Result;

/// What the gaps are filled with.
#[derive(Default)]
pub(crate) struct Texts(BTreeMap<String, String>);

impl Texts {
    pub(crate) fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// Fills every gap; one that nobody knows is an error.
    pub(crate) fn fill(&self, text: &str) -> Result<String> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, name, after)) = gap(rest) {
            let value = self.0.get(name).ok_or_else(|| format!("nothing is known for the gap `@{name}@`"))?;
            filled.push_str(before);
            filled.push_str(value);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }
}

/// Cuts a text at its first gap. A lone `@`, as in an address, is no gap.
fn gap(text: &str) -> Option<(&str, &str, &str)> {
    let named =
        |it: &str| !it.is_empty() && it.bytes().all(|c| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'+'));
    text.match_indices('@').find_map(|(at, _)| {
        let (name, after) = text.get(at + 1..)?.split_once('@')?;
        named(name).then_some((text.get(..at)?, name, after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_gap_is_filled_or_refused() {
        let mut texts = Texts::default();
        texts.set("port", "19000");
        texts.set("port+1", "19001");
        assert_eq!(texts.fill("a@b.c @port@,@port+1@@port@ x@").unwrap(), "a@b.c 19000,1900119000 x@");
        assert_eq!(texts.fill("@home@/x").unwrap_err().to_string(), "nothing is known for the gap `@home@`");
    }
}
