//! The file with named remotes.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use serde::Deserialize;
use storage::normalize;
use toml::{Table, Value};

use crate::exit::{Exit, Failure, Result};
use crate::output::say;

/// The configuration as it was read.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) path: PathBuf,
    remotes: BTreeMap<String, Remote>,
}

/// A store under a name of the user's. Its settings may be secrets, so there is no `Debug`.
#[derive(Clone)]
pub(crate) struct Remote {
    pub(crate) provider: String,
    pub(crate) settings: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Text {
    remote: BTreeMap<String, Table>,
}

/// Settings that are no secret; of all others only the name is shown.
#[rustfmt::skip]
const PLAIN: &[&str] = &[
    "provider", "vendor", "root", "create_root", "durability", "attributes", "checksum", "name",
    "region", "aws_region", "default_region", "endpoint", "endpoint_url", "host", "hostname", "port", "secure",
    "use_ssl", "path_style", "force_path_style", "account", "tenant", "allow_http", "dual_stack", "fips", "accelerate",
    "anonymous", "profile", "config_file", "credentials_file", "role_arn", "role_session_name",
    "web_identity_token_file", "imds_disabled", "imds_endpoint", "sts_endpoint", "sso_endpoint",
    "signature_version", "unsigned_payload", "trailers", "list_version", "list_encoding", "features", "without",
    "storage_class", "sse", "requester_pays", "expected_bucket_owner", "timeout",
    "http.roots", "http.ca", "http.client_certificate", "http.no_proxy", "http.proxy_from_env", "http.connect_timeout",
    "http.answer_timeout", "http.stall_timeout", "http.min_rate_bytes", "http.deadline", "http.max_attempts",
    "http.max_backoff", "http.idle_timeout", "http.max_idle", "http.http2", "http.user_agent",
];

/// A setting as it is shown: masked unless it is known to be no secret.
pub(crate) fn shown<'a>(key: &str, value: &'a str) -> &'a str {
    // An address may hold a user and a password before an `@`, and a token behind a `?`.
    if PLAIN.contains(&key) && !value.contains(['@', '?']) { value } else { "[redacted]" }
}

impl Config {
    /// Reads the file, if it is there.
    pub(crate) fn load(path: Option<&Path>) -> Result<Self> {
        let path = match path {
            Some(path) => path.to_owned(),
            None => default_path()?,
        };
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self { path, remotes: BTreeMap::new() });
            }
            Err(error) => {
                let message = format!("can't read the configuration `{}`", path.display());
                return Err(Failure::new(Exit::Configuration, message).with_source(error));
            }
        };
        warn_if_open(&path);
        let read: Text = toml::from_str(&text).map_err(|error| unreadable(&path, &error))?;
        let remotes =
            read.remote.into_iter().map(|(name, table)| Ok((name.clone(), remote(&name, table, &path)?)));
        Ok(Self { remotes: remotes.collect::<Result<_>>()?, path })
    }

    pub(crate) fn remote(&self, name: &str) -> Option<&Remote> {
        self.remotes.get(name)
    }

    /// Every remote with its settings, those that may be secrets masked.
    pub(crate) fn shown(&self) -> impl Iterator<Item = (&str, BTreeMap<&str, &str>)> {
        self.remotes.iter().map(|(name, remote)| {
            let settings = remote.settings.iter().map(|(key, value)| (key.as_str(), shown(key, value)));
            (name.as_str(), settings.chain([("provider", remote.provider.as_str())]).collect())
        })
    }

    /// Sets or removes a remote and writes the file anew, so that only its owner can read it.
    pub(crate) fn change(&mut self, name: &str, remote: Option<Remote>) -> Result<()> {
        match remote {
            Some(remote) => drop(self.remotes.insert(name.to_owned(), remote)),
            None if self.remotes.remove(name).is_none() => {
                return Err(Failure::new(Exit::NotFound, format!("there is no remote `{name}`")));
            }
            None => {}
        }
        let table = self.remotes.iter().map(|(name, remote)| {
            let provider = ("provider".to_owned(), Value::from(remote.provider.clone()));
            let settings =
                remote.settings.iter().map(|(key, value)| (key.clone(), Value::from(value.clone())));
            (name.clone(), Value::from(std::iter::once(provider).chain(settings).collect::<Table>()))
        });
        let all = Table::from_iter([("remote".to_owned(), Value::from(table.collect::<Table>()))]);
        self.write(&all.to_string()).map_err(|error| {
            let message = format!("can't write the configuration `{}`", self.path.display());
            Failure::new(Exit::Configuration, message).with_source(error)
        })
    }

    fn write(&self, text: &str) -> std::io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let temporary = self.path.with_extension(format!("{}.tmp", std::process::id()));
        let mut options = fs::File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&temporary).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&temporary, &self.path)
        });
        if written.is_err() {
            // The first error is the one to tell.
            drop(fs::remove_file(&temporary));
        }
        written
    }
}

fn default_path() -> Result<PathBuf> {
    let folders = etcetera::choose_base_strategy().map_err(|error| {
        Failure::new(Exit::Configuration, "can't find the home folder; set STORAGE_CONFIG").with_source(error)
    })?;
    Ok(folders.config_dir().join("storage").join("config.toml"))
}

fn remote(name: &str, table: Table, path: &Path) -> Result<Remote> {
    let bad = |what: String| {
        let message = format!("remote `{name}` of `{}`: {what}", path.display());
        Failure::new(Exit::Configuration, message)
    };
    let mut settings = BTreeMap::new();
    for (key, value) in table {
        let value = match value {
            Value::String(text) => text,
            Value::Integer(number) => number.to_string(),
            Value::Float(number) => number.to_string(),
            Value::Boolean(it) => it.to_string(),
            _ => return Err(bad(format!("`{key}` must be text, a number, `true` or `false`"))),
        };
        settings.insert(normalize(&key), value);
    }
    let provider = settings.remove("provider").ok_or_else(|| bad("`provider` is missing".to_owned()))?;
    Ok(Remote { provider, settings })
}

/// Says where the text can't be read; never what stands there.
fn unreadable(path: &Path, error: &toml::de::Error) -> Failure {
    let message = format!("the configuration `{}` can't be read: {}", path.display(), error.message());
    Failure::new(Exit::Configuration, message)
}

#[cfg(unix)]
fn warn_if_open(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;

    let open = fs::metadata(path).is_ok_and(|it| it.permissions().mode() & 0o077 != 0);
    if open {
        say(&format!(
            "warning: others can read `{0}`, which may hold secrets; run `chmod 600 {0}`",
            path.display()
        ));
    }
}

#[cfg(not(unix))]
fn warn_if_open(_: &Path) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_126_only_what_is_known_to_be_no_secret_is_shown() {
        assert_eq!(shown("region", "eu-1"), "eu-1");
        assert_eq!(shown("endpoint", "https://minio.local:9000"), "https://minio.local:9000");
        for (key, value) in [
            ("secret_access_key", "x"),
            ("access_key_id", "x"),
            ("http.proxy", "x"),
            ("http.client_key", "x"),
            ("anything", "x"),
            ("endpoint", "https://jo:x@minio.local"),
            ("endpoint", "https://minio.local/?token=x"),
        ] {
            assert_eq!(shown(key, value), "[redacted]", "{key}");
        }
    }
}
