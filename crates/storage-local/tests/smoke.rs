//! The main calls through the handles, against the bytes on disk.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use storage_core::{ErrorKind, Storage};
use storage_local::LocalConfig;

fn open(directory: &tempfile::TempDir) -> Storage {
    LocalConfig::new(directory.path()).open().unwrap()
}

#[tokio::test]
async fn what_is_put_is_read_listed_and_deleted() {
    let directory = tempfile::tempdir().unwrap();
    let storage = open(&directory);
    let photos = storage.container("photos").unwrap();
    photos.create().await.unwrap();
    for key in ["a", "a/b", "a/", "/", "..", "../x", "%2F", "C:\\x", "e\u{301}", "\u{e9}", "😀 ?#&="] {
        let object = photos.object(key).unwrap();
        object.put(key.to_owned()).metadata("author", "jo").if_absent().await.unwrap();
        assert_eq!(object.get().text().await.unwrap(), key);
        assert_eq!(object.head().await.unwrap().metadata.get("author"), Some("jo"));
        let again = object.put("other").if_absent().await.unwrap_err();
        assert_eq!(again.kind(), ErrorKind::AlreadyExists);
    }
    let listed: Vec<_> = photos.list().try_collect::<Vec<_>>().await.unwrap();
    let mut keys: Vec<_> = listed.iter().map(|it| it.name().as_str().to_owned()).collect();
    assert!(keys.is_sorted());
    assert_eq!(keys.len(), 11);
    assert_eq!(photos.delete().await.unwrap_err().kind(), ErrorKind::ContainerNotEmpty);
    for key in keys.drain(..) {
        photos.object(key).unwrap().delete().await.unwrap();
    }
    photos.delete().await.unwrap();
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_plain_file_is_an_object() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("c")).unwrap();
    std::fs::write(directory.path().join("c/obj-4096-0"), b"plain").unwrap();
    let object = open(&directory).container("c").unwrap().object("obj-4096-0").unwrap();
    assert_eq!(object.get().text().await.unwrap(), "plain");
    assert!(object.head().await.unwrap().checksums.is_empty());
}
