//! The format of `~/.aws/config` and `~/.aws/credentials`, as the AWS tools read it.

use std::collections::BTreeMap;
use std::path::Path;

use storage_core::{Error, ErrorKind, Result, Secret};

/// Which of the two files: they name profiles differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `[profile name]`, `[default]`, `[sso-session name]`.
    Config,
    /// `[name]`.
    Credentials,
}

/// What a section stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Title {
    /// A profile.
    Profile(String),
    /// A session of the single sign-on.
    SsoSession(String),
    /// `[default]` of the config file: the profile, unless `[profile default]` is there too.
    PlainDefault,
}

/// The sections of a file. Sections for others are read and left out.
#[derive(Debug, Default)]
pub(super) struct Ini(BTreeMap<Title, Section>);

/// The entries of a section by name, in lower case.
#[derive(Debug, Default)]
pub(super) struct Section(BTreeMap<String, Secret>);

impl Section {
    /// Returns a value; one that is empty or starts a nested block counts as missing.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|it| it.expose().as_str()).filter(|it| !it.is_empty())
    }
}

impl Ini {
    /// Reads a file; `path` is only named in errors.
    ///
    /// # Errors
    /// `Configuration` naming the file, the line and the key, never a value.
    pub(super) fn parse(text: &str, dialect: Dialect, path: &Path) -> Result<Self> {
        let mut reader = Reader { dialect, sections: BTreeMap::new(), section: Place::Start, entry: None };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (at, line) in text.lines().enumerate() {
            reader.line(line).map_err(|what| {
                let message = format!("line {} of `{}` {what}", at + 1, path.display());
                Error::new(ErrorKind::Configuration, message)
            })?;
        }
        Ok(Self(reader.sections))
    }

    /// Returns a profile.
    pub(super) fn profile(&self, name: &str) -> Option<&Section> {
        let named = self.0.get(&Title::Profile(name.to_owned()));
        named.or_else(|| (name == "default").then(|| self.0.get(&Title::PlainDefault)).flatten())
    }

    /// Returns a session of the single sign-on.
    pub(super) fn sso_session(&self, name: &str) -> Option<&Section> {
        self.0.get(&Title::SsoSession(name.to_owned()))
    }

    /// Tells whether an entry with this name is anywhere.
    pub(super) fn mentions(&self, name: &str) -> bool {
        self.0.values().any(|section| section.get(name).is_some())
    }
}

/// Where the reader is.
enum Place {
    Start,
    Section(Title),
    /// In a section for other programs.
    Foreign,
}

struct Reader {
    dialect: Dialect,
    sections: BTreeMap<Title, Section>,
    section: Place,
    /// The entry that an indented line goes on with.
    entry: Option<String>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), String> {
        let text = line.trim();
        if text.is_empty() || text.starts_with(['#', ';']) {
            return Ok(());
        }
        if line.starts_with([' ', '\t']) && self.entry.is_some() {
            self.go_on(text);
            return Ok(());
        }
        match text.strip_prefix('[') {
            Some(title) => self.title(title),
            None => self.entry(text),
        }
    }

    fn title(&mut self, text: &str) -> Result<(), String> {
        let Some((title, _)) = text.split_once(']') else {
            return Err("starts a section and lacks the `]`".to_owned());
        };
        self.entry = None;
        self.section = match read_title(title.trim(), self.dialect) {
            Some(title) => {
                self.sections.entry(title.clone()).or_default();
                Place::Section(title)
            }
            None => Place::Foreign,
        };
        Ok(())
    }

    fn entry(&mut self, text: &str) -> Result<(), String> {
        // Without its `=` a line may be a secret that was pasted, so that not even its beginning is shown.
        let Some((name, value)) = text.split_once('=') else {
            return Err("is no section and has no `=`; write `name = value`".to_owned());
        };
        let name = name.trim().to_ascii_lowercase();
        if name.is_empty() {
            return Err("has no name before the `=`".to_owned());
        }
        match &self.section {
            Place::Start => {
                return Err(format!("sets `{name}` before the first section; start one with `[default]`"));
            }
            Place::Foreign => {}
            Place::Section(title) => {
                let value = Secret::from(without_comment(value).trim());
                self.sections.entry(title.clone()).or_default().0.insert(name.clone(), value);
            }
        }
        self.entry = Some(name);
        Ok(())
    }

    /// Goes on with the value of the line before. Behind an empty value this is a nested block, which is for others.
    fn go_on(&mut self, text: &str) {
        let (Place::Section(title), Some(name)) = (&self.section, &self.entry) else { return };
        let Some(value) = self.sections.get_mut(title).and_then(|it| it.0.get_mut(name)) else { return };
        if !value.expose().is_empty() {
            *value = Secret::new(format!("{}\n{text}", value.expose()));
        }
    }
}

