//! Page tokens of listings that go on from a key and something that belongs to it.

use storage_core::{Error, ErrorKind, PageToken, Result};
use storage_http::xml::Element;

use super::{flag, unexpected};

/// Where the next page of a listing of versions or uploads starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Markers {
    /// The last key of the page before, or what its keys share.
    pub(crate) key: String,
    /// The version or upload of that key; none when the whole key is done.
    pub(crate) id: Option<String>,
}

impl Markers {
    /// Makes the one text out of both that callers keep.
    pub(crate) fn to_token(&self) -> PageToken {
        let id = self.id.as_deref().unwrap_or_default();
        PageToken::new(format!("{}:{id}{}", id.len(), self.key))
    }

    /// Takes a text of [`to_token`](Self::to_token) apart.
    ///
    /// # Errors
    /// `InvalidInput` when it is another text.
    pub(crate) fn from_token(token: &PageToken) -> Result<Self> {
        let parse = || {
            let (len, rest) = token.split_once(':')?;
            let (id, key) = rest.split_at_checked(len.parse().ok()?)?;
            Some(Self { key: key.into(), id: (!id.is_empty()).then(|| id.into()) })
        };
        parse().ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidInput,
                "the page token is not one of this listing; start without one",
            )
        })
    }
}

/// Reads the markers of the next page; none at the end of the listing.
pub(super) fn next(
    root: &Element<'_>,
    id: &str,
    decode: impl FnOnce(&str) -> Result<String>,
) -> Result<Option<Markers>> {
    if flag(root, "IsTruncated")? != Some(true) {
        return Ok(None);
    }
    let key = root
        .filled("NextKeyMarker")
        .ok_or_else(|| unexpected("the answer says that the listing goes on, and not where"))?;
    Ok(Some(Markers { key: decode(key)?, id: root.filled(id).map(Into::into) }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn tokens_keep_both_texts(key in "\\PC*", id in proptest::option::of("\\PC{1,20}")) {
            let markers = Markers { key, id };
            prop_assert_eq!(Markers::from_token(&markers.to_token()).unwrap(), markers);
        }

        #[test]
        fn fault_174_no_token_panics(token in "[0-9:a\u{e9}]{0,30}|\\PC*") {
            let _ = Markers::from_token(&PageToken::new(token));
        }
    }

    #[test]
    fn other_tokens_are_refused() {
        for token in ["", "a", "9:a", "1:\u{e9}", "-1:a"] {
            assert_eq!(
                Markers::from_token(&token.into()).unwrap_err().kind(),
                ErrorKind::InvalidInput,
                "{token}"
            );
        }
    }
}
