//! Standard output and standard error: text for people, one JSON object a line for machines.

use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};
use storage::Escaped;

use crate::exit::{Exit, Failure, Result, in_one_line};

/// Where results and messages go.
pub(crate) struct Output {
    pub(crate) json: bool,
    pub(crate) quiet: bool,
    terminal: bool,
    stdout: Mutex<BufWriter<Box<dyn Write + Send>>>,
}

impl Output {
    pub(crate) fn new(json: bool, quiet: bool) -> Self {
        let terminal = io::stdout().is_terminal();
        Self { terminal, ..Self::to(Box::new(io::stdout()), json, quiet) }
    }

    /// Prints results elsewhere.
    pub(crate) fn to(writer: Box<dyn Write + Send>, json: bool, quiet: bool) -> Self {
        let stdout = Mutex::new(BufWriter::with_capacity(64 << 10, writer));
        Self { json, quiet, terminal: false, stdout }
    }

    /// Prints a result: an object where JSON is wanted, else a line.
    pub(crate) fn result(&self, value: impl Serialize, line: impl FnOnce() -> String) -> Result<()> {
        match self.json {
            true => self.write(&to_json(&value), b"\n"),
            false => self.write(self.shown(&line()).as_bytes(), b"\n"),
        }
    }

    /// Prints a line of text that is our own and may hold line breaks.
    pub(crate) fn text(&self, text: &str) -> Result<()> {
        self.write(text.as_bytes(), b"\n")
    }

    /// Prints names that end in NUL characters, which no name holds.
    pub(crate) fn nul_ended(&self, name: &str) -> Result<()> {
        self.write(name.as_bytes(), b"\0")
    }

    /// Prints bytes as they are.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> Result<()> {
        self.write(bytes, b"")
    }

    /// Hands everything to the reader.
    pub(crate) fn flush(&self) -> Result<()> {
        self.lock().flush().map_err(broken)
    }

    /// Text as it is shown: on a terminal nothing in it can steer that.
    pub(crate) fn shown(&self, text: &str) -> String {
        match self.terminal {
            true => Escaped(text).to_string(),
            false => text.to_owned(),
        }
    }

    /// Reports how the command failed.
    pub(crate) fn failure(&self, failure: &Failure) {
        if failure.is_silent() {
            return;
        }
        if self.json {
            return say(&failure_json(failure));
        }
        say(&format!("error: {failure}"));
        if let Some(hint) = failure.hint() {
            say(&format!("  next: {hint}"));
        }
    }

    /// Reports one item that failed while the others go on.
    pub(crate) fn failed(&self, name: &str, error: &storage::Error) -> Result<()> {
        if self.json {
            return self.write(failed_json(name, error).to_string().as_bytes(), b"\n");
        }
        say(&failed_text(name, error));
        Ok(())
    }

    fn write(&self, bytes: &[u8], end: &[u8]) -> Result<()> {
        let mut stdout = self.lock();
        stdout.write_all(bytes).and_then(|()| stdout.write_all(end)).map_err(broken)?;
        // People see each line at once; a pipe gets them by the buffer.
        if self.terminal { stdout.flush().map_err(broken) } else { Ok(()) }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BufWriter<Box<dyn Write + Send>>> {
        self.stdout.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Prints a line on standard error; nobody can be told when that fails.
pub(crate) fn say(line: &str) {
    drop(writeln!(io::stderr().lock(), "{line}"));
}

fn to_json(value: &impl Serialize) -> Vec<u8> {
    // Everything printed is made of texts and numbers, which always can be written.
    serde_json::to_vec(value).unwrap_or_default()
}

fn failure_json(failure: &Failure) -> String {
    let levels = failure.levels();
    let mut value = json!({
        "type": "error",
        "exit": failure.exit as u8,
        "code": failure.exit.word(),
        "message": levels.first(),
        "causes": levels.get(1..).unwrap_or_default(),
    });
    if let (Some(error), Some(fields)) = (failure.library(), value.as_object_mut()) {
        fields.extend(error_fields(error));
    }
    if let (Some(hint), Some(fields)) = (failure.hint(), value.as_object_mut()) {
        fields.insert("next".to_owned(), hint.into());
    }
    value.to_string()
}

/// An item that failed, as an object.
pub(crate) fn failed_json(name: &str, error: &storage::Error) -> Value {
    let mut line = json!({ "type": "failed", "name": name, "message": in_one_line(error) });
    if let Some(fields) = line.as_object_mut() {
        fields.extend(error_fields(error));
    }
    line
}

/// An item that failed, as a line; without a name it is the walk itself that did.
pub(crate) fn failed_text(name: &str, error: &storage::Error) -> String {
    match name {
        "" => format!("failed: {}", in_one_line(error)),
        name => format!("failed `{}`: {}", Escaped(name), in_one_line(error)),
    }
}

/// What an error of the library answers when asked, as far as it knows.
fn error_fields(error: &storage::Error) -> serde_json::Map<String, Value> {
    let fields = json!({
        "kind": format!("{:?}", error.kind()),
        "operation": error.operation(),
        "provider": error.provider(),
        "container": error.container(),
        "key": error.key(),
        "status": error.status(),
        "service_code": error.code(),
        "request_id": error.request_id(),
        "retryable": error.is_retryable(),
    });
    match fields {
        Value::Object(fields) => fields.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        _ => serde_json::Map::new(),
    }
}

/// A reader that went away has seen enough: that ends the command, quietly.
fn broken(error: io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::said(Exit::ClosedPipe),
        _ => Failure::new(Exit::SomeFailed, "can't write to standard output").with_source(error),
    }
}

/// Writes a number of bytes as people read it.
pub(crate) fn human_bytes(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let power = (bytes.ilog2() / 10).clamp(1, 6);
    let unit = UNITS.get(power as usize - 1).copied().unwrap_or_default();
    // Tenths in whole numbers: the size of a large object has more digits than a float.
    let tenths = (u128::from(bytes) * 10) >> (10 * power);
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

/// Writes a span of time as people read it: its two largest units.
pub(crate) fn human_time(time: Duration) -> String {
    const UNITS: [(u64, &str); 4] = [(24 * 3600, "d"), (3600, "h"), (60, "m"), (1, "s")];
    let mut left = time.as_secs();
    let mut words = Vec::new();
    for (seconds, unit) in UNITS {
        if left >= seconds {
            words.push(format!("{}{unit}", left / seconds));
            left %= seconds;
        }
    }
    words.truncate(2);
    if words.is_empty() { "0s".to_owned() } else { words.join(" ") }
}

/// Writes how many there are of something.
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_down_to_tenths() {
        for (bytes, want) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            (1 << 30, "1.0 GiB"),
            (u64::MAX, "15.9 EiB"),
        ] {
            assert_eq!(human_bytes(bytes), want);
        }
    }

    #[test]
    fn times_are_cut_to_two_units() {
        for (seconds, want) in
            [(0, "0s"), (59, "59s"), (61, "1m 1s"), (3600, "1h"), (90_061, "1d 1h"), (9_000_000, "104d 4h")]
        {
            assert_eq!(human_time(Duration::from_secs(seconds)), want);
        }
    }
}