/// Reads what stands between the brackets; `None` for what is meant for others.
fn read_title(title: &str, dialect: Dialect) -> Option<Title> {
    if dialect == Dialect::Credentials {
        return Some(Title::Profile(unquoted(title).to_owned()));
    }
    match title.split_once([' ', '\t']) {
        None if title == "default" => Some(Title::PlainDefault),
        Some(("profile", name)) => Some(Title::Profile(unquoted(name).to_owned())),
        Some(("sso-session", name)) => Some(Title::SsoSession(unquoted(name).to_owned())),
        _ => None,
    }
}

fn unquoted(name: &str) -> &str {
    let name = name.trim();
    let inner = |quote| name.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(name)
}

/// Cuts a comment: only behind a blank, since keys may hold the signs.
fn without_comment(value: &str) -> &str {
    let ends = [" #", " ;", "\t#", "\t;"];
    let end = ends.iter().filter_map(|sign| value.find(sign)).min();
    end.and_then(|end| value.get(..end)).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn config(text: &str) -> Result<Ini> {
        Ini::parse(text, Dialect::Config, Path::new("/home/jo/.aws/config"))
    }

    #[test]
    fn profiles_sessions_comments_and_nested_blocks_are_read() {
        let ini = config(
            "\u{feff}# a comment\r\n; another\r\n[default]\r\nregion = eu-1\r\n\
             [profile  \"two words\" ] # why\r\nRegion=eu-2 ; not eu-3\nsecret = a#b;c=d==\n\
             s3 =\n  region = nested\n  addressing_style = path\n# in between\noutput = json\n\
             [sso-session work]\nsso_region = eu-4\n[services x]\nregion = foreign\n  going = on\n\
             [other]\nregion = ignored\n[profile two words]\nsso_session = work\n list\n  goes on\n",
        )
        .unwrap();
        assert_eq!(ini.profile("default").unwrap().get("region"), Some("eu-1"));
        let two = ini.profile("two words").unwrap();
        assert_eq!(two.get("region"), Some("eu-2"));
        assert_eq!(two.get("secret"), Some("a#b;c=d=="));
        assert_eq!((two.get("s3"), two.get("addressing_style")), (None, None));
        assert_eq!(two.get("output"), Some("json"));
        assert_eq!(two.get("sso_session"), Some("work\nlist\ngoes on"));
        assert_eq!(ini.sso_session("work").unwrap().get("sso_region"), Some("eu-4"));
        assert!(ini.profile("other").is_none() && ini.profile("work").is_none());
        assert!(ini.mentions("secret") && !ini.mentions("going"));
    }

    #[test]
    fn a_named_default_goes_before_the_plain_one() {
        for text in [
            "[default]\na = plain\n[profile default]\na = named\n",
            "[profile default]\na = named\n[default]\na = plain\n",
        ] {
            assert_eq!(config(text).unwrap().profile("default").unwrap().get("a"), Some("named"));
        }
    }

    #[test]
    fn profiles_of_the_credentials_file_have_no_prefix() {
        let text = "[a]\naws_access_key_id = 1\n[profile a]\naws_access_key_id = 2\n";
        let ini = Ini::parse(text, Dialect::Credentials, Path::new("c")).unwrap();
        assert_eq!(ini.profile("a").unwrap().get("aws_access_key_id"), Some("1"));
    }

    #[test]
    fn fault_126_errors_name_file_line_and_key_and_never_a_value() {
        for (text, want) in [
            ("[default]\ncanary\n", "line 2 of `/home/jo/.aws/config` is no section and has no `=`"),
            ("[default\na = canary", "line 1 of `/home/jo/.aws/config` starts a section and lacks the `]`"),
            (
                "\n\naws_key = canary\n",
                "line 3 of `/home/jo/.aws/config` sets `aws_key` before the first section",
            ),
            ("[default]\n= canary\n", "line 2 of `/home/jo/.aws/config` has no name before the `=`"),
        ] {
            let error = config(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(error.to_string().starts_with(want), "{error}");
            assert!(!format!("{error:?}").contains("canary"));
        }
        let shown = format!("{:?}", config("[default]\nsecret = canary").unwrap());
        assert!(!shown.contains("canary"), "{shown}");
    }

    proptest! {
        #[test]
        fn fault_174_any_text_is_read_or_refused(text in "([\\[\\]= \t\n\r#;a-c\u{fc}]|profile |default){0,60}") {
            for dialect in [Dialect::Config, Dialect::Credentials] {
                if let Err(error) = Ini::parse(&text, dialect, Path::new("f")) {
                    prop_assert_eq!(error.kind(), ErrorKind::Configuration);
                }
            }
        }
    }
}
