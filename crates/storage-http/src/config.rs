//! The settings that every provider over HTTP shares.

use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use storage_core::{Error, ErrorKind, Pairs, Result, Secret};

/// Settings of the HTTP client, the keys that start with `http.`. Times are seconds, or text such as `500ms`, `20s`, `5m`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct HttpConfig {
    /// Whose certificates vouch for servers.
    pub roots: Roots,
    /// More certificates that vouch for servers, as PEM text.
    pub ca: Option<String>,
    /// The certificate that the client shows, with its chain, as PEM text.
    pub client_certificate: Option<String>,
    /// The key of that certificate, as PEM text.
    pub client_key: Option<Secret>,
    /// The proxy for all requests, such as `http://user:password@proxy:3128`.
    pub proxy: Option<Secret>,
    /// Hosts that are reached without the proxy: names with their subdomains, addresses, `*`.
    pub no_proxy: Vec<String>,
    /// Takes the proxy from `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` when none is given. Defaults to `true`.
    pub proxy_from_env: bool,
    /// How long one address may take to connect. Defaults to 3.1 seconds.
    #[serde(deserialize_with = "seconds")]
    pub connect_timeout: Duration,
    /// How long the first byte of an answer may take once the request is sent. Defaults to 60 seconds.
    #[serde(deserialize_with = "seconds")]
    pub answer_timeout: Duration,
    /// How long a body that moves may fall short of `min_rate_bytes`. Defaults to 15 seconds.
    #[serde(deserialize_with = "seconds")]
    pub stall_timeout: Duration,
    /// The bytes a second below which a body counts as stalled. Defaults to 128.
    pub min_rate_bytes: u64,
    /// How long one call may take with all its attempts. Defaults to no limit.
    #[serde(deserialize_with = "some_seconds")]
    pub deadline: Option<Duration>,
    /// How often a request is sent at most, 1 to 100. Defaults to 6.
    pub max_attempts: u32,
    /// The longest wait between two attempts. Defaults to 20 seconds.
    #[serde(deserialize_with = "seconds")]
    pub max_backoff: Duration,
    /// How long an idle connection is kept. Defaults to 15 seconds, less than what services allow.
    #[serde(deserialize_with = "seconds")]
    pub idle_timeout: Duration,
    /// How many idle connections are kept for each host. Defaults to 128.
    pub max_idle: usize,
    /// Speaks HTTP/2 where the server offers it and the build has it. Defaults to `false`.
    pub http2: bool,
    /// What the client calls itself behind its own name.
    pub user_agent: Option<String>,
}

/// Whose certificates vouch for servers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Roots {
    /// Those of the operating system, or Mozilla's when it has none.
    #[default]
    Platform,
    /// Mozilla's, as compiled in.
    Webpki,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            roots: Roots::default(),
            ca: None,
            client_certificate: None,
            client_key: None,
            proxy: None,
            no_proxy: Vec::new(),
            proxy_from_env: true,
            connect_timeout: Duration::from_millis(3100),
            answer_timeout: Duration::from_secs(60),
            stall_timeout: Duration::from_secs(15),
            min_rate_bytes: 128,
            deadline: None,
            max_attempts: 6,
            max_backoff: Duration::from_secs(20),
            idle_timeout: Duration::from_secs(15),
            max_idle: 128,
            http2: false,
            user_agent: None,
        }
    }
}

