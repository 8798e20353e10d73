//! Trees made of a seed: everything that file systems allow and tools stumble over.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// How a tree is made.
pub(crate) struct Seed {
    pub(crate) seed: u64,
    /// How many plain files there are beside the odd ones.
    pub(crate) files: u32,
    /// The size of the one large file.
    pub(crate) large_bytes: u64,
}

/// The name of the file that nobody may read.
pub(crate) const UNREADABLE: &str = "unreadable.txt";
/// The links.
pub(crate) const LINKS: [&str; 3] = ["dangling", "odd/link-out", "link-in"];

/// Names that are hard to carry.
const ODD: [&str; 16] = [
    "100%.txt",
    "%2F",
    "a b/ c",
    "caf\u{e9}",
    "cafe\u{301}",
    "new\nline",
    "tab\tand\\backslash",
    "quote'\"",
    "\u{1f600}/\u{65e5}\u{672c}",
    "-dash",
    "?q#f&x=1+2",
    "trailing.",
    "trailing ",
    "CON",
    "esc\u{1b}[2Jape",
    "empty",
];

impl Seed {
    /// Makes the tree; the same seed makes the same.
    pub(crate) fn make(&self, root: &Path) {
        let mut random = Random(self.seed);
        for (number, name) in ODD.iter().enumerate() {
            let bytes = if *name == "empty" { Vec::new() } else { random.bytes(number * 37) };
            write(&root.join("odd").join(name), &bytes);
        }
        for number in 0..self.files {
            let size = random.next() % 4096;
            let name = format!("d{}/e{}/file-{number:05}", random.next() % 13, random.next() % 5);
            write(&root.join(name), &random.bytes(size as usize));
        }
        let long = "n".repeat(255);
        write(&root.join(&long), b"a name as long as it can be");
        fs::create_dir_all(root.join("nothing/in/here")).unwrap();
        self.large(&root.join("large.bin"), &mut random);
        write(&root.join(UNREADABLE), b"secret");
        mark(root);
    }

    fn large(&self, path: &Path, random: &mut Random) {
        use std::io::Write as _;

        let mut file = fs::File::create(path).unwrap();
        let block = random.bytes(1 << 20);
        let mut left = self.large_bytes;
        while left > 0 {
            let step = left.min(block.len() as u64);
            // Blocks differ, so that one in the wrong place is found.
            file.write_all(&left.to_le_bytes()[..step.min(8) as usize]).unwrap();
            file.write_all(&block[step.min(8) as usize..step as usize]).unwrap();
            left -= step;
        }
    }
}

#[cfg(unix)]
fn mark(root: &Path) {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    symlink("nowhere", root.join(LINKS[0])).unwrap();
    symlink("/etc/passwd", root.join(LINKS[1])).unwrap();
    symlink("odd/empty", root.join(LINKS[2])).unwrap();
    fs::set_permissions(root.join(UNREADABLE), fs::Permissions::from_mode(0o000)).unwrap();
}

#[cfg(not(unix))]
fn mark(root: &Path) {
    fs::remove_file(root.join(UNREADABLE)).unwrap();
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// What of a tree must come back: each file by its name, with content and time of change.
pub(crate) fn contents(root: &Path) -> BTreeMap<String, (Vec<u8>, std::time::SystemTime)> {
    let mut all = BTreeMap::new();
    let mut left = vec![root.to_owned()];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let entry = entry.unwrap();
            let kind = entry.file_type().unwrap();
            let name = entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if kind.is_dir() {
                left.push(entry.path());
            } else if kind.is_file() {
                let time = entry.metadata().unwrap().modified().unwrap();
                // Root may read everything, which is why the unreadable file is left out by its name.
                let bytes = if name == UNREADABLE { Vec::new() } else { fs::read(entry.path()).unwrap() };
                all.insert(name, (bytes, time));
            }
        }
    }
    all
}

/// A generator that every machine repeats: xorshift64*.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        std::iter::repeat_with(|| self.next().to_le_bytes()).flatten().take(len).collect()
    }
}
