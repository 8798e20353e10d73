//! Settings as names and values: the one place where strings become types.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, Visitor};

use crate::error::{Error, ErrorKind, Result};
use crate::text::nearest;

/// Settings by name. Names are kept in lower case with `_`; `Debug` never shows a value.
///
/// ```
/// use storage_core::Pairs;
/// let pairs: Pairs = [("Access-Key-Id", "AKID")].into_iter().collect();
/// assert_eq!(pairs.get("access_key_id"), Some("AKID"));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Pairs(BTreeMap<String, String>);

impl Pairs {
    /// Holds nothing.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Sets a value, in the place of an earlier one.
    pub fn insert(&mut self, name: impl AsRef<str>, value: impl Into<String>) {
        self.0.insert(normalize(name.as_ref()), value.into());
    }

    /// Sets a value unless there is one.
    pub fn insert_default(&mut self, name: impl AsRef<str>, value: impl Into<String>) {
        self.0.entry(normalize(name.as_ref())).or_insert_with(|| value.into());
    }

    /// Returns a value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(&normalize(name)).map(String::as_str)
    }

    /// Removes a value and returns it.
    pub fn remove(&mut self, name: &str) -> Option<String> {
        self.0.remove(&normalize(name))
    }

    /// Goes through the pairs by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Tells whether there are no pairs.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads a struct whose fields are the names. Values are text, numbers, `true` / `false`, and lists with commas.
    ///
    /// # Errors
    /// `Configuration` naming the field and, for an unknown one, the known ones and the nearest of them; never with
    /// a value, which may be a secret.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        T::deserialize(Reader { entries: self.0.iter(), current: None })
            .map_err(|problem| Error::new(ErrorKind::Configuration, problem.0))
    }
}

impl<N: AsRef<str>, V: Into<String>> FromIterator<(N, V)> for Pairs {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut all = Self::new();
        pairs.into_iter().for_each(|(name, value)| all.insert(name, value));
        all
    }
}

impl fmt::Debug for Pairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.keys().map(|name| (name, "[redacted]"))).finish()
    }
}

/// Makes the form of an id or key under which it is known: lower case, `_` for `-`.
pub fn normalize(name: &str) -> String {
    name.trim().replace('-', "_").to_ascii_lowercase()
}

struct Reader<'a> {
    entries: std::collections::btree_map::Iter<'a, String, String>,
    current: Option<(&'a str, &'a str)>,
}

impl<'de> de::Deserializer<'de> for Reader<'_> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_map(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> de::MapAccess<'de> for Reader<'_> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Problem> {
        let Some((name, value)) = self.entries.next() else { return Ok(None) };
        self.current = Some((name, value));
        seed.deserialize(name.as_str().into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Problem> {
        let (name, value) = self.current.take().unwrap_or_default();
        seed.deserialize(Value(value)).map_err(|problem| Problem(format!("`{name}` {}", problem.0)))
    }
}

struct Value<'a>(&'a str);

macro_rules! numbers {
    ($($method:ident $visit:ident $type:ty;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
            match self.0.trim().parse::<$type>() {
                Ok(number) => visitor.$visit(number),
                Err(_) => Err(Problem(concat!("must be a number (", stringify!($type), ")").into())),
            }
        })*
    };
}

impl<'de> de::Deserializer<'de> for Value<'_> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_str(self.0)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.0.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => visitor.visit_bool(true),
            "false" | "0" | "no" | "off" => visitor.visit_bool(false),
            _ => Err(Problem("must be `true` or `false`".into())),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let items = self.0.split(',').map(str::trim).filter(|item| !item.is_empty());
        visitor.visit_seq(de::value::SeqDeserializer::new(items.map(Item)))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        visitor.visit_enum(normalize(self.0).into_deserializer())
    }

    numbers! {
        deserialize_i8 visit_i8 i8; deserialize_i16 visit_i16 i16; deserialize_i32 visit_i32 i32;
        deserialize_i64 visit_i64 i64; deserialize_u8 visit_u8 u8; deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32; deserialize_u64 visit_u64 u64; deserialize_f32 visit_f32 f32;
        deserialize_f64 visit_f64 f64;
    }

    serde::forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier ignored_any
    }
}

struct Item<'a>(&'a str);

impl<'de, 'a> IntoDeserializer<'de, Problem> for Item<'a> {
    type Deserializer = Value<'a>;
    fn into_deserializer(self) -> Value<'a> {
        Value(self.0)
    }
}

/// What is wrong with a setting, in words that hold no value.
#[derive(Debug)]
struct Problem(String);

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Problem {}

impl de::Error for Problem {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }

    fn invalid_type(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self(format!("must be {expected}"))
    }

    fn invalid_value(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self(format!("must be {expected}"))
    }

    fn unknown_variant(_: &str, known: &'static [&'static str]) -> Self {
        Self(format!("must be one of {}", known.join(", ")))
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        let hint = nearest(field, known.iter().copied()).map(|it| format!("; did you mean `{it}`?"));
        Self(format!("unknown setting `{field}`{}; known are {}", hint.unwrap_or_default(), known.join(", ")))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self(format!("`{field}` is given twice, under two of its names"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;
    use crate::secret::Secret;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Config {
        #[serde(alias = "aws_region")]
        region: Option<String>,
        secret_access_key: Option<Secret>,
        path_style: bool,
        retries: Option<u32>,
        hosts: Vec<String>,
        mode: Mode,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Mode {
        #[default]
        Safe,
        VeryFast,
    }

    fn parse(pairs: &[(&str, &str)]) -> Result<Config> {
        pairs.iter().copied().collect::<Pairs>().parse()
    }

    #[test]
    fn every_shape_is_read() {
        let config = parse(&[
            ("AWS-Region", "eu-1"),
            ("path_style", "yes"),
            ("retries", " 7 "),
            ("hosts", "a, b,,c"),
            ("mode", "very-fast"),
            ("secret_access_key", "s"),
        ])
        .unwrap();
        assert_eq!(config.region.as_deref(), Some("eu-1"));
        assert!(config.path_style);
        assert_eq!(config.retries, Some(7));
        assert_eq!(config.hosts, ["a", "b", "c"]);
        assert_eq!(config.mode, Mode::VeryFast);
        assert_eq!(config.secret_access_key.unwrap().expose(), "s");
    }

    #[test]
    fn fault_175_errors_name_the_key_and_never_the_value() {
        for (pairs, want) in [
            (&[("regoin", "canary")][..], "unknown setting `regoin`; did you mean `region`?; known are"),
            (&[("retries", "canary")], "`retries` must be a number"),
            (&[("retries", "-1")], "`retries` must be a number"),
            (&[("path_style", "canary")], "`path_style` must be `true` or `false`"),
            (&[("mode", "canary")], "`mode` must be one of safe, very_fast"),
            (&[("region", "canary"), ("aws_region", "canary")], "`region` is given twice"),
        ] {
            let error = parse(pairs).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(error.to_string().contains(want), "{error}");
            assert!(!format!("{error:?}").contains("canary"));
        }
    }

    proptest! {
        #[test]
        fn fault_175_any_pairs_end_in_a_value_or_an_error(name in ".{0,20}", value in ".{0,20}") {
            if let Err(error) = parse(&[(&name, &value)]) {
                prop_assert_eq!(error.kind(), ErrorKind::Configuration);
            }
        }
    }
}