impl HttpConfig {
    /// The names of the settings, for help and for errors.
    pub const KEYS: &'static [&'static str] = &[
        "roots",
        "ca",
        "client_certificate",
        "client_key",
        "proxy",
        "no_proxy",
        "proxy_from_env",
        "connect_timeout",
        "answer_timeout",
        "stall_timeout",
        "min_rate_bytes",
        "deadline",
        "max_attempts",
        "max_backoff",
        "idle_timeout",
        "max_idle",
        "http2",
        "user_agent",
    ];

    /// The same names as a provider is given them.
    pub const PREFIXED_KEYS: &'static [&'static str] = &[
        "http.roots",
        "http.ca",
        "http.client_certificate",
        "http.client_key",
        "http.proxy",
        "http.no_proxy",
        "http.proxy_from_env",
        "http.connect_timeout",
        "http.answer_timeout",
        "http.stall_timeout",
        "http.min_rate_bytes",
        "http.deadline",
        "http.max_attempts",
        "http.max_backoff",
        "http.idle_timeout",
        "http.max_idle",
        "http.http2",
        "http.user_agent",
    ];

    /// Puts the names of a provider's settings and those of the client behind them together; `N` is their number.
    pub const fn joined_keys<const N: usize>(own: &[&'static str]) -> [&'static str; N] {
        let mut all = [""; N];
        let mut at = 0;
        while at < N {
            all[at] = if at < own.len() { own[at] } else { Self::PREFIXED_KEYS[at - own.len()] };
            at += 1;
        }
        all
    }

    /// Starts with the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the settings that start with `http.` out of the pairs of a provider, and returns the others beside them.
    ///
    /// # Errors
    /// `Configuration` naming the setting, never with a value.
    pub fn split(pairs: &Pairs) -> Result<(Pairs, Self)> {
        let (mut own, mut http) = (Pairs::new(), Pairs::new());
        for (name, value) in pairs.iter() {
            match name.strip_prefix("http.") {
                Some(name) => http.insert(name, value),
                None => own.insert(name, value),
            }
        }
        let config = http.parse().map_err(|error: Error| {
            Error::new(ErrorKind::Configuration, format!("in `http.…`, {}", error.message()))
        })?;
        for (name, key) in SHORT {
            if pairs.get(name).is_some() && own.get(key).is_some() {
                let message = format!("`{key}` and `{name}` are the same setting; give one of them");
                return Err(Error::new(ErrorKind::Configuration, message));
            }
        }
        Ok((own, config))
    }

    /// Takes over the settings that a provider also knows as `timeout` and `proxy_url`.
    ///
    /// # Errors
    /// `Configuration` naming `timeout` when it is no time.
    pub fn with_short(&self, timeout: Option<&str>, proxy: Option<&Secret>) -> Result<Self> {
        let mut http = self.clone();
        if let Some(timeout) = timeout {
            let pairs: Pairs = [("answer_timeout", timeout)].into_iter().collect();
            let read: Self = pairs.parse().map_err(|_| {
                let message = "`timeout` must be a time such as `20`, `500ms` or `5m`";
                Error::new(ErrorKind::Configuration, message)
            })?;
            http.answer_timeout = read.answer_timeout;
        }
        http.proxy = proxy.cloned().or(http.proxy);
        Ok(http)
    }
}

/// Settings that providers have under names of their own, too.
const SHORT: [(&str, &str); 2] = [("http.answer_timeout", "timeout"), ("http.proxy", "proxy_url")];

/// Reads a time: seconds, or a number with `ms`, `s`, `m` or `h`.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let text = text.trim().to_ascii_lowercase();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..) {
        Some("" | "s") => 1.0,
        Some("ms") => 0.001,
        Some("m") => 60.0,
        Some("h") => 3600.0,
        _ => f64::NAN,
    };
    digits
        .trim()
        .parse()
        .ok()
        .and_then(|number: f64| Duration::try_from_secs_f64(number * unit).ok())
        .filter(|it| !it.is_zero())
        .ok_or_else(|| D::Error::custom("must be a time such as `20`, `500ms` or `5m`"))
}

fn some_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    seconds(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_there_with_its_prefix() {
        let prefixed: Vec<_> = HttpConfig::KEYS.iter().map(|key| format!("http.{key}")).collect();
        assert_eq!(HttpConfig::PREFIXED_KEYS, prefixed);
        const ALL: [&str; 1 + HttpConfig::PREFIXED_KEYS.len()] = HttpConfig::joined_keys(&["own"]);
        assert_eq!((ALL[0], &ALL[1..]), ("own", HttpConfig::PREFIXED_KEYS));
    }
}
