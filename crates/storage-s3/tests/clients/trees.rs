//! Folders of files by way of s5cmd and rclone.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use storage_core::PutOptions;

use crate::place::{Bucket, Place, skip, variable};

/// Names that file systems and these programs can hold.
const FILES: &[(&str, &str)] = &[
    ("a b+c.txt", "blank and plus"),
    ("100%.txt", "percent"),
    ("a%2Fb.txt", "encoded"),
    ("dir/what?x=1&y#z.txt", "query"),
    ("dir/it's \"quoted\".txt", "quotes"),
    ("dir/deep/nfc-\u{e9}.txt", "composed"),
    ("dir/deep/nfd-e\u{301}.txt", "decomposed"),
    ("dir/\u{1f980} \u{732b}.txt", "emoji"),
    ("empty", ""),
];

type Tree = BTreeMap<String, Vec<u8>>;

fn expected() -> Tree {
    FILES.iter().map(|(name, content)| ((*name).to_owned(), content.as_bytes().to_vec())).collect()
}

fn write(root: &Path) {
    for (name, content) in FILES {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    fs::write(root.join("large.bin"), large()).unwrap();
}

fn large() -> Vec<u8> {
    (0..11 << 20).map(|it: u32| (it.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

fn read(root: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for it in fs::read_dir(folder).unwrap() {
            let path = it.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                tree.insert(name, fs::read(path).unwrap());
            }
        }
    }
    tree
}

/// Reads everything behind a prefix through our handles.
async fn ours(bucket: &Bucket<'_>, prefix: &str) -> Tree {
    let mut tree = Tree::new();
    for key in bucket.keys().await {
        if let Some(name) = key.strip_prefix(prefix) {
            let content = bucket.object(&key).get().bytes().await.unwrap();
            tree.insert(name.to_owned(), content.to_vec());
        }
    }
    tree
}

/// Writes everything behind a prefix through our handles.
async fn put(bucket: &Bucket<'_>, prefix: &str) {
    for (name, content) in FILES {
        bucket.object(&format!("{prefix}{name}")).put(content.as_bytes()).await.unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.bin");
    fs::write(&path, large()).unwrap();
    bucket.object(&format!("{prefix}large.bin")).upload_file(&path).part_size(5 << 20).await.unwrap();
}

fn same(tree: &Tree) {
    let mut all = expected();
    all.insert("large.bin".into(), large());
    assert_eq!(tree.keys().collect::<Vec<_>>(), all.keys().collect::<Vec<_>>());
    for (name, content) in &all {
        assert!(tree[name] == *content, "{name:?}");
    }
}

/// Asks until nothing is newer than now: s5cmd leaves that out, and Swift rounds times up to the next second.
async fn all_are_past(bucket: &Bucket<'_>) {
    loop {
        let newest = bucket.entries().await.into_iter().filter_map(|it| it.last_modified).max();
        if newest.is_none_or(|it| SystemTime::from(it) < SystemTime::now()) {
            return;
        }
    }
}

pub(crate) async fn s5cmd_and_we_read_each_other(place: &Place) {
    let Some(s5cmd) = variable("CLIENTS_S5CMD") else { return skip("CLIENTS_S5CMD") };
    let bucket = place.bucket().await;
    let folder = tempfile::tempdir().unwrap();
    let (up, down) = (folder.path().join("up"), folder.path().join("down"));
    write(&up);
    fs::create_dir(&down).unwrap();
    let from = format!("{}/", up.display());
    let to = format!("s3://{}/theirs/", bucket.name);
    let options = ["cp", "--part-size", "5", "--content-type", "text/own", "--cache-control", "max-age=7"];
    place.run(&s5cmd, &[&options[..], &["--metadata", "who=s5cmd", &from, &to]].concat()).await;
    same(&ours(&bucket, "theirs/").await);
    for name in ["empty", "large.bin", "a b+c.txt"] {
        let info = bucket.object(&format!("theirs/{name}")).head().await.unwrap();
        assert_eq!(info.content_type.as_deref(), Some("text/own"), "{name}");
        assert_eq!(info.cache_control.as_deref(), Some("max-age=7"), "{name}");
        assert_eq!(info.metadata.get("who"), Some("s5cmd"), "{name}");
    }

    put(&bucket, "ours/").await;
    all_are_past(&bucket).await;
    let from = format!("s3://{}/ours/*", bucket.name);
    place.run(&s5cmd, &["cp", &from, &format!("{}/", down.display())]).await;
    same(&read(&down));
    let listed = place.run(&s5cmd, &["--json", "ls", &from]).await;
    assert_eq!(String::from_utf8(listed).unwrap().lines().count(), FILES.len() + 1);
    place.run(&s5cmd, &["rm", &from]).await;
    assert!(ours(&bucket, "ours/").await.is_empty());
    bucket.remove().await;
}

pub(crate) async fn rclone_and_we_read_each_other(place: &Place) {
    let Some(rclone) = variable("CLIENTS_RCLONE") else { return skip("CLIENTS_RCLONE") };
    let bucket = place.bucket().await;
    let folder = tempfile::tempdir().unwrap();
    let (up, down) = (folder.path().join("up"), folder.path().join("down"));
    write(&up);
    let up = up.display().to_string();
    let to = format!("it:{}/theirs", bucket.name);
    let parts = ["--s3-upload-cutoff", "5Mi", "--s3-chunk-size", "5Mi", "--retries", "1"];
    place.run(&rclone, &[&parts[..], &["copy", &up, &to]].concat()).await;
    same(&ours(&bucket, "theirs/").await);
    // It keeps the time of the file as metadata, in seconds with a fraction.
    let info = bucket.object("theirs/empty").head().await.unwrap();
    let modified = fs::metadata(format!("{up}/empty")).unwrap().modified().unwrap();
    let modified = modified.duration_since(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(info.metadata.get("mtime").unwrap().parse::<f64>().unwrap(), modified.as_secs_f64());

    put(&bucket, "ours/").await;
    let from = format!("it:{}/ours", bucket.name);
    let down_text = down.display().to_string();
    place.run(&rclone, &["copy", &from, &down_text]).await;
    same(&read(&down));
    // It compares entity tags and sizes, and content where a tag is not that of the content.
    place.run(&rclone, &["check", "--download", &from, &up]).await;
    place.run(&rclone, &["check", &from, &up]).await;
    let options = PutOptions::new().metadata("mtime", "1000000000.5").content_type("text/own");
    bucket.object("ours/timed").put("x").options(options).await.unwrap();
    let listed = place.run(&rclone, &["lsjson", "--no-modtime=false", &format!("{from}/timed")]).await;
    let listed: serde_json::Value = serde_json::from_slice(&listed).unwrap();
    assert_eq!(listed[0]["MimeType"], "text/own");
    assert!(listed[0]["ModTime"].as_str().unwrap().starts_with("2001-09-09T01:46:40.5"), "{listed}");
    place.run(&rclone, &["purge", &from]).await;
    assert!(ours(&bucket, "ours/").await.is_empty());
    bucket.remove().await;
}
