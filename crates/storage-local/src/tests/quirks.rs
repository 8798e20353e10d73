//! File systems that lack something or fold names.

use std::sync::Arc;

use storage_core::{ErrorKind, Storage, TokioRuntime};

use super::{container, open};
use crate::LocalConfig;
use crate::sys::UnixSys;
use crate::sys::faulty::{FaultySys, Traits};

#[tokio::test]
async fn fault_148_a_file_system_that_folds_names_is_refused() {
    let sys = FaultySys::with(Traits { folds: true, attribute_bytes: Some(4000), ..Traits::default() });
    let root = tempfile::tempdir().unwrap();
    let storage = open(LocalConfig::new(root.path()), &sys);
    let error = storage.container("c").unwrap().create().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("differ in case"), "{error}");
    assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn attributes_that_have_no_place_with_the_file_are_kept_beside_it() {
    for attribute_bytes in [None, Some(200)] {
        let sys = FaultySys::with(Traits { attribute_bytes, ..Traits::default() });
        let root = tempfile::tempdir().unwrap();
        let c = container(&open(LocalConfig::new(root.path()), &sys)).await;
        let object = c.object("a/k").unwrap();
        let sidecars = || std::fs::read_dir(root.path().join("c/%meta")).unwrap().count();
        let long = "x".repeat(5000);
        for round in 0..3 {
            object.put(format!("content {round}")).metadata("long", &*long).await.unwrap();
            let head = object.head().await.unwrap();
            assert_eq!(head.metadata.get("long"), Some(&*long));
            assert!(!head.checksums.is_empty());
            // That of the content before is gone.
            assert_eq!(sidecars(), 1);
        }
        let etag = object.head().await.unwrap().etag;
        let short: storage_core::Metadata = [("short", "y")].into_iter().collect();
        object.update_metadata(short.clone()).await.unwrap();
        assert_eq!(object.head().await.unwrap().metadata, short);
        let long: storage_core::Metadata = [("long", &*long)].into_iter().collect();
        object.update_metadata(long.clone()).await.unwrap();
        let head = object.head().await.unwrap();
        assert_eq!((head.metadata, head.etag), (long.clone(), etag));

        let moved = c.object("b/k").unwrap();
        object.rename_to(&moved).await.unwrap();
        assert_eq!(moved.head().await.unwrap().metadata, long);
        moved.delete().await.unwrap();
        assert_eq!(sidecars(), 0);
        c.delete().await.unwrap();
    }
}

#[tokio::test]
async fn without_openat2_no_link_is_followed_either() {
    let root = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret"), b"secret").unwrap();
    let driver =
        LocalConfig::new(root.path()).driver(Box::new(UnixSys::without_openat2()), Arc::new(TokioRuntime));
    let c = container(&Storage::new(Arc::new(driver.unwrap()))).await;
    c.object("a/b/c").unwrap().put("x").await.unwrap();
    assert_eq!(c.object("a/b/c").unwrap().get().text().await.unwrap(), "x");
    std::os::unix::fs::symlink(outside.path(), root.path().join("c/out%")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("secret"), root.path().join("c/link")).unwrap();
    for key in ["out/secret", "out/new", "link"] {
        let object = c.object(key).unwrap();
        assert_eq!(object.head().await.unwrap_err().kind(), ErrorKind::PermissionDenied, "{key}");
        assert_eq!(object.put("new").await.unwrap_err().kind(), ErrorKind::PermissionDenied, "{key}");
        assert_eq!(object.delete().await.unwrap_err().kind(), ErrorKind::PermissionDenied, "{key}");
    }
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 1);
    assert_eq!(std::fs::read(outside.path().join("secret")).unwrap(), b"secret");
}
