//! Values that no output may show.

use std::fmt;

use serde::{Deserialize, Deserializer};
use zeroize::{Zeroize, Zeroizing};

/// A value that is never shown and is wiped from memory when it is dropped.
///
/// `Debug` prints `[redacted]`, and there is no `Display`; [`expose`](Self::expose) is the only way in, so that
/// every use can be found by its name.
///
/// ```
/// use storage_core::Secret;
/// let secret = Secret::from("hunter2");
/// assert_eq!(format!("{secret:?}"), "[redacted]");
/// assert_eq!(secret.expose(), "hunter2");
/// ```
#[derive(Clone, Default)]
pub struct Secret<T: Zeroize = String>(Zeroizing<T>);

impl<T: Zeroize> Secret<T> {
    /// Hides a value.
    pub fn new(value: T) -> Self {
        Self(Zeroizing::new(value))
    }

    /// Gives the value to the code that must use it.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl From<&str> for Secret<String> {
    fn from(text: &str) -> Self {
        Self::new(text.to_owned())
    }
}

impl From<String> for Secret<String> {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for Secret<String> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl<T: Zeroize + PartialEq> PartialEq for Secret<T> {
    fn eq(&self, other: &Self) -> bool {
        *self.0 == *other.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_137_a_secret_is_wiped_and_never_shown() {
        #[derive(Debug)]
        struct Config {
            #[allow(dead_code, reason = "only its Debug output matters")]
            secret: Secret,
        }
        let shown = format!("{:?}", Config { secret: Secret::from("canary-1234") });
        assert_eq!(shown, "Config { secret: [redacted] }");

        struct Probe(std::rc::Rc<std::cell::Cell<bool>>);
        impl Zeroize for Probe {
            fn zeroize(&mut self) {
                self.0.set(true);
            }
        }
        let wiped = std::rc::Rc::new(std::cell::Cell::new(false));
        drop(Secret::new(Probe(wiped.clone())));
        assert!(wiped.get());
    }
}
